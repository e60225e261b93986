import HTTPServer
import Synchronization

/// Counts and limits the readers that wait, or those that stream, across all event loops.
final class LiveReaders: Sendable {
    private let limit: Atomic<Int>
    private let count = Atomic(0)

    init(limit: Int) { self.limit = Atomic(limit) }

    /// If the new limit is lower, readers beyond it stay.
    func setLimit(_ limit: Int) { self.limit.store(limit, ordering: .relaxed) }

    /// How many readers there are.
    var present: Int { count.load(ordering: .relaxed) }

    /// A place for one more reader, taken for as long as the object exists; nil if the limit is reached.
    func admit() -> Place? {
        guard count.add(1, ordering: .relaxed).newValue <= limit.load(ordering: .relaxed) else {
            count.subtract(1, ordering: .relaxed)
            return nil
        }
        return Place(self)
    }

    /// One reader's place, which is given back on deinit.
    final class Place {
        private let readers: LiveReaders

        init(_ readers: LiveReaders) { self.readers = readers }

        deinit { readers.count.subtract(1, ordering: .relaxed) }
    }
}
