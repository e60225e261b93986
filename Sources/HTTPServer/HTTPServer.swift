import Locking
import Dispatch
import Glibc
public import Logging

/// An HTTP/1.1 server: one event loop per processor, each with its own listening socket and its own Dispatch queue.
public final class HTTPServer: Sendable {
    /// What loops are started with, and how those that run are spoken to.
    private struct State {
        var settings: ServerSettings
        var inboxes: [LoopInbox] = []
        var addresses: [SocketAddress] = []
        /// It was told to stop, handing over or not.
        var stopRequest: Bool?
    }

    public let metrics = ServerMetrics()
    private let listeners: [Listener]
    private let context: LoopContext
    private let loopCount: Int
    private let announcer: Announcer
    private let state: Locked<State>
    /// What to remove from the file system at the end.
    private let files = Locked<[SocketFile]>([])
    private let running = DispatchGroup()

    /// - Parameters:
    ///   - handler: answers what the event loops do not answer themselves.
    ///   - announcer: what tells held requests of news.
    ///   - makeInlineResponder: called once on each event loop.
    public init(
        listeners: [Listener],
        settings: ServerSettings = ServerSettings(),
        handler: any RequestHandler,
        logger: Logger,
        announcer: Announcer = Announcer(),
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
            logger: logger)
    }

    /// Where it listens, or listened, as `start` returned it; empty before that.
    public var addresses: [SocketAddress] { state.withLock { $0.addresses } }

    /// Makes sure that a start can go on, before anything is done that would disturb another server.
    /// - Parameters:
    ///   - inherited, takingOver: as for `start`.
    ///   - other: where a server of its own is to listen.
    /// - Throws: when another server listens on one of the addresses, one cannot be taken, or the sockets handed over are not
    ///   as many.
    public static func checkAddresses(
        _ addresses: [SocketAddress], inherited: [Int32] = [], takingOver: Bool = false,
        beside other: SocketAddress? = nil
    ) throws(ServerStartError) {
        try checkUnused(addresses, inherited: inherited, takingOver: takingOver)
        if inherited.isEmpty {
            for address in addresses { try ListeningSockets.checkUsable(address) }
        }
        guard let other else { return }
        // As they will be when it is its turn: names may stand for the same address.
        if !takingOver { try ListeningSockets.checkUnused(other, beside: inherited.isEmpty ? addresses : []) }
        try ListeningSockets.checkUsable(other)
    }

    /// Whether a server listens on any of the addresses, or they cannot be tried.
    public static func isAnyInUse(_ addresses: [SocketAddress]) -> Bool {
        addresses.contains { address in
            do throws(ServerStartError) {
                try ListeningSockets.checkUnused(address)
                return false
            } catch {
                return true
            }
        }
    }

    private static func checkUnused(
        _ addresses: [SocketAddress], inherited: [Int32], takingOver: Bool
    ) throws(ServerStartError) {
        guard inherited.isEmpty || inherited.count == addresses.count else {
            throw ServerStartError(
                message:
                    "Sockets handed over: \(inherited.count), addresses in listen: \(addresses.count); there must be as many, "
                    + "in the same order"
            )
        }
        guard inherited.isEmpty, !takingOver else { return }
        for address in addresses { try ListeningSockets.checkUnused(address) }
    }

    /// Opens the sockets and starts serving.
    /// - Parameters:
    ///   - inherited: sockets that listen already, in the order of the listeners; none, or one for each.
    ///   - takingOver: another server may listen on the same addresses: new connections go to both, until it stops.
    /// - Returns: the addresses it listens on: with the ports that were chosen where 0 was asked for, and those of the
    ///   sockets handed over.
    /// - Throws: when an address is in use or may not be used; nothing runs then.
    @discardableResult
    public func start(
        inherited: [Int32] = [], takingOver: Bool = false
    ) throws(ServerStartError) -> [SocketAddress] {
        let opened = try open(inherited: inherited, takingOver: takingOver)
        let files = opened.compactMap(\.file)
        var loops: [LoopResources] = []
        do throws(ServerStartError) {
            for index in 0..<loopCount {
                let listeners = opened.flatMap { $0.sockets(ofLoop: index, of: loopCount) }
                loops.append(try LoopResources(listeners: listeners, isSuccessor: takingOver))
            }
            // Only when all else is done: from here on clients come, and a server that is taken over loses its names.
            for one in opened { try one.listen() }
            for file in files { try file.publish() }
        } catch {
            for file in files { file.remove() }
            throw error
        }
        self.files.withLock { $0 = files }
        let (settings, stopRequest) = state.withLock { state in
            state.inboxes = loops.map(\.inbox)
            state.addresses = opened.map(\.address)
            return (state.settings, state.stopRequest)
        }
        announcer.add(loops.map(\.inbox))
        for (index, resources) in loops.enumerated() {
            let context = context
            // The loop holds its queue's thread until it ends, so each gets a queue of its own.
            DispatchQueue(label: "allclear.loop.\(index)", qos: .userInitiated).async(group: running) {
                EventLoop(resources, settings: settings, context: context).run()
            }
        }
        if let stopRequest { stop(handingOver: stopRequest) }
        return opened.map(\.address)
    }

    private func open(inherited: [Int32], takingOver: Bool) throws(ServerStartError) -> [ListeningSockets] {
        var opened: [ListeningSockets] = []
        try Self.checkUnused(listeners.map(\.address), inherited: inherited, takingOver: takingOver)
        do throws(ServerStartError) {
            for (index, listener) in listeners.enumerated() {
                opened.append(
                    inherited.isEmpty
                        ? try ListeningSockets(listener, loops: loopCount, isSuccessor: takingOver)
                        : try ListeningSockets(inherited: inherited[index], for: listener, loops: loopCount))
            }
        } catch {
            for one in opened { one.file?.remove() }
            throw error
        }
        return opened
    }

    /// Leaves new connections to a server that has taken the addresses over. Goes on as before where there is none.
    public func giveWay() {
        for inbox in state.withLock({ $0.inboxes }) { inbox.post(.giveWay) }
    }

    /// Stops accepting connections, answers the requests under way, and closes what is idle.
    /// - Parameter handingOver: another server may have taken the addresses over: connections and requests that are on
    ///   their way here are waited for (`ServerSettings.handOverSeconds`).
    public func stop(handingOver: Bool = false) {
        for file in files.withLock({ $0 }) { file.remove() }
        // To be told once, and nothing after it.
        let inboxes = state.withLock { state in
            defer { state.inboxes = [] }
            // Should it only be about to start.
            state.stopRequest = handingOver
            return state.inboxes
        }
        for inbox in inboxes { inbox.post(.stop(handingOver: handingOver)) }
    }

    /// Goes by other settings from now on, all but `eventLoops`. What is over a lower limit stays and lets nothing more
    /// in. Requests under way keep the limit of their body, and what waits its deadline. Returns when every loop has
    /// them; one that ends meanwhile is not waited for long.
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
