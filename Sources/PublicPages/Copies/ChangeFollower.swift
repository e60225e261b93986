import Dispatch
import Locking

/// Does work on a separate queue after the public documents change, so that no write and no reader waits for it.
///
/// Changes during a step, or during the rest after it, share the next step.
final class ChangeFollower: Sendable {
    /// The continuation after a step.
    enum Next: Sendable {
        /// Another step after the next change.
        case done
        /// Another step after a rest, because there is more to do.
        case more(rest: Duration)
        /// Another step after a rest, because the step failed.
        case failed(rest: Duration)

        /// A rest ten times as long as the step, but at most 5 seconds. So steps of up to half a second use at
        /// most a tenth of one processor.
        static func more(afterStepSince start: ContinuousClock.Instant) -> Next {
            .more(rest: min((ContinuousClock.now - start) * 10, .seconds(5)))
        }

        /// A rest that grows from 1 to 10 seconds with the number of failures in a row.
        static func failed(times: Int) -> Next { .failed(rest: .seconds(min(1 << min(times - 1, 4), 10))) }
    }

    private struct State {
        var isStarted = false
        var isStopped = false
        /// Whether a step runs, rests or is queued.
        var isBusy = false
        /// Whether there was a change since the last step began.
        var isBehind = false
    }

    private let queue: DispatchQueue
    private let step: @Sendable () -> Next
    private let state = Locked(State())

    /// Follows a cache as long as this object exists.
    /// - Parameter step: called on one thread at a time.
    init(_ cache: DocumentCache, label: String, step: @escaping @Sendable () -> Next) {
        queue = DispatchQueue(label: label)
        self.step = step
        cache.onChange { [weak self] in
            self?.look()
            return self != nil
        }
    }

    /// Asks for a first step.
    func start() {
        state.withLock { $0.isStarted = true }
        look()
    }

    /// Asks for a step, and does not wait for it.
    func look() {
        let isIdle = state.withLock { state in
            guard state.isStarted, !state.isStopped else { return false }
            state.isBehind = true
            defer { state.isBusy = true }
            return !state.isBusy
        }
        if isIdle { queue.async { self.run() } }
    }

    private func run() {
        let isStopped = state.withLock { state in
            state.isBehind = false
            return state.isStopped
        }
        if isStopped { return }
        switch step() {
        case .more(let rest), .failed(let rest):
            queue.asyncAfter(deadline: .now() + .nanoseconds(Int(rest / .nanoseconds(1)))) { self.run() }
        case .done:
            let isBehind = state.withLock { state in
                state.isBusy = state.isBehind
                return state.isBehind
            }
            if isBehind { queue.async { self.run() } }
        }
    }

    /// Begins no more steps. The current one continues.
    /// - Returns: whether the follower was started and not yet stopped.
    @discardableResult
    func cancel() -> Bool {
        state.withLock { state in
            defer { state.isStopped = true }
            return state.isStarted && !state.isStopped
        }
    }

    /// Waits for the current step, and begins no more.
    /// - Parameter finishing: whether to do the remaining steps first, until one fails.
    func stop(finishing: Bool = false) {
        let wasRunning = cancel()
        queue.sync { if finishing, wasRunning { while case .more = step() {} } }
    }
}
