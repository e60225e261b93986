import Synchronization

/// What answers the requests that an event loop does not answer itself.
public protocol RequestHandler: Sendable {
    /// Answers a request, now or later, by calling `respond` once. Runs on a work queue and may block it, but for a request
    /// that is urgent.
    func handle(_ request: Request, respond: Responder)

    /// Whether a request is to be answered however busy the work queue is. It is then handled on its event loop: quick, and
    /// no I/O.
    func isUrgent(_ request: Request) -> Bool

    /// The answer to a request the engine refuses by itself. Runs on an event loop: quick, and no I/O.
    /// - Parameter request: what is known of it.
    func response(to fault: HTTPFault, of request: RefusedRequest) -> Response
}

extension RequestHandler {
    /// By default none is.
    public func isUrgent(_ request: Request) -> Bool { false }
}

/// What an event loop asks first. Each loop has one of its own, so it may keep state without a lock.
public protocol InlineResponder: AnyObject {
    /// The answer to a request that has no body, or nil to hand it to the `RequestHandler`.
    ///
    /// Runs on the event loop: it must not block, and in the steady state it should not allocate.
    func respond(to request: RequestView) -> InlineAnswer?
}

/// How an event loop answers a request by itself.
public enum InlineAnswer {
    case response(PreparedResponse)
    /// Later.
    case held(any HeldRequest)
    /// Now, with no end in sight: the connection closes behind it.
    case stream(PreparedResponse, any HeldRequest)
    /// Now and all at once, since a limit leaves no place to hold it.
    case unheld(PreparedResponse, Limit)
    /// Not at all; the connection closes.
    case fault(HTTPFault)
}

/// Carries one answer back to the connection that asked. A request whose responder is dropped unused gets a 500, so
/// that a mistake costs an error and not a connection that hangs.
public final class Responder: Sendable {
    private let send: @Sendable (Response?) -> Void
    private let isUsed = Atomic(false)

    /// - Parameter send: called exactly once, with nil when the responder was dropped.
    public init(send: @escaping @Sendable (Response?) -> Void) { self.send = send }

    public func callAsFunction(_ response: Response) {
        guard !isUsed.exchange(true, ordering: .relaxed) else { return }
        send(response)
    }

    deinit {
        if !isUsed.load(ordering: .relaxed) { send(nil) }
    }
}
