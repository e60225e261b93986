/// Scans the text of a JSON document (RFC 8259) for facts that its values do not contain. It finds where the text is
/// malformed, and which objects contain a name twice.
public struct JSONScan: Sendable {
    /// Why and where a text is not JSON.
    public struct Fault: Error, Equatable, Sendable {
        /// The offset of the error, in bytes.
        public let offset: Int
        public let message: String
    }

    /// A member whose name appeared earlier in the same object.
    public struct Repetition: Equatable, Sendable {
        public let pointer: JSONPointer
        /// The offset of its name, in bytes.
        public let offset: Int
    }

    /// The first error; nil if none was found. The scan does not detect numbers that are too large, or half a surrogate
    /// pair.
    public private(set) var fault: Fault?
    /// In the order of the text, up to the fault.
    public private(set) var repetitions: [Repetition] = []

    /// The range of each value in the text. If a name appears twice, the last value counts.
    public private(set) var places: [JSONPointer: Range<Int>] = [:]

    private let bytes: [UInt8]
    private let findsRepetitions: Bool
    private let notesPlaces: Bool
    private var index = 0
    /// The place of the current value.
    private var pointer = JSONPointer.root

    /// - Parameters:
    ///   - bytes: the text. The scan stops without a fault at values nested more than 512 levels deep.
    ///   - findsRepetitions: whether to find repeated names, which can make the scan many times slower.
    ///   - notesPlaces: whether to note the range of each value, which takes memory for each value.
    public init(_ bytes: [UInt8], findsRepetitions: Bool = true, notesPlaces: Bool = false) {
        self.bytes = bytes
        self.findsRepetitions = findsRepetitions || notesPlaces
        self.notesPlaces = notesPlaces
        if let offset = Self.endOfUTF8(in: bytes) {
            let message = "the text is not valid UTF-8"
            fault = Fault(offset: offset, message: message)
            return
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        do throws(Stop) {
            try value()
            if !atEnd { throw expected("the end of the text") }
        } catch {
            if case .fault(let fault) = error { self.fault = fault }
        }
    }

    private enum Stop: Error {
        case fault(Fault)
        case tooDeep
    }

    // MARK: Values

    private mutating func value() throws(Stop) {
        // The same depth as the parser's limit; deeper recursion could overflow the stack.
        if pointer.tokens.count > 512 { throw .tooDeep }
        let first = next
        let start = index
        defer { if notesPlaces { places[pointer] = start..<index } }
        switch first {
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): try number()
        default: try literal()
        }
    }

    private mutating func value(at token: JSONPointer.Token) throws(Stop) {
        pointer.tokens.append(token)
        try value()
        pointer.tokens.removeLast()
    }

    private mutating func object() throws(Stop) {
        var names: Set<String> = []
        try elements(until: UInt8(ascii: "}")) { (scan: inout JSONScan, _) throws(Stop) in
            guard scan.next == UInt8(ascii: "\"") else { throw scan.expected("a name in double quotes") }
            let start = scan.index
            let text = try scan.string()
            let name = scan.findsRepetitions ? Self.meaning(of: text) : ""
            if scan.findsRepetitions, !names.insert(name).inserted {
                scan.repetitions.append(Repetition(pointer: scan.pointer.appending(name), offset: start))
            }
            guard scan.next == UInt8(ascii: ":") else { throw scan.expected("a colon") }
            scan.index += 1
            try scan.value(at: .name(name))
        }
    }

    private mutating func array() throws(Stop) {
        try elements(until: UInt8(ascii: "]")) { (scan: inout JSONScan, number) throws(Stop) in
            try scan.value(at: .index(number))
        }
    }

    /// The elements between brackets, separated by commas.
    private mutating func elements(
        until end: UInt8, _ element: (inout JSONScan, Int) throws(Stop) -> Void
    ) throws(Stop) {
        index += 1
        if take(end) { return }
        for number in 0... {
            try element(&self, number)
            if take(end) { return }
            let comma = index
            guard take(UInt8(ascii: ",")) else { throw expected("a comma or \(Self.quoted(end))") }
            if next == end {
                throw .fault(Fault(offset: comma, message: "a comma is not allowed before \(Self.quoted(end))"))
            }
        }
    }

    private mutating func number() throws(Stop) {
        let start = index
        if next == UInt8(ascii: "-") { index += 1 }
        let whole = digits()
        var isNumber = whole == 1 || (whole > 1 && bytes[index - whole] != UInt8(ascii: "0"))
        if byte == UInt8(ascii: ".") {
            index += 1
            if digits() == 0 { isNumber = false }
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            index += 1
            if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { index += 1 }
            if digits() == 0 { isNumber = false }
        }
        if !isNumber { throw .fault(Fault(offset: start, message: "this is not a valid JSON number")) }
    }

    /// - Returns: the number of digits.
    private mutating func digits() -> Int {
        let start = index
        while let byte, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { index += 1 }
        return index - start
    }

    private mutating func literal() throws(Stop) {
        for literal in ["true", "false", "null"] where bytes[index...].starts(with: literal.utf8) {
            index += literal.utf8.count
            return
        }
        throw expected("a value")
    }

    /// - Returns: the string as written, with quotes and escapes.
    private mutating func string() throws(Stop) -> ArraySlice<UInt8> {
        let start = index
        index += 1
        while let byte, byte != UInt8(ascii: "\""), byte >= 0x20 {
            index += 1
            if byte == UInt8(ascii: "\\") { try escape() }
        }
        guard byte == UInt8(ascii: "\"") else {
            let message = "this string does not end on its line; write a line break as \\n and a tab as \\t"
            throw .fault(Fault(offset: start, message: message))
        }
        index += 1
        return bytes[start..<index]
    }

    /// The content of a string, with its escapes resolved.
    private static func meaning(of text: ArraySlice<UInt8>) -> String {
        if text.contains(UInt8(ascii: "\\")), case .string(let text)? = try? JSONValue(parsing: Array(text)) {
            return text
        }
        return String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
    }

    /// Skips an escape after its backslash.
    private mutating func escape() throws(Stop) {
        let start = index - 1
        let wrong = Stop.fault(Fault(offset: start, message: "this escape is invalid; write a backslash as \\\\"))
        guard let byte, "\"\\/bfnrtu".utf8.contains(byte) else { throw wrong }
        index += 1
        guard byte == UInt8(ascii: "u") else { return }
        let digits = bytes[index...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { throw wrong }
        index += 4
    }

    // MARK: Bytes

    /// The offset of the first byte that is not valid UTF-8; nil if there is none.
    private static func endOfUTF8(in bytes: [UInt8]) -> Int? {
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &rest) {
            case .valid(let scalar): offset += scalar.count
            case .emptyInput: return nil
            case .error: return offset
            }
        }
    }

    /// The current byte; nil at the end.
    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// Skips white space. The next byte after it; nil at the end.
    private var next: UInt8? {
        mutating get {
            while let byte, " \t\r\n".utf8.contains(byte) { index += 1 }
            return byte
        }
    }

    private var atEnd: Bool { mutating get { next == nil } }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    /// A fault that says what was expected here.
    private func expected(_ what: String) -> Stop {
        let found = byte.map { "not \(Self.quoted($0))" } ?? "but the text ends"
        return .fault(Fault(offset: index, message: "expected \(what), \(found)"))
    }

    private static func quoted(_ byte: UInt8) -> String {
        byte > 0x20 && byte < 0x7F ? "`\(Character(Unicode.Scalar(byte)))`" : "this character"
    }
}
