import Locking

/// A request whose answer waits for news, or is a stream that continues with each piece of news.
///
/// It costs its connection and this object, but no thread and no queue. All calls come from the event loop of the
/// connection, and must not block. The loop releases the object when the request is answered or its client is gone.
public protocol HeldRequest: AnyObject {
    /// Seconds until the loop calls `timeUp`, and between such calls. The calls come up to a second early and at most a
    /// few milliseconds late, so that no client's or proxy's timeout fires first.
    var patience: Int { get }

    /// There is news, which may or may not concern this request.
    func news() -> HeldStep

    /// `patience` is over.
    func timeUp() -> HeldStep

    /// The server stops, or the client sends nothing more.
    func stop() -> HeldStep
}

/// The next action of an event loop for a held request.
public enum HeldStep {
    /// Nothing yet.
    case wait
    /// Send this answer.
    case answer(PreparedResponse)
    /// Send these pieces as the next part of the stream. If the client has not read the earlier parts, the loop does
    /// not send them. It calls `news()` again when the client has read them, or closes the connection after the write
    /// timeout.
    case part([[UInt8]])
    /// The stream is complete.
    case end
    /// The request can no longer be answered.
    case fault(HTTPFault)
}

/// Notifies the event loops of a server of news, so that they call `news()` on their held requests.
public final class Announcer: Sendable {
    private let inboxes = Locked<[LoopInbox]>([])

    public init() {}

    func add(_ inboxes: [LoopInbox]) { self.inboxes.withLock { $0 += inboxes } }

    /// Call this after the news is visible to readers. Returns at once, without waiting for any loop.
    public func announce() {
        for inbox in inboxes.withLock({ $0 }) { inbox.post(.news) }
    }
}
