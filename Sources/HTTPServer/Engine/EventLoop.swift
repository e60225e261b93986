import CLinux
import Dispatch
import Glibc
import Logging

/// What all event loops of a server share.
struct LoopContext: Sendable {
    let connectionCount: ConnectionCount
    let bodyBudget: BodyBudget
    let metrics: ServerMetrics
    let handler: any RequestHandler
    let makeInlineResponder: @Sendable () -> any InlineResponder
    let work: BoundedQueue
    let logger: Logger
}

/// What one event loop is made from: opened by the thread that starts the server, so that it can report what fails.
struct LoopResources: Sendable {
    let epoll: Int32
    /// One for each of the server's listeners.
    let entrances: [Entrance]
    let inbox: LoopInbox

    init(entrances: [Entrance]) throws(ServerStartError) {
        inbox = try LoopInbox()
        self.entrances = entrances
        epoll = epoll_create1(allclear_epoll_cloexec)
        guard epoll >= 0 else { throw ServerStartError("Cannot make an epoll instance") }
    }
}

/// Serves a share of the connections from one thread. Everything in here belongs to that thread; others speak to it
/// through its inbox.
///
/// Readiness is edge-triggered: one registration lasts a connection's life, and a read that comes back short means that
/// the socket is empty. That makes the steady state one `recv` and one `send` per batch of requests.
final class EventLoop {
    static let batch = 256
    /// How many connections run out of time before others have a turn.
    private static let overdueBatch = 16
    private static let inboxTag = UInt64.max
    /// The first entrance's; the others count down from it. No connection's slot and generation are that high together.
    private static let entranceTag = UInt64.max - 1

