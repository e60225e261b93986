import HTTPTypes

/// What is known of a request that the engine refuses by itself, for the log: of one that was not understood that may be
/// little, and none of it was checked.
public struct RefusedRequest: Equatable, Sendable {
    /// The longest start of a request line that is looked at, in bytes.
    private static let longestStart = 8_192

    /// The client's address as text, as a `Request` has it.
    public var remoteAddress: String
    public var method: String?
    /// The target without its query, as far as it arrived.
    public var path: String?
    /// How long it has been arriving, in seconds, if it did not arrive at once.
    public var seconds: Int?

    public init(remoteAddress: String = "", method: String? = nil, path: String? = nil, seconds: Int? = nil) {
        self.remoteAddress = remoteAddress
        self.method = method
        self.path = path
        self.seconds = seconds
    }

    /// One that was understood.
    init(_ request: Request) {
        self.init(
            remoteAddress: request.remoteAddress, method: request.head.method.rawValue, path: String(request.path))
    }

    /// Tells as much as the start of a head does, which may be anything.
    init(remoteAddress: String, head: Bytes) {
        self.init(remoteAddress: remoteAddress)
        let start = head.prefix(Self.longestStart)
        let method = start.prefix(while: ASCII.isToken)
        let rest = start.dropFirst(method.count)
        guard !method.isEmpty, rest.first == ASCII.space else { return }
        self.method = String(decoding: method, as: UTF8.self)
        let path = rest.dropFirst().prefix { ASCII.isTarget($0) && $0 != UInt8(ascii: "?") }
        if !path.isEmpty { self.path = String(decoding: path, as: UTF8.self) }
    }
}
