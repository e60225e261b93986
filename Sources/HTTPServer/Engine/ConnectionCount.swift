import Locking
import Synchronization

/// The number of open connections over all loops of a server, in total and for each client address.
final class ConnectionCount: Sendable {
    enum Refusal {
        case atLimit, atLimitOfAddress
    }

    private let limit: Atomic<Int>
    private let limitPerAddress: Atomic<Int>
    private let count = Atomic(0)
    private let byNetwork = Locked<[IPAddress: Int]>([:])

    init(limit: Int, perAddress: Int = .max) {
        self.limit = Atomic(limit)
        limitPerAddress = Atomic(perAddress)
    }

    /// Lowering a limit closes no connections.
    func setLimits(_ limit: Int, perAddress: Int) {
        self.limit.store(limit, ordering: .relaxed)
        limitPerAddress.store(perAddress, ordering: .relaxed)
    }

    /// - Parameter client: nil if the connection does not count against the limit of an address.
    /// - Returns: why the connection must be refused; nil if it is admitted.
    func admit(_ client: IPAddress?) -> Refusal? {
        guard count.add(1, ordering: .relaxed).newValue <= limit.load(ordering: .relaxed) else {
            count.subtract(1, ordering: .relaxed)
            return .atLimit
        }
        guard let network = client?.network else { return nil }
        let isAdmitted = byNetwork.withLock { counts in
            let others = counts[network, default: 0]
            guard others < limitPerAddress.load(ordering: .relaxed) else { return false }
            counts[network] = others + 1
            return true
        }
        if isAdmitted { return nil }
        count.subtract(1, ordering: .relaxed)
        return .atLimitOfAddress
    }

    /// - Parameter client: the same value as for `admit`.
    func release(_ client: IPAddress?) {
        count.subtract(1, ordering: .relaxed)
        guard let network = client?.network else { return }
        byNetwork.withLock { counts in
            let others = counts[network, default: 1] - 1
            counts[network] = others > 0 ? others : nil
        }
    }
}
