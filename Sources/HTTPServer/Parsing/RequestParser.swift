/// Parses a complete head, strictly (RFC 9112). It refuses everything that two parsers could read differently, because
/// request smuggling relies on such differences. Does no I/O, and allocates nothing after its creation.
struct RequestParser: ~Copyable {
    let limits: HeadLimits
    /// The fields of the last head; the first `RequestHead.fieldCount` are valid.
    private let fields: UnsafeMutablePointer<FieldRange>
    /// The last head. It is written in place, because a copy of freshly written parts stalls the processor until the
    /// writes complete. Such a copy costs more than all of the parsing.
    private let head = UnsafeMutablePointer<RequestHead>.allocate(capacity: 1)

    init(limits: HeadLimits) {
        self.limits = limits
        fields = .allocate(capacity: max(1, limits.fields))
        head.initialize(to: RequestHead())
    }

    deinit {
        fields.deallocate()
        head.deallocate()
    }

    /// - Parameter bytes: a head that `HeadScanner` found: lines that end in CR LF, the last one empty.
    /// - Returns: the parsed head. It is valid until the next call.
    func parse(_ bytes: Bytes) throws(HTTPFault) -> RequestView {
        head.pointee = RequestHead()
        try parse(bytes, into: &head.pointee)
        return RequestView(bytes: bytes, parsed: UnsafePointer(head), fields: UnsafePointer(fields))
    }

    /// Changes the host of the last head.
    func replaceAuthority(_ authority: ByteRange) { head.pointee.authority = authority }

    @inline(__always)
    private func parse(_ bytes: Bytes, into head: inout RequestHead) throws(HTTPFault) {
        var cursor = try parseRequestLine(bytes, into: &head)
        var facts = FramingFacts()
        var count = 0
        var nameLengths = NameLengths()
        while bytes[cursor] != ASCII.carriageReturn {
            guard count < limits.fields else { throw .tooManyFields }
            let field = try parseField(bytes, at: &cursor)
            fields[count] = field
            count &+= 1
            nameLengths.insert(field.name.count)
            try facts.note(field, in: bytes)
        }
        head.fieldCount = Int32(truncatingIfNeeded: count)
        head.nameLengths = nameLengths
        // A lone CR in place of the empty line would end the loop early.
        guard cursor + 2 == bytes.count else { throw .badRequest("A header line starts with a carriage return.") }
        try facts.settle(&head)
    }

    @inline(__always)
    private func parseRequestLine(_ bytes: Bytes, into head: inout RequestHead) throws(HTTPFault) -> Int {
        var cursor = 0
        while ASCII.isToken(bytes[cursor]) { cursor &+= 1 }
        guard cursor > 0, bytes[cursor] == ASCII.space else { throw .malformedMethod }
        head.method = ByteRange(0, cursor)
        let start = cursor &+ 1
        let pathEnd = bytes.endOfPath(from: start)
        let end = bytes[pathEnd] == UInt8(ascii: "?") ? bytes.endOfTarget(from: pathEnd) : pathEnd
        guard end > start, bytes[end] == ASCII.space else { throw .badRequest("The request target is malformed.") }
        // The version comes first: in another version, method and target may mean something else.
        head.minorVersion = try parseVersion(bytes, at: end &+ 1)
        try RequestMethod.check(bytes[head.method])
        try RequestTarget.parse(bytes, ByteRange(start, end), pathEnd: pathEnd, into: &head)
        return end &+ 1 &+ 8 &+ 2
    }

    /// Reads `HTTP/1.`, a digit, and the CR LF.
    @inline(__always)
    private func parseVersion(_ bytes: Bytes, at start: Int) throws(HTTPFault) -> UInt8 {
        let end = start &+ 8
        guard end &+ 2 <= bytes.count, bytes[end] == ASCII.carriageReturn, bytes[end &+ 1] == ASCII.lineFeed else {
            throw Self.malformedVersion
        }
        let version = bytes[ByteRange(start, end)]
        return version.equals("HTTP/1.1") ? 1 : try parseOtherVersion(version)
    }

    private func parseOtherVersion(_ version: Bytes) throws(HTTPFault) -> UInt8 {
        guard version[ByteRange(0, 5)].equals("HTTP/"), ASCII.isDigit(version[5]), version[6] == UInt8(ascii: "."),
            ASCII.isDigit(version[7])
        else { throw Self.malformedVersion }
        guard version[5] == UInt8(ascii: "1") else { throw HTTPFault(505, "Only HTTP/1 is supported.") }
        // A higher minor version is served as the highest known one (RFC 9110 §2.5).
        return min(version[7] - UInt8(ascii: "0"), 1)
    }

    private static var malformedVersion: HTTPFault { .badRequest("The HTTP version is malformed.") }

    /// `name: value`. Optional white space is allowed around the value only (RFC 9112 §5.1).
    @inline(__always)
    private func parseField(_ bytes: Bytes, at cursor: inout Int) throws(HTTPFault) -> FieldRange {
        let nameStart = cursor
        let nameEnd = bytes.endOfToken(from: nameStart)
        guard nameEnd > nameStart, bytes[nameEnd] == UInt8(ascii: ":") else {
            throw .badRequest(
                ASCII.isBlank(bytes[nameStart])
                    ? "A header field spans several lines, which is obsolete." : "A header field name is malformed.")
        }
        cursor = nameEnd &+ 1
        while ASCII.isBlank(bytes[cursor]) { cursor &+= 1 }
        let valueStart = cursor
        cursor = bytes.endOfContent(from: valueStart)
        guard bytes[cursor] == ASCII.carriageReturn, bytes[cursor &+ 1] == ASCII.lineFeed else {
            throw .badRequest("A header field value contains a control character.")
        }
        var valueEnd = cursor
        while valueEnd > valueStart, ASCII.isBlank(bytes[valueEnd &- 1]) { valueEnd &-= 1 }
        cursor &+= 2
        return FieldRange(name: ByteRange(nameStart, nameEnd), value: ByteRange(valueStart, valueEnd))
    }
}
