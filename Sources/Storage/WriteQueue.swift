import Dispatch
import Locking

/// The writes that wait for their turn, and the question who is to see to them.
final class WriteQueue<Job: Sendable>: Sendable {
    /// What becomes of a write.
    enum Admission {
        case refused
        /// Someone sees to it already.
        case waits
        /// Nobody is at work: whoever brought it is to see to it.
        case first
    }

    private struct State {
        var jobs: [Job] = []
        var capacity: Int
        var isServed = false
        /// How many jobs there are to be before `arrival` is signalled; nil if nobody waits for that.
        var awaited: Int?

        mutating func take(_ most: Int) -> [Job] {
            defer { jobs.removeFirst(min(most, jobs.count)) }
            return Array(jobs.prefix(most))
        }
    }

    private let state: Locked<State>
    private let arrival = DispatchSemaphore(value: 0)

    /// - Parameter capacity: how many may wait.
    init(capacity: Int) { state = Locked(State(capacity: capacity)) }

    /// What waits beyond a lower one is done all the same.
    func setCapacity(_ capacity: Int) { state.withLock { $0.capacity = capacity } }

    var count: Int { state.withLock { $0.jobs.count } }

    /// Whether someone sees to what waits.
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

    /// Takes the oldest, so many at most.
    func take(_ most: Int) -> [Job] {
        state.withLock { $0.take(most) }
    }

    /// Stops seeing to what waits.
    /// - Returns: false, and nothing has changed, if something does.
    func leave() -> Bool {
        state.withLock { state in
            state.isServed = !state.jobs.isEmpty
            return !state.isServed
        }
    }

    /// Waits until so many are there, or the time is up. To be called by one thread at a time.
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
        // It came just after the time was up, and would end the next wait before it begins.
        if isSignalled { arrival.wait() }
    }
}
