import Dispatch
import Synchronization

/// Runs work on Dispatch, so much at a time and so much waiting: blocking work neither breeds threads nor piles up.
final class BoundedQueue: Sendable {
    private struct State {
        /// Work that was taken out leaves nil behind, so that what it holds goes when it is done.
        var waiting: [(@Sendable () -> Void)?] = []
        var head = 0
        var running = 0

        mutating func next() -> (@Sendable () -> Void)? {
            guard head < waiting.count else {
                waiting.removeAll(keepingCapacity: true)
                head = 0
                return nil
            }
            let work = waiting[head]
            waiting[head] = nil
            head += 1
            // Under a load that never lets the queue run dry, the part already done is dropped in large pieces.
            if head >= 256, head * 2 >= waiting.count {
                waiting.removeFirst(head)
                head = 0
            }
            return work
        }
    }

    private let queue: DispatchQueue
    private let width: Int
    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - width: how many pieces of work run at once.
    ///   - capacity: how many may wait.
    init(label: String, width: Int, capacity: Int) {
        queue = DispatchQueue(label: label, attributes: .concurrent)
        self.width = width
        self.capacity = capacity
    }

    /// - Returns: false, and nothing is queued, when as many wait already as may.
    func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        enum Decision { case refuse, wait, start }
        let decision = state.withLock { state -> Decision in
            guard state.waiting.count - state.head < capacity else { return .refuse }
            state.waiting.append(work)
            guard state.running < width else { return .wait }
            state.running += 1
            return .start
        }
        if decision == .start { queue.async { self.drain() } }
        return decision != .refuse
    }

    private func drain() {
        while let work = state.withLock({ state in
            let work = state.next()
            if work == nil { state.running -= 1 }
            return work
        }) {
            work()
        }
    }
}
