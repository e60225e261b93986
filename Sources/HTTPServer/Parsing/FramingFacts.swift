/// What the fields of a head say about how the message is delimited and the connection goes on, gathered field by
/// field and judged once at the end (RFC 9112 §6.3, §9.3).
struct FramingFacts {
    private var host: ByteRange?
    private var contentLength: Int?
    /// The last transfer coding is chunked.
    private var isChunked = false
    private var hasOtherCoding = false
    private var closes = false
    private var keepsAlive = false
    private var expectsContinue = false

    mutating func note(_ name: Bytes, value: Bytes, range: ByteRange) throws(HTTPFault) {
        switch name.count {
        case 4 where name.equalsIgnoringCase("host"):
            guard host == nil else { throw .badRequest("There is more than one Host field.") }
            guard RequestTarget.isAuthority(value) else { throw .badRequest("The Host field is malformed.") }
            host = range
        case 6 where name.equalsIgnoringCase("expect"):
            guard value.equalsIgnoringCase("100-continue") else {
                throw HTTPFault(417, "The only expectation served is 100-continue.")
            }
            expectsContinue = true
        case 10 where name.equalsIgnoringCase("connection"):
            noteConnection(value)
        case 14 where name.equalsIgnoringCase("content-length"):
            guard contentLength == nil else { throw .badRequest("There is more than one Content-Length field.") }
            contentLength = try Self.parseLength(value)
        case 17 where name.equalsIgnoringCase("transfer-encoding"):
            try noteCodings(value)
        default:
            break
        }
    }

    /// Checks the facts against each other and writes what follows from them into the head.
    func settle(_ head: inout RequestHead) throws(HTTPFault) {
        let isHTTP11 = head.minorVersion == 1
        guard host != nil || !isHTTP11 else { throw .badRequest("The Host field is missing.") }
        if isChunked || hasOtherCoding { try checkCodings(isHTTP11: isHTTP11) }
        if head.authority.count == 0, let host { head.authority = host }
        head.framing = isChunked ? .chunked : contentLength.map { $0 > 0 ? .length($0) : .none } ?? .none
        head.keepAlive = isHTTP11 ? !closes : keepsAlive && !closes
        head.expectsContinue = expectsContinue && isHTTP11 && head.framing != .none
    }

    /// What codings a body may have: chunked alone. Without it at the end there is no telling where the body ends, which
    /// is worse than a coding that is not served (§6.1, §6.3).
    private func checkCodings(isHTTP11: Bool) throws(HTTPFault) {
        guard contentLength == nil else {
            throw .badRequest("Content-Length and Transfer-Encoding exclude each other.")
        }
        guard isHTTP11 else { throw .badRequest("HTTP/1.0 has no Transfer-Encoding.") }
        guard isChunked else { throw .badRequest("The last transfer coding is not chunked.") }
        guard !hasOtherCoding else { throw HTTPFault(501, "The only transfer coding served is chunked.") }
    }

    private mutating func noteCodings(_ value: Bytes) throws(HTTPFault) {
        try Self.forEachMember(of: value) { coding throws(HTTPFault) in
            guard !isChunked else { throw .badRequest("A transfer coding follows chunked.") }
            if coding.equalsIgnoringCase("chunked") { isChunked = true } else { hasOtherCoding = true }
        }
    }

    private mutating func noteConnection(_ value: Bytes) {
        Self.forEachMember(of: value) { option in
            if option.equalsIgnoringCase("close") { closes = true }
            if option.equalsIgnoringCase("keep-alive") { keepsAlive = true }
        }
    }

    /// Calls `body` with each member of a list, the empty ones too (RFC 9110 §5.6.1).
    private static func forEachMember<Fault: Error>(
        of list: Bytes, _ body: (Bytes) throws(Fault) -> Void
    ) throws(Fault) {
        var start = 0
        while start <= list.count {
            var end = start
            while end < list.count, list[end] != UInt8(ascii: ",") { end += 1 }
            try body(Bytes(rebasing: list[start..<end]).trimmed)
            start = end + 1
        }
    }

    /// `1*DIGIT` and nothing else: no sign, no list, no overflow.
    private static func parseLength(_ value: Bytes) throws(HTTPFault) -> Int {
        let malformed = "The Content-Length field is not a whole number."
        guard value.count > 0 else { throw .badRequest(malformed) }
        var length = 0
        for byte in value {
            guard ASCII.isDigit(byte) else { throw .badRequest(malformed) }
            let (tens, overflowTens) = length.multipliedReportingOverflow(by: 10)
            let (sum, overflowSum) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            // A number too large to count is still a length: the body limit refuses it.
            length = overflowTens || overflowSum ? .max : sum
        }
        return length
    }
}
