/// Reads one line of the Forwarded field, element by element (RFC 7239 §4), strictly.
///
/// Blanks around semicolons are accepted: the RFC does not allow them, but some proxies write them. The values of the
/// four parameters that the RFC defines must not contain backslashes: none of their legal values needs one.
struct ForwardedParser {
    private let text: Bytes
    /// The offset of the text in the head; returned ranges are offsets into the head.
    private let offset: Int
    private var cursor = 0

    init(_ text: Bytes, offset: Int) {
        self.text = text
        self.offset = offset
    }

    private static let malformed = HTTPFault.badRequest("The Forwarded field is malformed.")

    /// The next element, or nil at the end. Empty elements of the list are skipped (RFC 9110 §5.6.1.2).
    mutating func next() throws(HTTPFault) -> ForwardedHop? {
        while skip(UInt8(ascii: ",")) || skipBlank() {}
        guard cursor < text.count else { return nil }
        var element = Element()
        while true {
            if cursor < text.count, ASCII.isToken(text[cursor]) { try readPair(into: &element) }
            while skipBlank() {}
            if cursor == text.count || skip(UInt8(ascii: ",")) { return element.hop }
            guard skip(UInt8(ascii: ";")) else { throw Self.malformed }
            while skipBlank() {}
        }
    }

    /// The parameters of an element read so far.
    private struct Element {
        var hop = ForwardedHop()
        var hasBy = false
        var hasProto = false
    }

    /// `token "=" ( token / quoted-string )`; each of the four parameters may appear only once.
    private mutating func readPair(into element: inout Element) throws(HTTPFault) {
        let name = readToken()
        guard skip(UInt8(ascii: "=")) else { throw Self.malformed }
        let range = try readValue()
        let value = text[range]
        if name.equalsIgnoringCase("for") {
            guard element.hop.node == nil else { throw Self.malformed }
            element.hop.node = try Self.node(value)
        } else if name.equalsIgnoringCase("by") {
            guard !element.hasBy else { throw Self.malformed }
            element.hasBy = true
            _ = try Self.node(value)
        } else if name.equalsIgnoringCase("host") {
            guard element.hop.host == nil else { throw Self.malformed }
            guard value.count > 0, RequestTarget.isAuthority(value) else {
                throw .badRequest("The host in the Forwarded field is malformed.")
            }
            element.hop.host = ByteRange(offset + Int(range.start), offset + Int(range.end))
        } else if name.equalsIgnoringCase("proto") {
            guard !element.hasProto else { throw Self.malformed }
            element.hasProto = true
            guard Self.isScheme(value) else { throw .badRequest("The proto in the Forwarded field is malformed.") }
            element.hop.isHTTPS = ForwardedHop.isHTTPS(value)
        }
    }

    private static func node(_ value: Bytes) throws(HTTPFault) -> ForwardedNode {
        guard let node = ForwardedNode(node: value) else {
            throw .badRequest("An address in the Forwarded field is malformed.")
        }
        return node
    }

    /// `ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )` (RFC 3986 §3.1)
    private static func isScheme(_ value: Bytes) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool {
            let lower = ASCII.lowercased(byte)
            return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
        }
        guard let first = value.first, isLetter(first) else { return false }
        return value.allSatisfy { byte in
            isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".")
        }
    }

    /// A token, or the text between the quotes of a quoted string (RFC 9110 §5.6.4), with backslashes left in.
    private mutating func readValue() throws(HTTPFault) -> ByteRange {
        guard skip(UInt8(ascii: "\"")) else {
            let start = cursor
            guard readToken().count > 0 else { throw Self.malformed }
            return ByteRange(start, cursor)
        }
        let start = cursor
        while cursor < text.count, text[cursor] != UInt8(ascii: "\"") {
            // A backslash escapes the next byte, which may be a quote.
            cursor += text[cursor] == UInt8(ascii: "\\") ? 2 : 1
        }
        let end = cursor
        guard skip(UInt8(ascii: "\"")) else { throw Self.malformed }
        return ByteRange(start, end)
    }

    private mutating func readToken() -> Bytes {
        let start = cursor
        while cursor < text.count, ASCII.isToken(text[cursor]) { cursor += 1 }
        return text[ByteRange(start, cursor)]
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard cursor < text.count, text[cursor] == byte else { return false }
        cursor += 1
        return true
    }

    private mutating func skipBlank() -> Bool { skip(ASCII.space) || skip(ASCII.tab) }
}
