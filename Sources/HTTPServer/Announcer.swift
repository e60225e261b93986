import Locking

/// Tells the event loops of a server that there is news, so that they call `news()` on their held requests.
public final class Announcer: Sendable {
    private let inboxes = Locked<[LoopInbox]>([])

    public init() {}

    func add(_ inboxes: [LoopInbox]) { self.inboxes.withLock { $0 += inboxes } }

    /// Call this after the news is visible to readers. Returns at once, without waiting for any loop.
    public func announce() {
        for inbox in inboxes.withLock({ $0 }) { inbox.post(.news) }
    }
}
