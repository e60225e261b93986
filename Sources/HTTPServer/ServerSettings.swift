/// What the engine allows. The defaults suit a server on the open internet.
public struct ServerSettings: Sendable {
    /// More loops than this serve no purpose, and each keeps a thread of the pool that other Dispatch queues need, too.
    public static let mostEventLoops = 64

    /// Event loops; nil: as many as processors this process may use.
    public var eventLoops: Int?
    /// How many loops a server with these settings has.
    public var loopCount: Int { min(max(1, eventLoops ?? Processors.usable), Self.mostEventLoops) }

    /// How many files a server has open before anyone connects.
    /// - Parameter listeners: how many addresses it listens on.
    public func ownFiles(listeners: Int) -> Int {
        // Each loop has its epoll, its inbox, and a descriptor of each listening socket.
        loopCount * (2 + listeners) + listeners
    }

    /// Connections at a time, over all loops. One more is answered 503.
    public var maxConnections = 10_000
    /// Connections at a time from one IPv4 address or one IPv6 /64. One more is answered 503. Trusted proxies and Unix
    /// sockets have as many as there are.
    public var maxConnectionsPerAddress = 1_000
    /// Requests on one connection; the answer to the last one closes it.
    public var maxRequestsPerConnection = 10_000
    /// Bytes of a request line.
    public var maxRequestLineBytes = 8_192
    /// Bytes of a request head, its request line included.
    public var maxHeadBytes = 32_768
    /// Field lines in a head.
    public var maxFields = 100
    /// Bytes of a request body, decoded.
    public var maxBodyBytes = 1_048_576
    /// Bytes of all bodies of requests under way. A request that would need more is answered 503.
    public var maxBufferedBodyBytes = 67_108_864
    /// Requests that may wait for a work queue. One more is answered 503.
    public var maxWaitingRequests = 1_024
    /// Seconds from a connection's beginning to the end of its TLS handshake.
    public var handshakeTimeout = 10
    /// Seconds from the first byte of a head to its last.
    public var headTimeout = 10
    /// Seconds from the end of a head to the end of its body, and one more for every `minBodyBytesPerSecond` of it that
    /// arrived.
    public var bodyTimeout = 20
    /// The rate at which a body that takes longer than `bodyTimeout` has to arrive.
    public var minBodyBytesPerSecond = 500
    /// Seconds that a request may take to arrive, from its first byte to its last, and as many for its answer to be read,
    /// at whatever rate.
    public var requestTimeout = 300
    /// Seconds a connection may be open with no request under way.
    public var idleTimeout = 75
    /// Seconds without progress while the peer reads an answer.
    public var writeTimeout = 30
    /// Seconds that requests under way get when the server stops.
    public var shutdownTimeout = 10
    /// The proxies whose word about their clients counts.
    public var trustedProxies = TrustedProxies()

    public init() {}

    /// Bytes of all bodies together: at least one has to have room.
    var bodyBudget: Int { max(maxBufferedBodyBytes, maxBodyBytes) }

    var headLimits: HeadLimits {
        HeadLimits(lineBytes: maxRequestLineBytes, headBytes: maxHeadBytes, fields: maxFields)
    }
}
