import Dispatch
import Locking

/// Checks whether the database accepts writes by writing to it.
///
/// Strangers can ask as often as they like. No thread waits for the write. Requests that arrive together share one
/// write, and requests within a second of its end get the same outcome.
final class Readiness: Sendable {
    enum Outcome: Sendable {
        case ready
        case failed
        /// The write did not finish in time. It may still succeed.
        case slow
    }

    /// Writes something, and reports whether it is on the disk.
    typealias Probe = @Sendable (_ completion: @escaping @Sendable (_ isWritten: Bool) -> Void) -> Void
    typealias Answer = @Sendable (Outcome) -> Void

    private struct State {
        var waiting: [Int: Answer] = [:]
        var asked = 0
        var isAsking = false
        var last: (outcome: Outcome, time: ContinuousClock.Instant)?
    }

    private let probe: Probe
    // A serial queue gets a thread when it needs one, even if the shared queues are busy.
    private let timer = DispatchQueue(label: "allclear.readiness")
    private let patience: DispatchTimeInterval
    private let state = Locked(State())

    /// - Parameter patience: the time after which a write counts as too slow.
    init(patience: DispatchTimeInterval = .seconds(3), probe: @escaping Probe) {
        self.probe = probe
        self.patience = patience
    }

    /// - Parameter answer: called once, and no later than `patience` from now.
    func ask(_ answer: @escaping Answer) {
        enum Step {
            case answer(Outcome)
            case wait(Int, isFirst: Bool)
        }
        let step = state.withLock { state -> Step in
            if let last = state.last, .now - last.time < .seconds(1) { return .answer(last.outcome) }
            state.asked += 1
            state.waiting[state.asked] = answer
            defer { state.isAsking = true }
            return .wait(state.asked, isFirst: !state.isAsking)
        }
        switch step {
        case .answer(let outcome): answer(outcome)
        case .wait(let number, let isFirst):
            timer.asyncAfter(deadline: .now() + patience) { [self] in
                state.withLock { $0.waiting.removeValue(forKey: number) }?(.slow)
            }
            if isFirst { probe { [self] in conclude($0 ? .ready : .failed) } }
        }
    }

    /// Records that a client's write failed. Requests get that outcome for a second. After that, the next probe
    /// decides.
    func noteFailure() { state.withLock { $0.last = (.failed, .now) } }

    private func conclude(_ outcome: Outcome) {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            state.isAsking = false
            state.last = (outcome, .now)
            return state.waiting.values.map(\.self)
        }
        for answer in waiting { answer(outcome) }
    }
}
