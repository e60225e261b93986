import Synchronization

/// The number of bytes that the bodies of all requests in progress may take together. Each body also has a limit, but a
/// client can open many connections.
final class BodyBudget: Sendable {
    private let limit: Atomic<Int>
    private let taken = Atomic(0)

    init(limit: Int) { self.limit = Atomic(limit) }

    /// Lowering the limit takes nothing back. Bytes over the new limit must be released before `take` succeeds again.
    func setLimit(_ bytes: Int) { limit.store(bytes, ordering: .relaxed) }

    /// - Returns: false if the limit would be exceeded; nothing is taken then.
    func take(_ bytes: Int) -> Bool {
        guard taken.add(bytes, ordering: .relaxed).newValue > limit.load(ordering: .relaxed) else { return true }
        give(bytes)
        return false
    }

    func give(_ bytes: Int) { taken.subtract(bytes, ordering: .relaxed) }
}
