/// Suggests a correction for a misspelt name.
public enum Spelling {
    /// The candidate nearest to the name, ignoring case; nil if none is near enough.
    public static func nearest(to name: String, among candidates: [String]) -> String? {
        // Longer texts are not names, and the comparison takes time proportional to the product of the lengths.
        guard name.utf8.count <= 64 else { return nil }
        let misspelt = Array(name.lowercased().utf8)
        let near = candidates.map { ($0, distance(misspelt, Array($0.lowercased().utf8))) }
            .filter { $1 <= max(1, $0.utf8.count / 3) }
        return near.min { $0.1 < $1.1 }?.0
    }

    /// The edit distance in bytes: insertions, deletions, replacements, and swaps of neighbours.
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...other.count)
        for (row, byte) in one.enumerated() {
            var current = [row + 1]
            for (column, otherByte) in other.enumerated() {
                var least = min(last[column + 1] + 1, current[column] + 1, last[column] + (byte == otherByte ? 0 : 1))
                if row > 0, column > 0, byte == other[column - 1], one[row - 1] == otherByte {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                current.append(least)
            }
            (beforeLast, last) = (last, current)
        }
        return last[other.count]
    }
}
