/// Extracts a request body from the bytes after its head, for each kind of framing (RFC 9112 §6, §7.1).
///
/// It consumes every byte up to the end of the body, so no byte is read twice.
struct BodyDecoder {
    private enum State: Equatable {
        case length(remaining: Int)
        case chunkSize(value: Int, digits: Int)
        case chunkExtension(value: Int, ChunkExtension)
        case chunkSizeLineFeed(value: Int)
        case chunkData(remaining: Int)
        case chunkDataCarriageReturn
        case chunkDataLineFeed
        case trailerName(length: Int, total: Int)
        case trailerValue(total: Int)
        case trailerLineFeed(isLast: Bool, total: Int)
        case complete
        case tooLarge
    }

    /// In bytes, for all chunks of a body together (RFC 9112 §7.1.1).
    private static let longestExtensions = 8192
    private static let longestTrailers = 8192

    /// The maximum size of the decoded body, in bytes.
    let limit: Int
    private var state: State
    private var extensionBytes = 0
    private(set) var body: [UInt8] = []

    init(_ framing: BodyFraming, limit: Int) {
        self.limit = limit
        switch framing {
        case .none: state = .complete
        case .length(let length):
            state = length > limit ? .tooLarge : .length(remaining: length)
            // Not the whole length at once: an announced body must not cost memory before it arrives.
            if length <= limit { body.reserveCapacity(min(length, 65_536)) }
        case .chunked: state = .chunkSize(value: 0, digits: 0)
        }
    }

    var isComplete: Bool { state == .complete }
    /// The body is over the limit. The bytes decoded so far are useless, and no more are consumed.
    var isTooLarge: Bool { state == .tooLarge }

    /// - Returns: the number of bytes that belong to this body.
    mutating func decode(_ bytes: Bytes) throws(HTTPFault) -> Int {
        var position = 0
        while position < bytes.count, state != .complete, state != .tooLarge {
            switch state {
            case .length(let remaining):
                let taken = take(bytes, from: position, atMost: remaining)
                position += taken
                state = taken == remaining ? .complete : .length(remaining: remaining - taken)
            case .chunkData(let remaining):
                let taken = take(bytes, from: position, atMost: remaining)
                position += taken
                state = taken == remaining ? .chunkDataCarriageReturn : .chunkData(remaining: remaining - taken)
            default:
                state = try next(state, bytes[position])
                position += 1
            }
        }
        return position
    }

    private mutating func take(_ bytes: Bytes, from position: Int, atMost remaining: Int) -> Int {
        let taken = min(remaining, bytes.count - position)
        body.append(contentsOf: Bytes(rebasing: bytes[position..<position + taken]))
        return taken
    }

    private mutating func next(_ state: State, _ byte: UInt8) throws(HTTPFault) -> State {
        switch state {
        case .chunkSize(let value, let digits):
            if let digit = ASCII.hexValue(byte) {
                // A sixteenth digit could overflow, and no real client pads a size with that many zeros.
                guard digits < 15 else { throw Self.malformed }
                return .chunkSize(value: value << 4 | Int(digit), digits: digits + 1)
            }
            guard digits > 0 else { throw Self.malformed }
            if byte == ASCII.carriageReturn { return .chunkSizeLineFeed(value: value) }
            return try extend(value, .blank, byte)
        case .chunkExtension(let value, let part):
            if byte == ASCII.carriageReturn, part.isComplete { return .chunkSizeLineFeed(value: value) }
            return try extend(value, part, byte)
        case .chunkSizeLineFeed(let value):
            guard byte == ASCII.lineFeed else { throw Self.malformed }
            if value == 0 { return .trailerName(length: 0, total: 0) }
            return value > limit - body.count ? .tooLarge : .chunkData(remaining: value)
        case .chunkDataCarriageReturn:
            guard byte == ASCII.carriageReturn else { throw Self.malformed }
            return .chunkDataLineFeed
        case .chunkDataLineFeed:
            guard byte == ASCII.lineFeed else { throw Self.malformed }
            return .chunkSize(value: 0, digits: 0)
        case .trailerName(let length, let total):
            guard total < Self.longestTrailers else { throw .headTooLarge }
            if ASCII.isToken(byte) { return .trailerName(length: length + 1, total: total + 1) }
            if length == 0, byte == ASCII.carriageReturn { return .trailerLineFeed(isLast: true, total: total + 1) }
            guard length > 0, byte == UInt8(ascii: ":") else { throw Self.malformed }
            return .trailerValue(total: total + 1)
        case .trailerValue(let total):
            guard total < Self.longestTrailers else { throw .headTooLarge }
            if byte == ASCII.carriageReturn { return .trailerLineFeed(isLast: false, total: total + 1) }
            guard ASCII.isFieldContent(byte) else { throw Self.malformed }
            return .trailerValue(total: total + 1)
        case .trailerLineFeed(let isLast, let total):
            guard byte == ASCII.lineFeed else { throw Self.malformed }
            // Trailer fields are skipped: the server uses none of them.
            return isLast ? .complete : .trailerName(length: 0, total: total + 1)
        case .length, .chunkData, .complete, .tooLarge:
            return state
        }
    }

    private mutating func extend(_ value: Int, _ part: ChunkExtension, _ byte: UInt8) throws(HTTPFault) -> State {
        guard let next = part.next(byte) else { throw Self.malformed }
        extensionBytes += 1
        guard extensionBytes <= Self.longestExtensions else {
            throw .badRequest("The chunk extensions are too long.")
        }
        return .chunkExtension(value: value, next)
    }

    private static let malformed = HTTPFault.badRequest("The chunked body is malformed.")
}
