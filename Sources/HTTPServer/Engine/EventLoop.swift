import CLinux
import Dispatch
import Glibc
import Logging

/// The parts that all event loops of a server share.
struct LoopContext: Sendable {
    let connectionCount: ConnectionCount
    let bodyBudget: BodyBudget
    let metrics: ServerMetrics
    let handler: any RequestHandler
    let makeInlineResponder: @Sendable () -> any InlineResponder
    let work: BoundedQueue
    let logger: Logger
    var field: ServerField?
}

/// The resources of one event loop. The thread that starts the server opens them, so that it can report failures.
struct LoopResources: Sendable {
    let epoll: Int32
    /// One for each of the server's listeners.
    let entrances: [Entrance]
    let inbox: LoopInbox

    init(entrances: [Entrance]) throws(ServerStartError) {
        inbox = try LoopInbox()
        self.entrances = entrances
        epoll = epoll_create1(allclear_epoll_cloexec)
        guard epoll >= 0 else { throw ServerStartError("cannot create an epoll instance") }
    }
}

/// Serves a share of the connections on one thread. Only that thread uses this object. Other threads send messages
/// through its inbox.
///
/// Readiness is edge-triggered: one registration lasts as long as the connection, and a short read means that the
/// socket is empty. In the steady state, a batch of requests costs one `recv` and one `send`.
final class EventLoop {
    static let batch = 256
    /// The number of expired connections that are handled before others get a turn.
    private static let overdueBatch = 16
    private static let inboxTag = UInt64.max
    /// The tag of the first entrance; those of the others count down from it. A connection's slot and generation never
    /// reach such high values together.
    private static let entranceTag = UInt64.max - 1

