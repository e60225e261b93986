import Locking

/// Tells the event loops of a server that there is news, so that they ask their held requests about it.
public final class Announcer: Sendable {
    private let inboxes = Locked<[LoopInbox]>([])

    public init() {}

    func add(_ inboxes: [LoopInbox]) { self.inboxes.withLock { $0 += inboxes } }

    /// To be called when the news can be seen. Does not wait for anyone to look.
    public func announce() {
        for inbox in inboxes.withLock({ $0 }) { inbox.post(.news) }
    }
}
