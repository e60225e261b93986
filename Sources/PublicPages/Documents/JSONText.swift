/// Writes JSON in the order of the calls. Equal values always give equal bytes.
///
/// Renderers use it instead of JSONEncoder for two reasons. The order of members is part of some documents' formats.
/// And it is fast, which matters because a write waits for the summary.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    /// Whether the array or object already has a value, so that a comma must come before the next one.
    private var needsComma = false

    /// - Parameter capacity: the expected number of bytes.
    init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    /// A complete JSON text with one object.
    static func object(_ members: (inout JSONText) -> Void) -> [UInt8] {
        var text = JSONText()
        text.object(members)
        return text.bytes
    }

    /// Writes an object, as the next value.
    mutating func object(_ members: (inout JSONText) -> Void) { enclose("{", "}", members) }

    /// Writes an array, as the next value.
    mutating func array<Element>(_ elements: some Sequence<Element>, _ write: (inout JSONText, Element) -> Void) {
        enclose("[", "]") { text in
            for element in elements { write(&text, element) }
        }
    }

    /// Writes values that are already JSON, as an array.
    mutating func array(ofJSON elements: some Sequence<[UInt8]>) {
        array(elements) { $0.value(ofJSON: $1) }
    }

    mutating func value(_ text: String) {
        separate()
        quote(text)
    }

    mutating func value(_ text: String?) {
        if let text { value(text) } else { null() }
    }

    mutating func value(_ flag: Bool) { literal(flag ? "true" : "false") }
    mutating func value(_ number: Int) { literal("\(number)") }
    mutating func null() { literal("null") }

    /// Writes a value that is already JSON.
    mutating func value(ofJSON json: [UInt8]) {
        separate()
        bytes += json
    }

    /// Writes a member's name. Its value must follow.
    mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes += $0 }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func member(_ name: StaticString, _ text: String) {
        self.name(name)
        value(text)
    }

    mutating func member(_ name: StaticString, _ text: String?) {
        self.name(name)
        value(text)
    }

    mutating func member(_ name: StaticString, _ flag: Bool) {
        self.name(name)
        value(flag)
    }

    mutating func member(_ name: StaticString, _ number: Int) {
        self.name(name)
        value(number)
    }

    mutating func object(_ name: StaticString, _ members: (inout JSONText) -> Void) {
        self.name(name)
        object(members)
    }

    mutating func array<Element>(
        _ name: StaticString, _ elements: some Sequence<Element>, _ write: (inout JSONText, Element) -> Void
    ) {
        self.name(name)
        array(elements, write)
    }

    private mutating func enclose(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONText) -> Void) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes += text.utf8
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// Escapes only what JSON requires (RFC 8259 §7), in the short form where there is one.
    private mutating func quote(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { content in
            var start = 0
            for (index, byte) in content.enumerated() {
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                bytes += content[start..<index]
                escape(byte)
                start = index + 1
            }
            bytes += content[start...]
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        default:
            let digits = Array("0123456789abcdef".utf8)
            bytes += "u00".utf8
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
}
