/// A position in a text, counted as editors do.
public struct TextPosition: Equatable, Sendable, CustomStringConvertible {
    /// From 1.
    public let line: Int
    /// In Unicode scalars, from 1.
    public let column: Int

    /// - Parameters:
    ///   - offset: the offset of the position, in bytes.
    ///   - text: UTF-8. A byte order mark takes no column.
    public init(of offset: Int, in text: [UInt8]) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let before = text.prefix(offset).dropFirst(text.starts(with: mark) ? mark.count : 0)
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? before.startIndex
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        // UTF-8 continuation bytes do not count.
        column = before[min(start, before.endIndex)...].count { $0 & 0xC0 != 0x80 } + 1
    }

    public var description: String { "line \(line), column \(column)" }
}
