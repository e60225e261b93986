/// Finds the end of a request head that arrives in pieces.
///
/// It remembers its position, so it scans each byte only once, even if the head arrives slowly. It refuses invalid
/// bytes as early as possible: binary data instead of a method, a bare line feed, a head over its limit.
struct HeadScanner {
    enum Outcome: Equatable {
        /// No end yet: call again with the same bytes and more after them.
        case needMore
        /// The length of empty lines before the request, in bytes; drop them (RFC 9112 §2.2).
        case skip(Int)
        /// The length of the head in bytes, including its closing empty line.
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
            // Check the limits first: a line that arrives in pieces may exceed them before its end arrives.
            if line == 0, feed > limits.lineBytes + 1 { throw Self.longLine(bytes, limits) }
            if feed >= limits.headBytes { throw .headTooLarge }
            guard feed > 0, base[feed &- 1] == ASCII.carriageReturn else {
                throw .badRequest("A header line does not end in CR LF.")
            }
            let isEmpty = feed &- 1 == line
            position = feed &+ 1
            if isEmpty {
                self = HeadScanner()
                return line == 0 ? .skip(position) : .head(position)
            }
            line = position
        }
        // The last byte may be the CR that ends the line, which does not count.
        if line == 0, bytes.count > limits.lineBytes + 1 { throw Self.longLine(bytes, limits) }
        if bytes.count > limits.headBytes { throw .headTooLarge }
        scanned = Int32(truncatingIfNeeded: bytes.count)
        lineStart = Int32(truncatingIfNeeded: line)
        return .needMore
    }

    private static func longLine(_ bytes: Bytes, _ limits: HeadLimits) -> HTTPFault {
        RequestMethod.fault(ofLongLine: bytes[ByteRange(0, limits.lineBytes + 1)])
    }
}

/// The limits of a request head.
struct HeadLimits: Sendable {
    /// The request line, in bytes, without its CR LF.
    var lineBytes: Int
    /// The whole head, in bytes.
    var headBytes: Int
    /// The number of field lines.
    var fields: Int
}
