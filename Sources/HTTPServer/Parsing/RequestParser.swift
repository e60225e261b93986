/// Parses a whole head, strictly (RFC 9112): what two parsers could read in two ways is refused, since that is what
/// request smuggling lives on. Does no I/O and allocates nothing once made.
struct RequestParser: ~Copyable {
    let limits: HeadLimits
    /// The field lines of the head parsed last; `RequestHead.fieldCount` of them are valid.
    let fields: UnsafeMutablePointer<FieldRange>

    init(limits: HeadLimits) {
        self.limits = limits
        fields = .allocate(capacity: max(1, limits.fields))
    }

    deinit { fields.deallocate() }

    /// - Parameter bytes: a head as `HeadScanner` found it: lines ending in CR LF, the last one empty.
    func parse(_ bytes: Bytes) throws(HTTPFault) -> RequestHead {
        var head = RequestHead()
        var cursor = try parseRequestLine(bytes, into: &head)
        var facts = FramingFacts()
        while bytes[cursor] != ASCII.carriageReturn {
            guard head.fieldCount < limits.fields else { throw .tooManyFields }
            let field = try parseField(bytes, at: &cursor)
            fields[Int(head.fieldCount)] = field
            head.fieldCount += 1
            try facts.note(bytes[field.name], value: bytes[field.value], range: field.value)
        }
        // A lone CR where the empty line belongs would end the loop early.
        guard cursor + 2 == bytes.count else { throw .badRequest("A field line starts with a carriage return.") }
        try facts.settle(&head)
        return head
    }

    private func parseRequestLine(_ bytes: Bytes, into head: inout RequestHead) throws(HTTPFault) -> Int {
        var cursor = 0
        while ASCII.isToken(bytes[cursor]) { cursor += 1 }
        guard cursor > 0, bytes[cursor] == ASCII.space else { throw .badRequest("The request method is malformed.") }
        head.method = ByteRange(0, cursor)
        let targetStart = cursor + 1
        cursor = targetStart
        while ASCII.isTarget(bytes[cursor]) { cursor += 1 }
        guard cursor > targetStart, bytes[cursor] == ASCII.space else {
            throw .badRequest("The request target is malformed.")
        }
        // The version first: in another one, the target may have another form.
        head.minorVersion = try parseVersion(bytes, at: cursor + 1)
        try RequestTarget.parse(bytes, ByteRange(targetStart, cursor), into: &head)
        return cursor + 1 + 8 + 2
    }

    /// `HTTP/1.` and a digit, and the CR LF behind it.
    private func parseVersion(_ bytes: Bytes, at start: Int) throws(HTTPFault) -> UInt8 {
        let end = start + 8
        guard end + 2 <= bytes.count, bytes[ByteRange(start, start + 5)].equals("HTTP/"),
            ASCII.isDigit(bytes[start + 5]), bytes[start + 6] == UInt8(ascii: "."), ASCII.isDigit(bytes[start + 7]),
            bytes[end] == ASCII.carriageReturn, bytes[end + 1] == ASCII.lineFeed
        else { throw .badRequest("The HTTP version is malformed.") }
        let minor = bytes[start + 7] - UInt8(ascii: "0")
        guard bytes[start + 5] == UInt8(ascii: "1") else { throw HTTPFault(505, "Only HTTP/1 is served here.") }
        // A higher minor version is served as the highest we know (RFC 9110 §2.5).
        return min(minor, 1)
    }

    /// `name: value` with optional white space around the value, and no other (RFC 9112 §5.1).
    private func parseField(_ bytes: Bytes, at cursor: inout Int) throws(HTTPFault) -> FieldRange {
        let nameStart = cursor
        while ASCII.isToken(bytes[cursor]) { cursor += 1 }
        let nameEnd = cursor
        guard nameEnd > nameStart, bytes[cursor] == UInt8(ascii: ":") else {
            throw .badRequest(
                ASCII.isBlank(bytes[nameStart])
                    ? "A field is folded over several lines, which is obsolete." : "A field name is malformed.")
        }
        cursor += 1
        while ASCII.isBlank(bytes[cursor]) { cursor += 1 }
        let valueStart = cursor
        while ASCII.isFieldContent(bytes[cursor]) { cursor += 1 }
        guard bytes[cursor] == ASCII.carriageReturn, bytes[cursor + 1] == ASCII.lineFeed else {
            throw .badRequest("A field value holds a control character.")
        }
        var valueEnd = cursor
        while valueEnd > valueStart, ASCII.isBlank(bytes[valueEnd - 1]) { valueEnd -= 1 }
        cursor += 2
        return FieldRange(name: ByteRange(nameStart, nameEnd), value: ByteRange(valueStart, valueEnd))
    }
}
