import Synchronization

/// Answers the requests that an event loop does not answer itself.
public protocol RequestHandler: Sendable {
    /// Answers a request, now or later, by calling `respond` once. Runs on a work queue and may block, unless the
    /// request is urgent.
    func handle(_ request: Request, respond: Responder)

    /// Whether to answer a request even if the work queue is full. The request is then handled on its event loop: the
    /// handler must be quick and do no I/O.
    func isUrgent(_ request: Request) -> Bool

    /// The answer to a request that the engine refuses. Runs on an event loop: it must be quick and do no I/O.
    /// - Parameter request: the known facts about the request.
    func response(to fault: HTTPFault, of request: RefusedRequest) -> Response
}

extension RequestHandler {
    /// By default, no request is urgent.
    public func isUrgent(_ request: Request) -> Bool { false }
}

/// Answers requests on an event loop, before the `RequestHandler`. Each loop has a separate one, so it may keep state
/// without a lock.
public protocol InlineResponder: AnyObject {
    /// The answer to a request that has no body; nil to pass it to the `RequestHandler`.
    ///
    /// Runs on the event loop: it must not block, and in the steady state it should not allocate.
    func respond(to request: RequestView) -> InlineAnswer?
}

/// An answer given on the event loop.
public enum InlineAnswer {
    case response(PreparedResponse)
    /// Answer later.
    case held(any HeldRequest)
    /// Answer now, with a stream. The connection closes after it.
    case stream(PreparedResponse, any HeldRequest)
    /// Answer now and completely, because a limit does not allow holding the request.
    case unheld(PreparedResponse, Limit)
    /// Refuse the request; the connection closes.
    case fault(HTTPFault)
}

/// Carries one answer back to the connection of a request. If a responder is dropped unused, the request gets 500, so a
/// bug costs an error instead of a connection that hangs.
public final class Responder: Sendable {
    private let send: @Sendable (Response?) -> Void
    private let isUsed = Atomic(false)

    /// - Parameter send: called exactly once; with nil if the responder was dropped.
    public init(send: @escaping @Sendable (Response?) -> Void) { self.send = send }

    public func callAsFunction(_ response: Response) {
        guard !isUsed.exchange(true, ordering: .relaxed) else { return }
        send(response)
    }

    deinit {
        if !isUsed.load(ordering: .relaxed) { send(nil) }
    }
}
