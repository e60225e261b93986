/// The facts in a head about the message's framing and the connection's persistence. They are collected field by field
/// and checked once at the end (RFC 9112 §6.3, §9.3).
struct FramingFacts {
    /// The fields found so far, and their values. One byte, which stays in a register.
    private struct Seen: OptionSet {
        let rawValue: UInt8

        static let host = Seen(rawValue: 1)
        static let contentLength = Seen(rawValue: 2)
        /// The last transfer coding is chunked.
        static let chunked = Seen(rawValue: 4)
        static let close = Seen(rawValue: 8)
        static let keepAlive = Seen(rawValue: 16)
        static let expectContinue = Seen(rawValue: 32)
        static let otherCoding = Seen(rawValue: 64)
    }

    private var seen: Seen = []
    private var host = ByteRange.empty
    private var contentLength = 0

    @inline(__always)
    mutating func note(_ field: FieldRange, in bytes: Bytes) throws(HTTPFault) {
        let name = bytes[field.name]
        var value: Bytes { bytes[field.value] }
        switch name.count {
        case 4 where name.equalsIgnoringCase("host"):
            guard !seen.contains(.host) else { throw .badRequest("The request has more than one Host field.") }
            guard RequestTarget.isAuthority(bytes, field.value) else {
                throw .badRequest("The Host field is malformed.")
            }
            host = field.value
            seen.insert(.host)
        case 6 where name.equalsIgnoringCase("expect"):
            try noteExpectations(value)
        case 10 where name.equalsIgnoringCase("connection"):
            noteConnection(value)
        case 14 where name.equalsIgnoringCase("content-length"):
            guard !seen.contains(.contentLength) else {
                throw .badRequest("The request has more than one Content-Length field.")
            }
            contentLength = try Self.parseLength(value)
            seen.insert(.contentLength)
        case 17 where name.equalsIgnoringCase("transfer-encoding"):
            try noteCodings(value)
        default:
            break
        }
    }

    /// Checks the facts against each other and writes the result into the head.
    @inline(__always)
    func settle(_ head: inout RequestHead) throws(HTTPFault) {
        let isHTTP11 = head.minorVersion == 1
        let isChunked = seen.contains(.chunked)
        guard seen.contains(.host) || !isHTTP11 else { throw .badRequest("The Host field is missing.") }
        if !seen.isDisjoint(with: [.chunked, .otherCoding]) { try checkCodings(isHTTP11: isHTTP11) }
        if head.authority.count == 0 { head.authority = host }
        head.framing = isChunked ? .chunked : contentLength > 0 ? .length(contentLength) : .none
        head.keepAlive = (isHTTP11 || seen.contains(.keepAlive)) && !seen.contains(.close)
        head.expectsContinue = seen.contains(.expectContinue) && isHTTP11 && head.framing != .none
    }

    /// Checks the transfer codings: only chunked is served. If chunked is not the last one, the end of the body is
    /// unknown. That error is reported before an unsupported coding, because it is worse (§6.1, §6.3).
    private func checkCodings(isHTTP11: Bool) throws(HTTPFault) {
        guard !seen.contains(.contentLength) else {
            throw .badRequest("The request has both Content-Length and Transfer-Encoding.")
        }
        guard isHTTP11 else { throw .badRequest("HTTP/1.0 does not support Transfer-Encoding.") }
        guard seen.contains(.chunked) else { throw .badRequest("The last transfer coding must be chunked.") }
        guard !seen.contains(.otherCoding) else {
            throw HTTPFault(501, "The only supported transfer coding is chunked.")
        }
    }

    private mutating func noteExpectations(_ value: Bytes) throws(HTTPFault) {
        try Self.forEachMember(of: value) { expectation throws(HTTPFault) in
            guard expectation.count > 0 else { return }
            guard expectation.equalsIgnoringCase("100-continue") else {
                throw HTTPFault(417, "The only supported expectation is 100-continue.")
            }
            seen.insert(.expectContinue)
        }
    }

    /// Refuses empty members, although lists may have them (RFC 9110 §5.6.1.2). A proxy that does not see `chunked` in
    /// `, chunked` would disagree about the end of the body.
    private mutating func noteCodings(_ value: Bytes) throws(HTTPFault) {
        try Self.forEachMember(of: value) { coding throws(HTTPFault) in
            guard coding.count > 0 else { throw .badRequest("The Transfer-Encoding field has an empty member.") }
            guard !seen.contains(.chunked) else { throw .badRequest("The last transfer coding must be chunked.") }
            seen.insert(coding.equalsIgnoringCase("chunked") ? .chunked : .otherCoding)
        }
    }

    private mutating func noteConnection(_ value: Bytes) {
        Self.forEachMember(of: value) { option in
            if option.equalsIgnoringCase("close") { seen.insert(.close) }
            if option.equalsIgnoringCase("keep-alive") { seen.insert(.keepAlive) }
        }
    }

    /// Calls `body` with each member of a list, including empty ones (RFC 9110 §5.6.1).
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
            // A length too large for Int is still a length: the body limit refuses it.
            length = overflowTens || overflowSum ? .max : sum
        }
        return length
    }
}