    let context: LoopContext
    let inbox: LoopInbox
    /// The inboxes of all loops, this one's included.
    let inboxes: [LoopInbox]
    let inline: any InlineResponder
    let epoll: Int32
    /// Where it accepts connections; empty once it stops.
    var entrances: [Entrance]
    let connections = ConnectionTable()
    let heldConnections = HeldConnections()
    let clock = LoopClock()
    let counters: LoopCounters
    /// What is allowed now. On the heap, like the parser, so that what may be replaced is not checked for exclusivity
    /// each time it is looked at.
    let settings = UnsafeMutablePointer<ServerSettings>.allocate(capacity: 1)
    let parser = UnsafeMutablePointer<RequestParser>.allocate(capacity: 1)
    let output: OutputBuffer
    let strictTransportField = StrictTransportField()
    let peerAddress = UnsafeMutablePointer<sockaddr_storage>.allocate(capacity: 1)
    let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 65_536)
    /// The loop accepts nothing more and ends with its last connection, or after this second.
    var stopDeadline: Int?
    /// Another process accepts from the same sockets: idle connections may send one more request.
    var handsOver = false
    /// Accepting rests until the next sweep, because the process has no file descriptor left.
    var isAcceptPaused = false
    /// Connections that had their turn and have more to be read: they go on when the others had theirs.
    var postponed: [ConnectionID] = []
    /// Connections that have taken too long, as of the last sweep.
    private var overdue: [ConnectionID] = []
    /// The answer to those who are turned away, as it was made last.
    var lastRefusal: (second: Int, bytes: [UInt8])?
    /// When it was warned last that requests are not held.
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

    /// Runs until the loop is told to stop and its connections are done.
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
            if heldConnections.isTelling { tellNews() }
            if clock.second != lastSweep { sweep() }
            if !overdue.isEmpty { expireSome() }
        }
    }

    /// How long to wait for an event, in milliseconds: to the next second, when there may be something that has taken too
    /// long, or without end when there is nothing to time.
    private var timeout: Int32 {
        if !postponed.isEmpty || !overdue.isEmpty || heldConnections.isTelling { return 0 }
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

    /// Lets a connection that is not done go on when the others had their turn.
    func postpone(_ connection: Connection) {
        guard !connection.isPostponed else { return }
        connection.isPostponed = true
        postponed.append(connection.id)
    }

    /// - Returns: false if the kernel has no room for all of them.
    private func watchEntrances() -> Bool {
        var isComplete = true
        for (index, entrance) in entrances.enumerated() {
            // All loops wait at the same queue, and a connection wakes one of them.
            let mask = allclear_epollin | allclear_epollexclusive
            if !watch(entrance.descriptor, mask, Self.entranceTag - UInt64(index)) { isComplete = false }
        }
        return isComplete
    }

    /// Leaves new connections to others.
    func unwatchEntrances() {
        for entrance in entrances { epoll_ctl(epoll, EPOLL_CTL_DEL, entrance.descriptor, nil) }
    }

    /// - Returns: false if the kernel has no room for it.
    @discardableResult
    func watch(_ descriptor: Int32, _ mask: UInt32, _ tag: UInt64) -> Bool {
        var event = epoll_event()
        event.events = mask
        event.data.u64 = tag
        // One that is watched already stays so.
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
            // Who has only finished sending gets an answer; who has left shows when it is sent.
            if case .held = connection.phase { return stopHeld(connection) }
        }
        // A TLS session may have had to write before it could read on.
        let wakesReader = connection.tls == nil ? allclear_epollin : allclear_epollin | allclear_epollout
        if mask & wakesReader != 0 { connection.isReadable = true }
        // In line for a turn already: an event is no reason for another one.
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
            case .news: heldConnections.beginTelling()
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

    /// Goes by other settings from here on. Requests under way keep the limit of their body, and all that waits its
    /// deadline.
    private func use(_ new: ServerSettings) {
        settings.pointee = new
        parser.pointee = RequestParser(limits: new.headLimits)
        for connection in connections.all {
            connection.setTrust(isFromProxy: new.trustedProxies.contains(connection.peer))
        }
    }

    /// Ends what has taken too long. Runs once a second.
    private func sweep() {
        lastSweep = clock.second
        if isAcceptPaused { isAcceptPaused = !watchEntrances() }
        let isOver = stopDeadline.map { clock.second > $0 } ?? false
        if isOver {
            context.logger.debug(
                "shutdown time-out: closing what is left",
                metadata: ["connections": .stringConvertible(connections.count)])
            for connection in connections.all { close(connection) }
        } else {
            overdue = connections.all.filter(isOverdue).map(\.id)
        }
    }

    private func isOverdue(_ connection: Connection) -> Bool { clock.second > connection.deadline }

    /// Ends some of those that have taken too long. Who opens many at once has them end at once, too.
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
            noteEnd(of: connection, "lingering time-out")
            return close(connection)
        case _ where connection.hasPendingOutput: countTimeout(.writeTimeouts, of: connection, "write")
        case .handshaking: countTimeout(.handshakeTimeouts, of: connection, "handshake")
        case .head where !connection.hasInput:
            // After a pause of the whole machine requests are there that had no turn yet.
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

    /// Whether there is nothing to be read from a connection that has been idle for too long. What there is has its turn.
    private func isStillIdle(_ connection: Connection) -> Bool {
        connection.isReadable = true
        advance(connection)
        return connections[connection.id] != nil && connection.isIdle && isOverdue(connection)
    }

    private func countTimeout(
        _ counter: ServerMetrics.Counter, of connection: Connection, _ phase: StaticString
    ) {
        counters.add(counter)
        noteEnd(of: connection, "\(phase) time-out")
    }

    /// Logs why a connection is ended that might have gone on.
    func noteEnd(of connection: Connection, _ reason: @autoclosure () -> String) {
        context.logger.debug(
            "ending a connection",
            metadata: [
                "reason": "\(reason())", "remote": "\(connection.remoteAddress)",
                "requests": .stringConvertible(connection.requestCount),
            ])
    }

    func close(_ connection: Connection) {
        // What is gathered is for this connection; the next one must not get it.
        output.discard()
        releaseBody(of: connection)
        if connection.held != nil { letGo(connection) }
        connection.tls?.sayGoodbye()
        connections.remove(connection.id)
        Glibc.close(connection.descriptor)
        context.connectionCount.release(connection.countedClient)
        inbox.addLoad(-1)
        counters.add(.connectionsClosed)
    }
}
