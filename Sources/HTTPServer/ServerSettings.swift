/// The limits and timeouts of the engine. The defaults suit a server on the open internet.
public struct ServerSettings: Sendable {
    /// More loops than this are useless, and each one occupies a thread of the pool that other Dispatch queues also
    /// need.
    public static let mostEventLoops = 64

    /// The number of event loops; nil for one per processor that this process may use.
    public var eventLoops: Int?
    /// The number of loops that a server with these settings starts.
    public var loopCount: Int { min(max(1, eventLoops ?? Processors.usable), Self.mostEventLoops) }

    /// The number of file descriptors that a server has open before any client connects.
    /// - Parameter listeners: the number of addresses it listens on.
    public func ownFiles(listeners: Int) -> Int {
        // Each loop has an epoll instance, an inbox, and a descriptor for each listening socket.
        loopCount * (2 + listeners) + listeners
    }

    /// Open connections over all loops. Further connections get 503.
    public var maxConnections = 10_000
    /// Open connections from one IPv4 address or one IPv6 /64. Further connections get 503. Trusted proxies and Unix
    /// sockets have no such limit.
    public var maxConnectionsPerAddress = 1_000
    /// Requests on one connection. The connection closes after the last answer.
    public var maxRequestsPerConnection = 10_000
    /// Bytes of a request line.
    public var maxRequestLineBytes = 8_192
    /// Bytes of a request head, its request line included.
    public var maxHeadBytes = 32_768
    /// Field lines in a head.
    public var maxFields = 100
    /// Bytes of a request body, decoded.
    public var maxBodyBytes = 1_048_576
    /// Bytes of all bodies of requests in progress. A request that would exceed this gets 503.
    public var maxBufferedBodyBytes = 67_108_864
    /// Requests that may wait for a work queue. Further requests get 503.
    public var maxWaitingRequests = 1_024
    /// Seconds from the start of a connection to the end of its TLS handshake.
    public var handshakeTimeout = 10
    /// Seconds from the first byte of a head to its last.
    public var headTimeout = 10
    /// Seconds from the end of a head to the end of its body, plus one second for each `minBodyBytesPerSecond` bytes
    /// that arrived.
    public var bodyTimeout = 20
    /// The rate at which a body must arrive after `bodyTimeout`.
    public var minBodyBytesPerSecond = 500
    /// Seconds that a request may take to arrive, from its first byte to its last, however steadily it arrives. The
    /// client gets the same time to read the answer.
    public var requestTimeout = 300
    /// Seconds that a connection may be open without a request in progress.
    public var idleTimeout = 75
    /// Seconds without progress while the peer reads an answer.
    public var writeTimeout = 30
    /// Seconds that requests in progress get when the server stops.
    public var shutdownTimeout = 10
    /// The proxies that the server trusts to report their clients.
    public var trustedProxies = TrustedProxies()

    public init() {}

    /// The limit on the bytes of all bodies together. It leaves room for at least one body.
    var bodyBudget: Int { max(maxBufferedBodyBytes, maxBodyBytes) }

    var headLimits: HeadLimits {
        HeadLimits(lineBytes: maxRequestLineBytes, headBytes: maxHeadBytes, fields: maxFields)
    }
}
