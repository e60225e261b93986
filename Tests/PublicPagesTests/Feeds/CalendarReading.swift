import Testing

/// An iCalendar object that a strict reader has read (RFC 5545 §3.1 and §3.6).
struct CalendarReading {
    struct Component {
        let name: String
        /// The properties in order, with parameters in the name.
        var properties: [(name: String, value: String)] = []
        var components: [Component] = []

        /// The value of the only property with a name; nil if there is not exactly one.
        subscript(_ name: String) -> String? {
            let values = properties.filter { $0.name == name }
            return values.count == 1 ? values[0].value : nil
        }

        /// The same, unescaped as TEXT (RFC 5545 §3.3.11); nil also if it is badly escaped.
        func text(_ name: String) -> String? { self[name].flatMap(CalendarReading.unescape) }
    }

    let calendar: Component

    init(_ bytes: [UInt8]) throws {
        var open = [Component(name: "")]
        let lines = try Self.unfold(bytes)
        for line in lines {
            let colon = try #require(line.unicodeScalars.firstIndex(of: ":"))
            let (name, value) = (String(line[..<colon]), String(line[line.unicodeScalars.index(after: colon)...]))
            try #require(name.wholeMatch(of: /[A-Z-]+(;[A-Z-]+=[A-Za-z\/-]+)*/) != nil)
            switch name {
            case "BEGIN": open.append(Component(name: value))
            case "END":
                let ended = open.removeLast()
                try #require(ended.name == value && !open.isEmpty)
                open[open.count - 1].components.append(ended)
            default: open[open.count - 1].properties.append((name, value))
            }
        }
        try #require(open.count == 1 && open[0].components.count == 1 && open[0].properties.isEmpty)
        calendar = open[0].components[0]
        try #require(calendar.name == "VCALENDAR" && !calendar.components.isEmpty)
    }

    /// Every physical line must end in CRLF, be at most 75 bytes long, and be valid UTF-8 on its own.
    private static func unfold(_ bytes: [UInt8]) throws -> [String] {
        try #require(bytes.suffix(2) == [13, 10])
        var lines: [String] = []
        for piece in bytes.dropLast(2).split(separator: 10, omittingEmptySubsequences: false) {
            let isLast = piece.endIndex == bytes.count - 2
            try #require(isLast || piece.last == 13)
            let line = isLast ? piece : piece.dropLast()
            try #require(!line.isEmpty && line.count <= 75 && !line.contains { $0 < 0x20 && $0 != 9 || $0 == 0x7F })
            let text = try #require(String(validating: line, as: UTF8.self))
            if line.first == 32 {
                try #require(!lines.isEmpty && line.count > 1)
                lines[lines.count - 1].unicodeScalars += text.unicodeScalars.dropFirst()
            } else {
                lines.append(text)
            }
        }
        return lines
    }

    private static func unescape(_ value: String) -> String? {
        var text = String.UnicodeScalarView()
        var rest = value.unicodeScalars[...]
        while let next = rest.popFirst() {
            switch next {
            case "\\":
                switch rest.popFirst() {
                case "n": text.append("\n")
                case let escaped? where "\\;,".unicodeScalars.contains(escaped): text.append(escaped)
                default: return nil
                }
            case ";", ",": return nil
            default: text.append(next)
            }
        }
        return String(text)
    }
}
