/// An address that a text from a user may link to.
struct LinkAddress {
    private static let schemes = ["http://", "https://", "mailto:", "tel:"]

    /// In ASCII: all other characters are percent-encoded.
    let encoded: String
    private let given: String

    /// Nil if the address does not begin with one of the schemes. White space, control characters and entities in a
    /// scheme are not ignored, so they make the scheme unknown.
    init?(_ address: String) {
        guard let scheme = Self.schemes.first(where: { address.hasASCIIPrefix($0) }),
            address.utf8.count > scheme.utf8.count
        else { return nil }
        given = address
        encoded = Self.encode(address)
    }

    /// The address as a reader needs to see it: without `mailto:` and `tel:`.
    var readable: String {
        for scheme in Self.schemes.dropFirst(2) where given.hasASCIIPrefix(scheme) {
            return String(given.unicodeScalars.dropFirst(scheme.utf8.count))
        }
        return given
    }

    /// Keeps the characters that a URL may contain (RFC 3986 §2). `%` is one of them: the address may be encoded already.
    private static func encode(_ address: String) -> String {
        var bytes: [UInt8] = []
        for byte in address.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                bytes.append(byte)
            case _ where allowed.contains(byte): bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let allowed = Array("-._~:/?#[]@!$&'()*+,;=%".utf8)
    private static let digits = Array("0123456789ABCDEF".utf8)
}

extension String {
    /// Whether the text begins with these ASCII characters, in upper or lower case.
    /// - Parameter prefix: in lower case.
    fileprivate func hasASCIIPrefix(_ prefix: String) -> Bool { utf8[...].hasASCIIPrefix(prefix) }
}

extension Substring.UTF8View {
    /// Whether the text begins with these ASCII characters, in upper or lower case.
    /// - Parameter prefix: in lower case.
    func hasASCIIPrefix(_ prefix: String) -> Bool {
        var rest = self[...]
        for expected in prefix.utf8 {
            guard let byte = rest.popFirst() else { return false }
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            guard (isUpper ? byte | 0x20 : byte) == expected else { return false }
        }
        return true
    }
}
