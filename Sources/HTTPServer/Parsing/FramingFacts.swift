/// What the fields of a head say about how the message is delimited and the connection goes on, gathered field by
/// field and judged once at the end (RFC 9112 §6.3, §9.3).
struct FramingFacts {
    private var host: ByteRange?
    private var contentLength: Int?
    private var isChunked = false
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
            guard !isChunked else { throw .badRequest("There is more than one Transfer-Encoding field.") }
            guard value.equalsIgnoringCase("chunked") else {
                throw HTTPFault(501, "The only transfer coding served is chunked.")
            }
            isChunked = true
        default:
            break
        }
    }

    /// Checks the facts against each other and writes what follows from them into the head.
    func settle(_ head: inout RequestHead) throws(HTTPFault) {
        let isHTTP11 = head.minorVersion == 1
        guard host != nil || !isHTTP11 else { throw .badRequest("The Host field is missing.") }
        guard !isChunked || contentLength == nil else {
            throw .badRequest("Content-Length and Transfer-Encoding exclude each other.")
        }
        guard !isChunked || isHTTP11 else { throw .badRequest("HTTP/1.0 has no Transfer-Encoding.") }
        if head.authority.count == 0, let host { head.authority = host }
        head.framing = isChunked ? .chunked : contentLength.map { $0 > 0 ? .length($0) : .none } ?? .none
        head.keepAlive = isHTTP11 ? !closes : keepsAlive && !closes
        head.expectsContinue = expectsContinue && isHTTP11 && head.framing != .none
    }

    private mutating func noteConnection(_ value: Bytes) {
        var start = 0
        while start <= value.count {
            var end = start
            while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
            let option = Bytes(rebasing: value[start..<end]).trimmed
            if option.equalsIgnoringCase("close") { closes = true }
            if option.equalsIgnoringCase("keep-alive") { keepsAlive = true }
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
