/// Finds the end of a request head in bytes that arrive in pieces.
///
/// It remembers how far it looked, so that a head that trickles in is read once, and refuses what can no longer become
/// a head as soon as that shows: binary where a method belongs, a bare line feed, a head over its limit.
struct HeadScanner {
    enum Outcome: Equatable {
        /// No end yet: call again with the same bytes and more behind them.
        case needMore
        /// So many bytes of empty lines precede the request and are to be dropped (RFC 9112 §2.2).
        case skip(Int)
        /// The head is that long, its closing empty line included.
        case head(Int)
    }

    private var scanned: Int32 = 0
    private var lineStart: Int32 = 0

    mutating func scan(_ bytes: Bytes, limits: HeadLimits) throws(HTTPFault) -> Outcome {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return .needMore }
        if scanned == 0, !ASCII.isToken(base[0]), base[0] != ASCII.carriageReturn {
            throw .badRequest("The request does not start with a method.")
        }
        var position = Int(scanned)
        var line = Int(lineStart)
        while true {
            let feed = bytes.nextLineFeed(from: position)
            if feed == bytes.count { break }
            // The limits first: of a line that arrives in pieces they are noticed before its end is.
            if line == 0, feed > limits.lineBytes + 1 { throw Self.tooLongLine(bytes, limits) }
            if feed >= limits.headBytes { throw .headTooLarge }
            guard feed > 0, base[feed &- 1] == ASCII.carriageReturn else {
                throw .badRequest("A line of the head does not end in CR LF.")
            }
            let isEmpty = feed &- 1 == line
            position = feed &+ 1
            if isEmpty {
                self = HeadScanner()
                return line == 0 ? .skip(position) : .head(position)
            }
            line = position
        }
        // The last byte may be the CR of the line's end, which does not count.
        if line == 0, bytes.count > limits.lineBytes + 1 { throw Self.tooLongLine(bytes, limits) }
        if bytes.count > limits.headBytes { throw .headTooLarge }
        scanned = Int32(truncatingIfNeeded: bytes.count)
        lineStart = Int32(truncatingIfNeeded: line)
        return .needMore
    }

    private static func tooLongLine(_ bytes: Bytes, _ limits: HeadLimits) -> HTTPFault {
        RequestMethod.fault(ofTooLong: bytes[ByteRange(0, limits.lineBytes + 1)])
    }
}

/// What a head may measure.
struct HeadLimits: Sendable {
    /// The request line, in bytes, without its CR LF.
    var lineBytes: Int
    /// The whole head, in bytes.
    var headBytes: Int
    /// The number of field lines.
    var fields: Int
}
