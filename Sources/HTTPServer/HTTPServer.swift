import Dispatch
import Glibc
import Locking
public import Logging

/// An HTTP/1.1 server: one event loop per processor, each on its own Dispatch queue. All loops accept from the same
/// sockets.
public final class HTTPServer: Sendable {
    /// The settings for new loops, and the inboxes of running ones.
    private struct State {
        var settings: ServerSettings
        var inboxes: [LoopInbox] = []
        var addresses: [SocketAddress] = []
        /// The sockets it accepts from; empty before the start and after the stop.
        var sockets: [ListeningSocket] = []
        /// Whether the stop hands over; nil until `stop` is called.
        var stopRequest: Bool?
    }

    public let metrics = ServerMetrics()
    private let listeners: [Listener]
    private let context: LoopContext
    private let loopCount: Int
    private let announcer: Announcer
    private let state: Locked<State>
    private let running = DispatchGroup()

    /// - Parameters:
    ///   - handler: answers the requests that the event loops do not answer themselves.
    ///   - announcer: notifies this server's held requests of news.
    ///   - field: a field for every answer.
    ///   - makeInlineResponder: called once for each event loop.
    public init(
        listeners: [Listener],
        settings: ServerSettings = ServerSettings(),
        handler: any RequestHandler,
        logger: Logger,
        announcer: Announcer = Announcer(),
        field: ServerField? = nil,
        makeInlineResponder: @escaping @Sendable () -> any InlineResponder
    ) {
        self.listeners = listeners
        self.announcer = announcer
        state = Locked(State(settings: settings))
        loopCount = settings.loopCount
        context = LoopContext(
            connectionCount: ConnectionCount(
                limit: settings.maxConnections, perAddress: settings.maxConnectionsPerAddress),
            bodyBudget: BodyBudget(limit: settings.bodyBudget),
            metrics: metrics,
            handler: handler,
            makeInlineResponder: makeInlineResponder,
            work: BoundedQueue(
                label: "allclear.requests", width: max(4, Processors.usable * 2), capacity: settings.maxWaitingRequests),
            logger: logger, field: field)
    }

    /// The addresses that `start` returned; empty before that.
    public var addresses: [SocketAddress] { state.withLock { $0.addresses } }

    /// The sockets it accepts connections from, for a successor; empty once it stops.
    public var sockets: [ListeningSocket] { state.withLock { $0.sockets } }

    /// Starts serving.
    /// - Parameter bound: one socket for each listener, in their order. Without it, the server binds to the listeners'
    ///   addresses itself.
    /// - Returns: the addresses it listens on, with the ports that the kernel chose for port 0.
    /// - Throws: when an address is in use or not permitted. No loop runs then.
    @discardableResult
    public func start(on bound: [ListeningSocket]? = nil) throws(ServerStartError) -> [SocketAddress] {
        let sockets = if let bound { bound } else { try ListeningSocket.bind(listeners.map(\.address)) }
        guard sockets.count == listeners.count else {
            throw ServerStartError(message: "got \(sockets.count) sockets for \(listeners.count) addresses in listen")
        }
        var loops: [LoopResources] = []
        do throws(ServerStartError) {
            for _ in 0..<loopCount {
                var entrances: [Entrance] = []
                for (socket, listener) in zip(sockets, listeners) {
                    entrances.append(try Entrance(to: socket, for: listener))
                }
                loops.append(try LoopResources(entrances: entrances))
            }
            // Last, because clients can connect from here on.
            for socket in sockets { try socket.listen() }
        } catch {
            for socket in sockets { socket.discard() }
            throw error
        }
        let (settings, stopRequest) = state.withLock { state in
            state.inboxes = loops.map(\.inbox)
            state.addresses = sockets.map(\.address)
            state.sockets = sockets
            return (state.settings, state.stopRequest)
        }
        let inboxes = loops.map(\.inbox)
        announcer.add(inboxes)
        for (index, resources) in loops.enumerated() {
            let context = context
            // A loop blocks its queue's thread until it ends, so each loop needs a separate queue.
            DispatchQueue(label: "allclear.loop.\(index)", qos: .userInitiated).async(group: running) {
                EventLoop(resources, among: inboxes, settings: settings, context: context).run()
            }
        }
        if let stopRequest { stop(handingOver: stopRequest) }
        return sockets.map(\.address)
    }

    /// Stops accepting connections, answers the requests in progress, and closes idle connections.
    /// - Parameter handingOver: another process accepts from the same sockets. The files of Unix sockets stay, and
    ///   idle connections may send one more request.
    public func stop(handingOver: Bool = false) {
        let (inboxes, sockets) = state.withLock { state in
            defer { (state.inboxes, state.sockets) = ([], []) }
            // In case `start` has not created the loops yet.
            state.stopRequest = handingOver
            // From here on, the loops get no second stop and no other message.
            return (state.inboxes, state.sockets)
        }
        for socket in sockets {
            if !handingOver { socket.removeFile() }
            socket.close()
        }
        for inbox in inboxes { inbox.post(.stop(handingOver: handingOver)) }
    }

    /// Replaces all settings except `eventLoops`.
    ///
    /// A lowered limit closes nothing that is already over it, but admits nothing more. Requests in progress keep their
    /// body limit and their deadlines. Returns when every loop uses the new settings, or after 5 seconds if a loop ends
    /// meanwhile.
    public func use(_ settings: ServerSettings) {
        context.connectionCount.setLimits(settings.maxConnections, perAddress: settings.maxConnectionsPerAddress)
        context.bodyBudget.setLimit(settings.bodyBudget)
        context.work.setCapacity(settings.maxWaitingRequests)
        let inboxes = state.withLock { state in
            state.settings = settings
            return state.inboxes
        }
        let inUse = DispatchSemaphore(value: 0)
        for inbox in inboxes { inbox.post(.settings(settings, inUse: inUse)) }
        let patience = DispatchTime.now() + .seconds(5)
        for _ in inboxes { _ = inUse.wait(timeout: patience) }
    }

    /// Waits until every event loop has ended.
    public func wait() { running.wait() }
}
