/// The keys of items that are made without one.
public enum ItemKey {
    /// The maximum length of a key.
    public static let longest = 63

    /// A key made from a name: in lower case, with hyphens for everything but ASCII letters and digits.
    /// - Parameters:
    ///   - kind: the key of an item whose name has neither.
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
