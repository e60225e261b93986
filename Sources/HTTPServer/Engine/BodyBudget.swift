import Synchronization

/// How many bytes the bodies of all requests under way may take together. Each has its own limit, but anyone can open many
/// connections.
final class BodyBudget: Sendable {
    private let limit: Atomic<Int>
    private let taken = Atomic(0)

    init(limit: Int) { self.limit = Atomic(limit) }

    /// What is taken beyond a lower one has to be given back before more can be had.
    func setLimit(_ bytes: Int) { limit.store(bytes, ordering: .relaxed) }

    /// - Returns: false, and nothing is taken, if that would be more than there is.
    func take(_ bytes: Int) -> Bool {
        guard taken.add(bytes, ordering: .relaxed).newValue > limit.load(ordering: .relaxed) else { return true }
        give(bytes)
        return false
    }

    func give(_ bytes: Int) { taken.subtract(bytes, ordering: .relaxed) }
}