    let context: LoopContext
    let inbox: LoopInbox
    /// The inboxes of all loops, including this one.
    let inboxes: [LoopInbox]
    let inline: any InlineResponder
    let epoll: Int32
    /// The sockets it accepts connections from; empty once it stops.
    var entrances: [Entrance]
    let connections = ConnectionTable()
    let heldConnections = HeldConnections()
    let clock = LoopClock()
    let serverFieldLine = ServerFieldLine()
    let counters: LoopCounters
    /// The current settings. They are on the heap, like the parser, so that reading these replaceable values costs no
    /// exclusivity check.
    let settings = UnsafeMutablePointer<ServerSettings>.allocate(capacity: 1)
    let parser = UnsafeMutablePointer<RequestParser>.allocate(capacity: 1)
    let output: OutputBuffer
    let strictTransportField = StrictTransportField()
    let peerAddress = UnsafeMutablePointer<sockaddr_storage>.allocate(capacity: 1)
    let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 65_536)
    /// Set when the loop stops: it accepts nothing more, and ends with its last connection or after this second.
    var stopDeadline: Int?
    /// Another process accepts from the same sockets: idle connections may send one more request.
    var handsOver = false
    /// Accepting pauses until the next sweep, because the process has no free file descriptor.
    var isAcceptPaused = false
    /// Connections that used up their turn and have more to read. They continue after all others had a turn.
    var postponed: [ConnectionID] = []
    /// Connections past their deadline, as of the last sweep.
    private var overdue: [ConnectionID] = []
    /// The last answer to refused connections, and when it was built.
    var lastRefusal: (second: Int, bytes: [UInt8])?
    /// When the last warning about requests that are not held was logged.
    var lastUnheldWarning: Int?
    private var lastSweep = 0

    init(
        _ resources: LoopResources, among inboxes: [LoopInbox] = [], settings: ServerSettings, context: LoopContext
    ) {
        self.context = context
        self.inboxes = inboxes
        inbox = resources.inbox
        epoll = resources.epoll
        entrances = resources.entrances
        inline = context.makeInlineResponder()
        counters = context.metrics.makeLoopCounters()
        output = OutputBuffer(counters: counters)
        peerAddress.initialize(to: sockaddr_storage())
        self.settings.initialize(to: settings)
        parser.initialize(to: RequestParser(limits: settings.headLimits))
    }

    deinit {
        parser.deinitialize(count: 1)
        parser.deallocate()
        settings.deinitialize(count: 1)
        settings.deallocate()
        scratch.deallocate()
        peerAddress.deallocate()
        Glibc.close(epoll)
    }

    /// Runs until the loop gets a stop message and its connections are closed.
    func run() {
        isAcceptPaused = !watchEntrances()
        watch(inbox.descriptor, allclear_epollin, Self.inboxTag)
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: Self.batch)
        defer { events.deallocate() }
        while stopDeadline == nil || connections.count > 0 || !inbox.closeIfEmpty() {
            let ready = epoll_wait(epoll, events.baseAddress, Int32(Self.batch), timeout)
            clock.refresh()
            for index in 0..<max(0, Int(ready)) { handle(events[index]) }
            if !postponed.isEmpty { advancePostponed() }
            if heldConnections.isNotifying { notifyHeld() }
            if clock.second != lastSweep { sweep() }
            if !overdue.isEmpty { expireSome() }
        }
    }

    /// How long to wait for an event, in milliseconds: until the next second if deadlines are running, without limit if
    /// none are.
    private var timeout: Int32 {
        if !postponed.isEmpty || !overdue.isEmpty || heldConnections.isNotifying { return 0 }
        let isTimed = connections.count > 0 || isAcceptPaused || stopDeadline != nil
        return isTimed ? clock.millisecondsLeft : -1
    }

    private func advancePostponed() {
        let turns = postponed
        postponed.removeAll(keepingCapacity: true)
        for id in turns {
            guard let connection = connections[id] else { continue }
            connection.isPostponed = false
            advance(connection)
        }
    }

    /// Queues a connection to continue after all others had a turn.
    func postpone(_ connection: Connection) {
        guard !connection.isPostponed else { return }
        connection.isPostponed = true
        postponed.append(connection.id)
    }

    /// - Returns: false if the kernel refused to watch one of them.
    private func watchEntrances() -> Bool {
        var isComplete = true
        for (index, entrance) in entrances.enumerated() {
            // All loops wait on the same queue; EPOLLEXCLUSIVE wakes only one of them for each connection.
            let mask = allclear_epollin | allclear_epollexclusive
            if !watch(entrance.descriptor, mask, Self.entranceTag - UInt64(index)) { isComplete = false }
        }
        return isComplete
    }

    /// Stops watching the listening sockets; other loops or processes accept from them.
    func unwatchEntrances() {
        for entrance in entrances { epoll_ctl(epoll, EPOLL_CTL_DEL, entrance.descriptor, nil) }
    }

    /// - Returns: false if the kernel refused.
    @discardableResult
    func watch(_ descriptor: Int32, _ mask: UInt32, _ tag: UInt64) -> Bool {
        var event = epoll_event()
        event.events = mask
        event.data.u64 = tag
        // A descriptor that is already watched stays watched.
        if epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0, errno != EEXIST {
            context.logger.error("epoll_ctl failed", metadata: ["error": "\(String(cString: strerror(errno)))"])
            return false
        }
        return true
    }

    private func handle(_ event: epoll_event) {
        switch event.data.u64 {
        case Self.inboxTag: readInbox()
        case let tag where tag > Self.entranceTag - UInt64(entrances.count):
            acceptConnections(entrances[Int(Self.entranceTag - tag)])
        case let tag:
            guard let connection = connections[ConnectionID(eventData: tag)] else { return }
            handle(connection, event.events)
        }
    }

    private func handle(_ connection: Connection, _ mask: UInt32) {
        if mask & (allclear_epollhup | allclear_epollerr) != 0 { return close(connection) }
        if mask & allclear_epollrdhup != 0 {
            connection.isHungUp = true
            connection.isReadable = true
            // If the client has only finished sending, it still gets an answer. If it has left, sending fails.
            if case .held = connection.phase { return stopHeld(connection) }
        }
        // A TLS session may have had to write before it could continue reading.
        let wakesReader = connection.tls == nil ? allclear_epollin : allclear_epollin | allclear_epollout
        if mask & wakesReader != 0 { connection.isReadable = true }
        // The connection already waits for a turn; an event does not give it another one.
        if connection.isPostponed, !connection.hasPendingOutput { return }
        if connection.hasPendingOutput, mask & allclear_epollout != 0 { writeMore(connection) }
        advance(connection)
    }

    private func readInbox() {
        for message in inbox.takeAll() {
            switch message {
            case .answer(let id, let response):
                guard let connection = connections[id] else { continue }
                answer(connection, response ?? noAnswer(on: connection))
                advance(connection)
            case .connection(let descriptor, let peer, let listener):
                welcome(descriptor, from: peer, by: listener)
                inbox.addLoad(-1)
            case .news: heldConnections.beginNotifying()
            case .settings(let new, let inUse):
                use(new)
                inUse.signal()
            case .stop(let handingOver): stop(handingOver: handingOver)
            }
        }
    }

    private func noAnswer(on connection: Connection) -> Response {
        context.handler.response(to: .noAnswer, of: RefusedRequest(remoteAddress: connection.remoteAddress))
    }

    /// Replaces the settings. Requests in progress keep their body limit and their deadlines.
    private func use(_ new: ServerSettings) {
        settings.pointee = new
        parser.pointee = RequestParser(limits: new.headLimits)
        for connection in connections.all {
            connection.setTrust(isFromProxy: new.trustedProxies.contains(connection.peer))
        }
    }

    /// Closes connections that have taken too long. Runs once a second.
    private func sweep() {
        lastSweep = clock.second
        if isAcceptPaused { isAcceptPaused = !watchEntrances() }
        let isOver = stopDeadline.map { clock.second > $0 } ?? false
        if isOver {
            context.logger.debug(
                "shutdown timeout: closing the remaining connections",
                metadata: ["connections": .stringConvertible(connections.count)])
            for connection in connections.all { close(connection) }
        } else {
            overdue = connections.all.filter(isOverdue).map(\.id)
        }
    }

    private func isOverdue(_ connection: Connection) -> Bool { clock.second > connection.deadline }

    /// Handles one batch of expired connections. Batches are needed because connections that open together also expire
    /// together.
    private func expireSome() {
        for _ in 0..<Self.overdueBatch {
            guard let id = overdue.popLast() else { return }
            guard let connection = connections[id], isOverdue(connection) else { continue }
            expire(connection)
        }
    }

    private func expire(_ connection: Connection) {
        switch connection.phase {
        case .handling: return
        case .held: return expireHeld(connection)
        case .lingering:
            noteEnd(of: connection, "timeout while closing")
            return close(connection)
        case _ where connection.hasPendingOutput: countTimeout(.writeTimeouts, of: connection, "write")
        case .handshaking: countTimeout(.handshakeTimeouts, of: connection, "handshake")
        case .head where !connection.hasInput:
            // If the whole machine was paused, requests may have arrived without getting a turn.
            guard isStillIdle(connection) else { return }
            countTimeout(.idleTimeouts, of: connection, "idle")
        case .closing: break
        case .head, .body:
            if case .head = connection.phase {
                countTimeout(.headTimeouts, of: connection, "head")
            } else {
                countTimeout(.bodyTimeouts, of: connection, "body")
            }
            connection.withInput { refuse(connection, .requestTimeout, head: $0) }
            return advance(connection)
        }
        close(connection)
    }

    /// Whether an expired idle connection really has nothing to read. If it has, the requests are served first.
    private func isStillIdle(_ connection: Connection) -> Bool {
        connection.isReadable = true
        advance(connection)
        return connections[connection.id] != nil && connection.isIdle && isOverdue(connection)
    }

    private func countTimeout(
        _ counter: ServerMetrics.Counter, of connection: Connection, _ phase: StaticString
    ) {
        counters.add(counter)
        noteEnd(of: connection, "\(phase) timeout")
    }

    /// Logs why the server ends a connection that could have continued.
    func noteEnd(of connection: Connection, _ reason: @autoclosure () -> String) {
        context.logger.debug(
            "closing a connection",
            metadata: [
                "reason": "\(reason())", "remote": "\(connection.remoteAddress)",
                "requests": .stringConvertible(connection.requestCount),
            ])
    }

    func close(_ connection: Connection) {
        // The output gathered so far is for this connection; the next one must not get it.
        output.discard()
        releaseBody(of: connection)
        if connection.held != nil { letGo(connection) }
        connection.tls?.sendCloseNotify()
        connections.remove(connection.id)
        Glibc.close(connection.descriptor)
        context.connectionCount.release(connection.countedClient)
        inbox.addLoad(-1)
        counters.add(.connectionsClosed)
    }
}
