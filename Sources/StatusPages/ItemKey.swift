/// The keys of pages' items, and the slugs of pages.
public enum ItemKey {
    /// The maximum length of a key.
    public static let longest = 63
    /// The rule for a key, as a predicate.
    public static let rule =
        "must be 1 to \(longest) lower-case letters, digits and hyphens, and begin with a letter or digit"

    public static func isValid(_ text: String) -> Bool {
        let isLetterOrDigit = { (byte: UInt8) in
            (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
                || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
        }
        guard let first = text.utf8.first, isLetterOrDigit(first), text.utf8.count <= longest else { return false }
        return text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// The rule that a slug or the key of a sub-page breaks, as a predicate; nil if it is valid.
    /// - Parameter reserved: the first segments of the server's own paths.
    public static func brokenRule(ofPathSegment text: String, reserved: Set<String>) -> String? {
        guard reserved.contains(text) else { return isValid(text) ? nil : rule }
        return "must not be one of the reserved words \(reserved.sorted().joined(separator: ", "))"
    }

    /// A key made from a name: in lower case, with hyphens for everything but ASCII letters and digits.
    /// - Parameters:
    ///   - kind: the key if the name has no such letters and digits.
    ///   - taken: the keys that the page has had so far.
    public static func make(from name: String, orElse kind: String, taken: Set<String>) -> String {
        let words = name.lowercased().utf8.split { byte in
            !(byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
                && !(byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
        }
        let joined = words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
        let base = joined.isEmpty ? kind : joined
        var key = shortened(base, to: longest)
        var number = 1
        while taken.contains(key) {
            number += 1
            let suffix = "-\(number)"
            key = shortened(base, to: longest - suffix.utf8.count) + suffix
        }
        return key
    }

    private static func shortened(_ key: String, to length: Int) -> String {
        var short = key.utf8.prefix(length)
        while short.last == UInt8(ascii: "-") { short.removeLast() }
        return String(decoding: short, as: UTF8.self)
    }
}
