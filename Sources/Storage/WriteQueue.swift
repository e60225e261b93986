import Dispatch
import Locking

/// The writes that wait, and whether a thread serves them.
final class WriteQueue<Job: Sendable>: Sendable {
    /// The result of adding a write.
    enum Admission {
        case refused
        /// A thread already serves the queue.
        case waits
        /// No thread serves the queue. The caller must serve it.
        case first
    }

    private struct State {
        var jobs: [Job] = []
        var capacity: Int
        var isServed = false
        /// The number of jobs at which `arrival` is signalled; nil if no thread waits for them.
        var awaited: Int?

        mutating func take(_ most: Int) -> [Job] {
            defer { jobs.removeFirst(min(most, jobs.count)) }
            return Array(jobs.prefix(most))
        }
    }

    private let state: Locked<State>
    private let arrival = DispatchSemaphore(value: 0)

    /// - Parameter capacity: how many writes may wait.
    init(capacity: Int) { state = Locked(State(capacity: capacity)) }

    /// A lower capacity does not drop writes that already wait.
    func setCapacity(_ capacity: Int) { state.withLock { $0.capacity = capacity } }

    var count: Int { state.withLock { $0.jobs.count } }

    /// Whether a thread serves the queue.
    var isServed: Bool { state.withLock { $0.isServed } }

    func add(_ job: Job) -> Admission {
        state.withLock { state in
            guard state.jobs.count < state.capacity else { return .refused }
            state.jobs.append(job)
            if let awaited = state.awaited, state.jobs.count >= awaited {
                state.awaited = nil
                arrival.signal()
            }
            defer { state.isServed = true }
            return state.isServed ? .waits : .first
        }
    }

    /// Removes and returns the oldest writes, at most `most`.
    func take(_ most: Int) -> [Job] {
        state.withLock { $0.take(most) }
    }

    /// Stops serving the queue, if it is empty.
    /// - Returns: false if writes still wait. The caller must then continue to serve them.
    func leave() -> Bool {
        state.withLock { state in
            state.isServed = !state.jobs.isEmpty
            return !state.isServed
        }
    }

    /// Returns when `count` jobs wait, or at the deadline. Only one thread may wait at a time.
    func wait(for count: Int, until deadline: DispatchTime) {
        let waits = state.withLock { state in
            guard state.jobs.count < count else { return false }
            state.awaited = count
            return true
        }
        guard waits, arrival.wait(timeout: deadline) == .timedOut else { return }
        let isSignalled = state.withLock { state in
            defer { state.awaited = nil }
            return state.awaited == nil
        }
        // The signal came just after the timeout. It would end the next wait at once, so consume it here.
        if isSignalled { arrival.wait() }
    }
}
