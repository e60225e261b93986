import HTTPTypes
import JSONInput

/// The names in a request that the server ignored, as listed in the header field `Allclear-Ignored`. A member of the
/// body appears as a JSON pointer, a query parameter as `?` and its name.
struct IgnoredNames: Equatable, Sendable {
    /// The maximum number of names listed.
    static let most = 10
    /// The maximum length of one encoded name, in bytes, so that proxies accept the field.
    static let longestName = 100

    /// The names, separated by a comma and a space. Each name has only visible ASCII characters: all others, `%` and
    /// commas are percent-encoded. API keys are redacted.
    let list: String

    /// - Returns: nil if there are no names.
    init?(members: [JSONPointer], parameters: [String]) {
        let names = members.map(\.description) + parameters.map { "?\($0)" }
        guard !names.isEmpty else { return nil }
        list = names.prefix(Self.most).map { Self.encoded(LoggedText.path($0)) }.joined(separator: ", ")
    }

    private static func encoded(_ name: String) -> String {
        var encoded = ""
        for byte in name.utf8 {
            let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "%")
            let piece = isPlain ? String(UnicodeScalar(byte)) : escape(byte)
            guard encoded.utf8.count + piece.utf8.count <= longestName else { return encoded + LoggedText.cut }
            encoded += piece
        }
        return encoded
    }

    private static func escape(_ byte: UInt8) -> String {
        "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}

extension HTTPField.Name {
    // swift-format-ignore: NeverForceUnwrap
    static let allclearIgnored = HTTPField.Name("Allclear-Ignored")!
}
