import Locking
import Dispatch

/// Runs work on Dispatch, so much at a time and so much waiting: blocking work neither breeds threads nor piles up.
final class BoundedQueue: Sendable {
    private struct State {
        var capacity: Int
        /// Work that was taken out leaves nil behind, so that what it holds goes when it is done.
        var waiting: [(@Sendable () -> Void)?] = []
        var head = 0
        /// The workers that have nothing to do.
        var idle: [Int]

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

    /// Serial queues, since each of those gets a thread when it needs one. A concurrent queue waits for a second to see
    /// whether its blocked threads go on before it starts more than there are processors.
    private let workers: [DispatchQueue]
    private let state: Locked<State>

    /// - Parameters:
    ///   - width: how many pieces of work run at once.
    ///   - capacity: how many may wait.
    init(label: String, width: Int, capacity: Int) {
        workers = (0..<width).map { DispatchQueue(label: "\(label).\($0)") }
        state = Locked(State(capacity: capacity, idle: Array(0..<width)))
    }

    /// What waits beyond a lower one is done all the same.
    func setCapacity(_ capacity: Int) { state.withLock { $0.capacity = capacity } }

    /// - Returns: false, and nothing is queued, when as many wait already as may.
    func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        enum Decision { case refuse, wait, start(worker: Int) }
        let decision = state.withLock { state -> Decision in
            guard state.waiting.count - state.head < state.capacity else { return .refuse }
            state.waiting.append(work)
            return state.idle.popLast().map(Decision.start) ?? .wait
        }
        switch decision {
        case .refuse: return false
        case .wait: return true
        case .start(let worker):
            workers[worker].async { self.drain(worker) }
            return true
        }
    }

    private func drain(_ worker: Int) {
        while let work = state.withLock({ state in
            let work = state.next()
            if work == nil { state.idle.append(worker) }
            return work
        }) {
            work()
        }
    }
}
