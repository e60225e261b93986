/// A request whose answer waits for news, or goes on with every piece of it.
///
/// It costs its connection and this object: no thread, no queue. All calls come from the event loop that has the
/// connection, and must not block. The object is let go when the request is answered or its client is gone.
public protocol HeldRequest: AnyObject {
    /// Seconds until the loop calls `timeUp`, and between such calls. They come up to a second early, and a few
    /// milliseconds late at most, so that nobody's own time-out comes first.
    var patience: Int { get }

    /// Something was announced, which may concern this request or not.
    func news() -> HeldStep

    /// The time is up.
    func timeUp() -> HeldStep

    /// The server stops, or the client sends nothing more.
    func stop() -> HeldStep
}

/// What an event loop does next about a held request.
public enum HeldStep {
    /// Nothing yet.
    case wait
    /// This is the answer.
    case answer(PreparedResponse)
    /// These pieces are next in the answer's body, which goes on. To a client that has not read what came before they
    /// are not sent; it is told of the newest when it has, or dropped if that takes too long.
    case part([[UInt8]])
    /// The body is complete.
    case end
    /// The request cannot be answered any more.
    case fault(HTTPFault)
}
