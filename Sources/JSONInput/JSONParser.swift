/// Parses the text of a JSON document (RFC 8259) in one pass.
struct JSONParser {
    /// Why the text is not JSON.
    struct Fault: Error {
        /// In bytes.
        let offset: Int
        let message: String
        /// Set if the text obeys the grammar, and only its meaning cannot be represented.
        var sentence: String?
    }

    /// Facts that the values do not contain.
    struct Notes {
        var repetitions: [JSONDocument.Repetition] = []
        var places: [JSONPointer: Range<Int>] = [:]
        /// The place of the current value.
        fileprivate var pointer = JSONPointer.root
    }

    static let notUTF8 = "the text is not valid UTF-8"
    /// Deeper recursion could overflow the stack.
    private static let mostLevels = 512

    /// Nil to note nothing, which is many times faster.
    private(set) var notes: Notes?
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    private var levels = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, notes: Notes? = nil) {
        self.bytes = bytes
        self.notes = notes
    }

    /// Parses the whole text. Call this once.
    mutating func document() throws(Fault) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        let value = try value()
        if next != nil { throw expected("the end of the text") }
        return value
    }

    // MARK: Values

    private mutating func value() throws(Fault) -> JSONValue {
        let first = next
        let start = index
        let value: JSONValue
        switch first {
        case UInt8(ascii: "{"): value = try object()
        case UInt8(ascii: "["): value = try array()
        case UInt8(ascii: "\""): value = .string(try string())
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): value = try number()
        default: value = try literal()
        }
        if let pointer = notes?.pointer { notes?.places[pointer] = start..<index }
        return value
    }

    private mutating func value(at token: @autoclosure () -> JSONPointer.Token) throws(Fault) -> JSONValue {
        if notes == nil { return try value() }
        notes?.pointer.tokens.append(token())
        let value = try value()
        notes?.pointer.tokens.removeLast()
        return value
    }

    private mutating func object() throws(Fault) -> JSONValue {
        var members: [String: JSONValue] = [:]
        try elements(until: UInt8(ascii: "}")) { (parser: inout JSONParser, _) throws(Fault) in
            guard parser.next == UInt8(ascii: "\"") else { throw parser.expected("a name in double quotes") }
            let start = parser.index
            let name = try parser.string()
            if let pointer = parser.notes?.pointer, members[name] != nil {
                let repetition = JSONDocument.Repetition(pointer: pointer.appending(name), offset: start)
                parser.notes?.repetitions.append(repetition)
            }
            guard parser.take(UInt8(ascii: ":")) else { throw parser.expected("a colon") }
            members[name] = try parser.value(at: .name(name))
        }
        return .object(members)
    }

    private mutating func array() throws(Fault) -> JSONValue {
        var items: [JSONValue] = []
        try elements(until: UInt8(ascii: "]")) { (parser: inout JSONParser, number) throws(Fault) in
            items.append(try parser.value(at: .index(number)))
        }
        return .array(items)
    }

    /// The elements between brackets, separated by commas.
    private mutating func elements(
        until end: UInt8, _ element: (inout JSONParser, Int) throws(Fault) -> Void
    ) throws(Fault) {
        guard levels < Self.mostLevels else {
            throw Fault(offset: index, message: "values must not be nested more than \(Self.mostLevels) levels deep")
        }
        levels += 1
        defer { levels -= 1 }
        index += 1
        if take(end) { return }
        for number in 0... {
            try element(&self, number)
            if take(end) { return }
            let comma = index
            guard take(UInt8(ascii: ",")) else { throw expected("a comma or \(Self.quoted(end))") }
            if next == end {
                throw Fault(offset: comma, message: "a comma is not allowed before \(Self.quoted(end))")
            }
        }
    }

    private mutating func number() throws(Fault) -> JSONValue {
        let start = index
        var isInteger = true
        if byte == UInt8(ascii: "-") { index += 1 }
        let whole = digits()
        var isNumber = whole == 1 || (whole > 1 && bytes[index - whole] != UInt8(ascii: "0"))
        if byte == UInt8(ascii: ".") {
            isInteger = false
            index += 1
            if digits() == 0 { isNumber = false }
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isInteger = false
            index += 1
            if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { index += 1 }
            if digits() == 0 { isNumber = false }
        }
        guard isNumber else { throw Fault(offset: start, message: "this is not a valid JSON number") }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isInteger, let number = Int(text) { return .integer(number) }
        guard let number = Double(text), number.isFinite else {
            throw Fault(
                offset: start, message: "this number is too large",
                sentence: "The JSON contains a number that is too large.")
        }
        return Int(exactly: number).map { .integer($0) } ?? .number(number)
    }

    /// - Returns: the number of digits.
    private mutating func digits() -> Int {
        let start = index
        while let byte, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { index += 1 }
        return index - start
    }

    private mutating func literal() throws(Fault) -> JSONValue {
        if skip("true") { return .bool(true) }
        if skip("false") { return .bool(false) }
        if skip("null") { return .null }
        throw expected("a value")
    }

    private mutating func skip(_ literal: StaticString) -> Bool {
        let text = UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        guard bytes[index...].starts(with: text) else { return false }
        index += text.count
        return true
    }

    // MARK: Strings

    private mutating func string() throws(Fault) -> String {
        let start = index
        index += 1
        skipPlain()
        if byte == UInt8(ascii: "\"") {
            defer { index += 1 }
            return try text(UnsafeBufferPointer(rebasing: bytes[start + 1..<index]), from: start)
        }
        var content = Array(bytes[start + 1..<index])
        while byte == UInt8(ascii: "\\") {
            try escape(into: &content)
            let plain = index
            skipPlain()
            content += bytes[plain..<index]
        }
        guard byte == UInt8(ascii: "\"") else {
            let message = "this string does not end on its line; write a line break as \\n and a tab as \\t"
            throw Fault(offset: start, message: message)
        }
        index += 1
        return try content.withUnsafeBufferPointer { content throws(Fault) in try text(content, from: start) }
    }

    private func text(_ content: UnsafeBufferPointer<UInt8>, from start: Int) throws(Fault) -> String {
        guard let text = String(validating: content, as: UTF8.self) else {
            throw Fault(offset: start, message: Self.notUTF8)
        }
        return text
    }

    /// Skips characters that need no escape.
    private mutating func skipPlain() {
        while let byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { index += 1 }
    }

    /// Appends the character that an escape represents.
    private mutating func escape(into content: inout [UInt8]) throws(Fault) {
        let start = index
        index += 1
        let escaped = byte
        index += 1
        switch escaped {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(bytes[index - 1])
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content += String(try scalar(from: start)).utf8
        default: throw Self.invalidEscape(at: start)
        }
    }

    /// Reads the digits of an escape, and a second escape if the first one is half of a surrogate pair.
    private mutating func scalar(from start: Int) throws(Fault) -> Character {
        let unit = try codeUnit(from: start)
        if let scalar = Unicode.Scalar(unit) { return Character(scalar) }
        let second = index
        if UTF16.isLeadSurrogate(unit), skip("\\u") {
            let trail = try codeUnit(from: second)
            if UTF16.isTrailSurrogate(trail) {
                return Character(UTF16.decode(UTF16.EncodedScalar([unit, trail])))
            }
        }
        throw Fault(
            offset: start, message: "this is half of a surrogate pair",
            sentence: "The JSON contains an unpaired surrogate, such as \\ud83d alone.")
    }

    private mutating func codeUnit(from start: Int) throws(Fault) -> UInt16 {
        let end = index + 4
        guard end <= bytes.count, bytes[index..<end].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: bytes[index..<end], as: UTF8.self), radix: 16)
        else { throw Self.invalidEscape(at: start) }
        index = end
        return unit
    }

    private static func invalidEscape(at offset: Int) -> Fault {
        Fault(offset: offset, message: "this escape is invalid; write a backslash as \\\\")
    }

    // MARK: Bytes

    /// The current byte; nil at the end.
    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// Skips white space and returns the next byte; nil at the end.
    private var next: UInt8? {
        mutating get {
            while let byte, byte <= 0x20, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { index += 1 }
            return byte
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    /// A fault that says what was expected here.
    private func expected(_ what: String) -> Fault {
        let found = byte.map { "not \(Self.quoted($0))" } ?? "but the text ends"
        return Fault(offset: index, message: "expected \(what), \(found)")
    }

    private static func quoted(_ byte: UInt8) -> String {
        byte > 0x20 && byte < 0x7F ? "`\(Character(Unicode.Scalar(byte)))`" : "this character"
    }
}
