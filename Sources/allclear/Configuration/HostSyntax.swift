import HTTPServer

/// Checks the host of an address or a URL.
enum HostSyntax {
    static let rule = "a DNS name, an IPv4 address, or an IPv6 address in brackets"

    /// Whether a text is a host in URL syntax: a DNS name, an IPv4 address, or an IPv6 address in brackets.
    static func isValid(_ text: some StringProtocol) -> Bool {
        guard text.hasPrefix("[") else { return isNameOrIPv4(text) }
        return text.hasSuffix("]") && isIPv6(text.dropFirst().dropLast())
    }

    /// Whether a text is an IPv4 address or a DNS name (RFC 1123 §2.1: letters, digits and hyphens, without a trailing
    /// dot). A name whose last label is a number must be an address.
    static func isNameOrIPv4(_ text: some StringProtocol) -> Bool {
        let labels = Substring(text).utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, labels.allSatisfy(isLabel), let last = labels.last else { return false }
        let isNumber = last.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        return !isNumber || IPAddress(String(text)) != nil
    }

    /// Whether a text is an IPv6 address without brackets and zone.
    static func isIPv6(_ text: some StringProtocol) -> Bool {
        text.contains(":") && IPAddress(String(text)) != nil
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard let first = label.first, first != hyphen, label.count <= 63 else { return false }
        return label.allSatisfy { isLetterOrDigit($0) || $0 == hyphen } && label.last != hyphen
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
