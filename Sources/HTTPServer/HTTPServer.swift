import Locking
import Dispatch
import Glibc
public import Logging

/// An HTTP/1.1 server: one event loop per processor, each with its own listening socket and its own Dispatch queue.
public final class HTTPServer: Sendable {
    private let address: SocketAddress
    private let context: LoopContext
    private let loopCount: Int
    private let announcer: Announcer
    private let inboxes = Locked<[LoopInbox]>([])
    private let running = DispatchGroup()

    /// - Parameters:
    ///   - handler: answers what the event loops do not answer themselves.
    ///   - announcer: what tells held requests of news.
    ///   - makeInlineResponder: called once on each event loop.
    public init(
        address: SocketAddress,
        settings: ServerSettings = ServerSettings(),
        handler: any RequestHandler,
        logger: Logger,
        announcer: Announcer = Announcer(),
        makeInlineResponder: @escaping @Sendable () -> any InlineResponder
    ) {
        self.address = address
        self.announcer = announcer
        let processors = Processors.usable
        loopCount = min(max(1, settings.eventLoops ?? processors), ServerSettings.mostEventLoops)
        context = LoopContext(
            settings: settings,
            connectionCount: ConnectionCount(limit: settings.maxConnections),
            bodyBudget: BodyBudget(limit: max(settings.maxBufferedBodyBytes, settings.maxBodyBytes)),
            handler: handler,
            makeInlineResponder: makeInlineResponder,
            work: BoundedQueue(
                label: "allclear.requests", width: max(4, processors * 2), capacity: settings.maxWaitingRequests),
            logger: logger)
    }

    /// Refuses an address that another server listens on, before anything is done that would disturb it.
    public static func checkUnused(_ address: SocketAddress) throws(ServerStartError) {
        try Listener.checkUnused(address)
    }

    /// Opens the sockets and starts serving.
    /// - Returns: the address it listens on, with the port that was chosen if 0 was asked for.
    /// - Throws: when the address is in use or may not be used; nothing runs then.
    @discardableResult
    public func start() throws(ServerStartError) -> SocketAddress {
        try Listener.checkUnused(address)
        let first = try LoopResources(address: address)
        var bound = address
        bound.port = try Listener.port(of: first.listener)
        var loops = [first]
        for _ in 1..<loopCount { loops.append(try LoopResources(address: bound)) }
        inboxes.withLock { $0 = loops.map(\.inbox) }
        announcer.add(loops.map(\.inbox))
        for (index, resources) in loops.enumerated() {
            let context = context
            // The loop holds its queue's thread until it ends, so each gets a queue of its own.
            DispatchQueue(label: "allclear.loop.\(index)", qos: .userInitiated).async(group: running) {
                EventLoop(resources, context: context).run()
            }
        }
        return bound
    }

    /// Stops accepting connections, answers the requests under way, and closes what is idle.
    public func stop() {
        for inbox in inboxes.withLock({ $0 }) { inbox.post(.stop) }
    }

    /// Waits until every event loop has ended.
    public func wait() { running.wait() }
}
