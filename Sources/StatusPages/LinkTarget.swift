/// The target of a link that a page's owner chose: an http, https or mailto URL in ASCII. It contains only characters
/// that URLs may contain: no white space, quotation marks or angle brackets (RFC 3986).
public struct LinkTarget: Hashable, Sendable, CustomStringConvertible {
    public static let longest = 2048
    /// The rule for a text, as a predicate.
    public static let rule = """
        must be an http, https or mailto URL of at most \(longest) characters, such as "https://example.com/help"
        """

    public let description: String

    /// The host, with the port if there is one. For a mailto URL, the email address.
    public var shortName: Substring {
        let rest = description.drop { $0 != ":" }.dropFirst()
        return rest.drop { $0 == "/" }.prefix { !"/?#".contains($0) }
    }

    public init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), text.utf8.count <= Self.longest, text.isURLText else { return nil }
        let rest = text[text.index(after: colon)...]
        switch text[..<colon].lowercased() {
        case "http", "https":
            let authority = rest.dropFirst(2).prefix { !"/?#".contains($0) }
            // A user name can make a link look like a link to another site.
            guard rest.hasPrefix("//"), !authority.isEmpty, !authority.hasPrefix(":"), !authority.contains("@") else {
                return nil
            }
        case "mailto":
            let address = rest.prefix { $0 != "?" }.split(separator: "@", omittingEmptySubsequences: false)
            guard address.count == 2, address.allSatisfy({ !$0.isEmpty }) else { return nil }
        default: return nil
        }
        description = text
    }
}

/// The origin of a web page (RFC 6454), such as `https://www.example.com`, in lower case. Its host may begin with `*.`
/// for all subdomains, as in `frame-ancestors` (CSP).
public struct Origin: Hashable, Sendable, CustomStringConvertible {
    /// The rule for a text, as a predicate.
    public static let rule = """
        must be an origin such as "https://www.example.com" or "https://*.example.com", without a path
        """

    public let description: String

    public init?(_ text: String) {
        let lowered = text.lowercased()
        let scheme = ["https://", "http://"].first(where: lowered.hasPrefix)
        guard let scheme, text.utf8.count <= 300, lowered.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        var parts = lowered.dropFirst(scheme.count).split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            let port = parts.removeLast()
            let isNumber = port.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard isNumber, let number = UInt16(port), number > 0 else { return nil }
        }
        guard let host = parts.first else { return nil }
        let name = host.hasPrefix("*.") ? host.dropFirst(2) : host
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy({ Self.isLabel($0) }) else { return nil }
        description = lowered
    }

    /// Whether a text is one label of a host name (RFC 1123 §2.1), in lower case.
    private static func isLabel(_ label: Substring) -> Bool {
        let isLetterOrDigit = { (byte: UInt8) in
            (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
                || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
        }
        guard let first = label.utf8.first, let last = label.utf8.last, label.utf8.count <= 63 else { return false }
        return isLetterOrDigit(first) && isLetterOrDigit(last)
            && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }
}

extension String {
    /// Whether all characters may occur in a URL (RFC 3986, Appendix A). A percent sign needs two hexadecimal digits.
    fileprivate var isURLText: Bool {
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte > 0x20, byte < 0x7F, !#""<>\^`{|}"#.utf8.contains(byte) else { return false }
            if byte == UInt8(ascii: "%") {
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
                    return false
                }
            }
        }
        return true
    }
}
