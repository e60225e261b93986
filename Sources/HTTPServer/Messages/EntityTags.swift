/// Entity tags in conditional requests (RFC 9110 §8.8.3, §13.1.2).
public enum EntityTags {
    /// Whether a list contains `tag`. Allocates nothing.
    /// - Parameters:
    ///   - list: one field value: `*`, or a list of entity tags.
    ///   - tag: the strong tag of the current representation, with its quotes.
    ///   - isWeak: whether weak tags in the list match as well: true for If-None-Match, false for If-Match.
    public static func list(_ list: Bytes, matches tag: [UInt8], isWeak: Bool = true) -> Bool {
        if list.count == 1, list[0] == UInt8(ascii: "*") { return true }
        var cursor = 0
        while cursor < list.count {
            while cursor < list.count, ASCII.isBlank(list[cursor]) || list[cursor] == UInt8(ascii: ",") { cursor += 1 }
            let isWeakTag =
                cursor + 1 < list.count && list[cursor] == UInt8(ascii: "W") && list[cursor + 1] == UInt8(ascii: "/")
            if isWeakTag { cursor += 2 }
            guard cursor < list.count, list[cursor] == UInt8(ascii: "\"") else { return false }
            let start = cursor
            cursor += 1
            guard let end = list[cursor...].firstIndex(of: UInt8(ascii: "\"")) else { return false }
            cursor = end + 1
            if isWeak || !isWeakTag, Bytes(rebasing: list[start..<cursor]).equals(tag) { return true }
        }
        return false
    }
}
