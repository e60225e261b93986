/// Comma-separated values (RFC 4180). Lines may also end with LF alone.
public enum CSV {
    public struct Record: Equatable, Sendable {
        /// The line on which it begins, from 1.
        public let line: Int
        public var fields: [String]

        public init(line: Int, fields: [String]) {
            self.line = line
            self.fields = fields
        }
    }

    public struct Malformed: Error, Equatable {
        public let line: Int
        /// A predicate, such as "has a quote that is not closed".
        public let rule: String

        public init(line: Int, rule: String) {
            self.line = line
            self.rule = rule
        }
    }

    /// Reads all records. Empty lines are left out.
    public static func records(_ bytes: [UInt8]) throws(Malformed) -> [Record] {
        var reader = Reader(bytes)
        var records: [Record] = []
        while let record = try reader.next() {
            if record.fields != [""] { records.append(record) }
        }
        return records
    }

    /// A line without its end.
    public static func line(_ fields: [String]) -> String {
        fields.map { field in
            guard field.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return field }
            return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                + "\""
        }.joined(separator: ",")
    }

    // MARK: Formulas

    /// A field that spreadsheets show as text. They would run a field that begins like a formula.
    public static func defused(_ field: String) -> String { looksLikeFormula(field) ? "'" + field : field }

    /// The field before it was defused.
    public static func restored(_ field: String) -> String {
        field.utf8.first == quote && looksLikeFormula(field) ? String(field.dropFirst()) : field
    }

    private static let quote = UInt8(ascii: "'")

    /// Fields that are already defused look like formulas too, so that `restored` can undo `defused` for every field.
    private static func looksLikeFormula(_ field: String) -> Bool {
        field.utf8.first { $0 != quote }.map("=+-@\t\r".utf8.contains) ?? false
    }

    private struct Reader {
        private let bytes: [UInt8]
        private var position = 0
        private var line = 1

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            // Spreadsheets write a byte order mark.
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        }

        private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

        private func isAt(_ character: Unicode.Scalar) -> Bool { byte == UInt8(ascii: character) }

        /// Whether a line ends here. CR alone is part of a field.
        private var isAtLineEnd: Bool {
            isAt("\n") || isAt("\r") && position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "\n")
        }

        mutating func next() throws(Malformed) -> Record? {
            guard byte != nil else { return nil }
            var record = Record(line: line, fields: [try field()])
            while isAt(",") {
                position += 1
                record.fields.append(try field())
            }
            if isAt("\r") { position += 1 }
            if isAt("\n") { position += 1 }
            line += 1
            return record
        }

        private mutating func field() throws(Malformed) -> String {
            guard isAt("\"") else { return plainField() }
            let start = line
            position += 1
            var value: [UInt8] = []
            while let byte {
                position += 1
                if byte == UInt8(ascii: "\n") { line += 1 }
                if byte != UInt8(ascii: "\"") {
                    value.append(byte)
                } else if isAt("\"") {
                    position += 1
                    value.append(byte)
                } else {
                    guard self.byte == nil || isAt(",") || isAtLineEnd else {
                        throw Malformed(line: line, rule: "has text after a closing quote")
                    }
                    return String(decoding: value, as: UTF8.self)
                }
            }
            throw Malformed(line: start, rule: "has a quote that is not closed")
        }

        private mutating func plainField() -> String {
            let start = position
            while byte != nil, !isAt(","), !isAtLineEnd { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
    }
}
