import Dispatch
import Locking

/// Finds out whether the database takes writes, by writing to it.
///
/// Nobody waits on a thread for that, many who ask at once share one write, and those who ask within a second of it its
/// outcome: a stranger may ask as often as they like.
final class Readiness: Sendable {
    enum Outcome: Sendable {
        case ready
        case failed
        /// It may come, but not in time.
        case slow
    }

    /// Writes something, and tells whether that is on the disk.
    typealias Probe = @Sendable (_ completion: @escaping @Sendable (_ isWritten: Bool) -> Void) -> Void
    typealias Answer = @Sendable (Outcome) -> Void

    private struct State {
        var waiting: [Int: Answer] = [:]
        var asked = 0
        var isAsking = false
        var last: (outcome: Outcome, time: ContinuousClock.Instant)?
    }

    private let probe: Probe
    // A serial queue gets a thread when it needs one, however busy the shared ones are.
    private let timer = DispatchQueue(label: "allclear.readiness")
    private let patience: DispatchTimeInterval
    private let state = Locked(State())

    /// - Parameter patience: how long a write may take before the database counts as one that cannot be written.
    init(patience: DispatchTimeInterval = .seconds(3), probe: @escaping Probe) {
        self.probe = probe
        self.patience = patience
    }

    /// - Parameter answer: called once, at the latest when the patience is at its end.
    func ask(_ answer: @escaping Answer) {
        enum Step { case answer(Outcome), wait(Int, isFirst: Bool) }
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

    /// Takes note of a write that failed: one is enough, until a later write works.
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
