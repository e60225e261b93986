/// A parsed JSON document, with the facts about its text that the values do not contain.
public struct JSONDocument: Sendable {
    /// A member whose name appeared earlier in the same object.
    public struct Repetition: Equatable, Sendable {
        public let pointer: JSONPointer
        /// The offset of its name, in bytes.
        public let offset: Int
    }

    /// If an object has repeated names, the last one counts.
    public let value: JSONValue
    /// In the order of the text.
    public let repetitions: [Repetition]
    /// The range of each value in the text.
    public let places: [JSONPointer: Range<Int>]

    /// Parses a text as `JSONValue(parsing:)` does, but takes many times as long, and needs memory for each value.
    public init(_ bytes: [UInt8]) throws(JSONValue.Malformed) {
        let (value, notes) = try JSONValue.parse(bytes, notes: JSONParser.Notes())
        self.value = value
        repetitions = notes?.repetitions ?? []
        places = notes?.places ?? [:]
    }
}

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
