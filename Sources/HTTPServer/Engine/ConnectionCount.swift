import Synchronization

/// How many connections all loops of a server have together.
final class ConnectionCount: Sendable {
    private let limit: Int
    private let count = Atomic(0)

    init(limit: Int) { self.limit = limit }

    /// - Returns: false if there are as many as may be.
    func admit() -> Bool {
        guard count.add(1, ordering: .relaxed).newValue > limit else { return true }
        release()
        return false
    }

    func release() { count.subtract(1, ordering: .relaxed) }
}
