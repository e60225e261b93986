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
    /// At least one for each of the server's listeners.
    let listeners: [ListeningSocket]
    let inbox: LoopInbox
    /// Another server listens at the same addresses.
    let isSuccessor: Bool

    init(listeners: [ListeningSocket], isSuccessor: Bool = false) throws(ServerStartError) {
        self.isSuccessor = isSuccessor
        inbox = try LoopInbox()
        self.listeners = listeners
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
    /// The first listener's; the others count down from it. No connection's slot and generation are that high together.
    private static let listenerTag = UInt64.max - 1

    let context: LoopContext
    let inbox: LoopInbox
    let inline: any InlineResponder
    let epoll: Int32
    /// Where it accepts connections; none any more when it stops.
    var listeners: [ListeningSocket]
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
    /// Handing over, it goes on accepting until after this second.
    var acceptDeadline: Int?
    /// Another server takes over: clients are not hurried.
    var handsOver = false
    /// New connections are left to a successor, though this server goes on.
    private var givesWay = false
    /// Another server listened at the same addresses when this one started.
    let isSuccessor: Bool
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
    private let startSecond: Int

    init(_ resources: LoopResources, settings: ServerSettings, context: LoopContext) {
        self.context = context
        inbox = resources.inbox
        epoll = resources.epoll
        listeners = resources.listeners
        isSuccessor = resources.isSuccessor
        inline = context.makeInlineResponder()
        startSecond = clock.second
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
        isAcceptPaused = !watchListeners()
        watch(inbox.descriptor, allclear_epollin, Self.inboxTag)
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: Self.batch)
        defer { events.deallocate() }
        while stopDeadline == nil || connections.count > 0 || !listeners.isEmpty {
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
        let isTimed = connections.count > 0 || isAcceptPaused || stopDeadline != nil || givesWay
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
    private func watchListeners() -> Bool {
        var isComplete = true
        for (index, listener) in listeners.enumerated() {
            let mask = listener.isShared ? allclear_epollin | allclear_epollexclusive : allclear_epollin
            if !watch(listener.descriptor, mask, Self.listenerTag - UInt64(index)) { isComplete = false }
        }
        return isComplete
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
        case let tag where tag > Self.listenerTag - UInt64(listeners.count):
            acceptConnections(listeners[Int(Self.listenerTag - tag)])
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
            case .news: heldConnections.beginTelling()
            case .settings(let new, let inUse):
                use(new)
                inUse.signal()
            case .giveWay:
                givesWay = true
                HandOver.steerAway(listeners)
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
        if isAcceptPaused {
            isAcceptPaused = !watchListeners()
        }
        if let second = acceptDeadline, clock.second > second { finishAccepting() }
        if givesWay {
            // Again and again, since a successor's `sharePort` undoes it.
            HandOver.steerAway(listeners)
        } else if isSuccessor, stopDeadline == nil, (clock.second - startSecond) % 60 == 37 {
            // Seldom: in the moment in which the predecessor closes its sockets it would undo what that did.
            HandOver.sharePort(listeners)
        }
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
        counters.add(.connectionsClosed)
    }
}
