import HTTPServer
import Synchronization

/// How many readers wait, or how many stream, over all event loops.
final class LiveReaders: Sendable {
    private let limit: Atomic<Int>
    private let count = Atomic(0)

    init(limit: Int) { self.limit = Atomic(limit) }

    /// Those beyond a lower one stay.
    func setLimit(_ limit: Int) { self.limit.store(limit, ordering: .relaxed) }

    /// How many there are.
    var present: Int { count.load(ordering: .relaxed) }

    /// A place among them, as long as it is held; nil if all are taken.
    func admit() -> Place? {
        guard count.add(1, ordering: .relaxed).newValue <= limit.load(ordering: .relaxed) else {
            count.subtract(1, ordering: .relaxed)
            return nil
        }
        return Place(self)
    }

    /// One reader's place, given back when it is let go.
    final class Place {
        private let readers: LiveReaders

        init(_ readers: LiveReaders) { self.readers = readers }

        deinit { readers.count.subtract(1, ordering: .relaxed) }
    }
}
