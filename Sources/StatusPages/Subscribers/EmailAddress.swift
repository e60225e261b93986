/// An email address that the server can send to: ASCII, with a dot-atom before the `@` and a host name after it.
///
/// RFC 5321 allows more. The rule is narrow on purpose: an address reaches SMTP commands and header fields, where
/// quotes, control characters or line ends could change their meaning.
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as it was written.
    public let description: String

    /// The longest address, in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
    public static let most = 254

    /// Nil if the text is not such an address.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.most, let at = bytes.firstIndex(of: UInt8(ascii: "@")) else { return nil }
        guard Self.isDotAtom(bytes[..<at]), Self.isDomain(bytes[(at + 1)...]) else { return nil }
        description = text
    }

    /// The address in lower case. Two addresses that differ only in case are the same subscriber.
    public var key: String { description.lowercased() }

    /// The part after the `@`.
    public var domain: Substring {
        let bytes = description.utf8
        return bytes.firstIndex(of: UInt8(ascii: "@")).map { description[bytes.index(after: $0)...] } ?? ""
    }

    /// The address with most of its local part hidden, such as `a***@example.com`, for pages that anybody with a link
    /// can open.
    public var masked: String { "\(description.prefix(1))***@\(domain)" }

    /// RFC 5322 §3.2.3, at most 64 bytes.
    private static func isDotAtom(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard (1...64).contains(bytes.count) else { return false }
        return bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy { isAlphanumeric($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
        }
    }

    /// Host name labels with a dot between them (RFC 1123 §2.1). The last label is not a number, so an IP address is
    /// not a domain.
    private static func isDomain(_ bytes: ArraySlice<UInt8>) -> Bool {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last, !last.allSatisfy(isDigit) else { return false }
        return labels.allSatisfy { label in
            guard (1...63).contains(label.count), let first = label.first, let last = label.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
