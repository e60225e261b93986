/// The form of a page's own host name.
public enum PageDomain {
    /// The rule for a text, as a predicate.
    public static let rule = "must be a host name such as \"status.example.com\", without a scheme, port or path"

    /// - Returns: the host name in lower case and without a trailing dot; nil for any other text.
    public static func parse(_ text: String) -> String? {
        var host = text.lowercased()
        if host.hasSuffix(".") { host.removeLast() }
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, labels.allSatisfy({ isLabel($0) }), let last = labels.last else { return nil }
        guard last.allSatisfy({ isDigit($0) }) else { return host }
        // A name whose last label is a number must be an IPv4 address.
        let numbers = labels.compactMap { label in
            label.count > 1 && label.first == UInt8(ascii: "0") ? nil : UInt8(String(label) ?? "")
        }
        return numbers.count == 4 && labels.count == 4 ? host : nil
    }

    /// Whether a text is one label of a host name (RFC 1123 §2.1), in lower case.
    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard let first = label.first, let last = label.last, label.count <= 63 else { return false }
        return first != hyphen && last != hyphen
            && label.allSatisfy { isDigit($0) || $0 == hyphen || ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z")) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
