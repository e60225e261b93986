import HTTPTypes

/// The known facts about a request that the engine refuses, for the log. If the request could not be parsed, there may
/// be few, and none is validated.
public struct RefusedRequest: Equatable, Sendable {
    /// The longest part of a request line that is read, in bytes.
    private static let longestStart = 8_192

    /// The client's address as text, as in `Request`.
    public var remoteAddress: String
    public var method: String?
    /// The target without its query, as far as it arrived.
    public var path: String?
    /// How long the request has been arriving, in seconds; nil if it arrived at once.
    public var seconds: Int?

    public init(remoteAddress: String = "", method: String? = nil, path: String? = nil, seconds: Int? = nil) {
        self.remoteAddress = remoteAddress
        self.method = method
        self.path = path
        self.seconds = seconds
    }

    /// A request that was parsed.
    init(_ request: Request) {
        self.init(
            remoteAddress: request.remoteAddress, method: request.head.method.rawValue, path: String(request.path))
    }

    /// Reads method and path from the start of a head, which may contain anything.
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
