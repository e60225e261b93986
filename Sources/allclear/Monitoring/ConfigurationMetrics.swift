import Locking
import StatusPages

/// The outcome of the last start or reload.
final class ConfigurationMetrics: Sendable {
    enum Outcome: Equatable {
        case applied
        /// The database cannot be written yet.
        case postponed
        /// The configuration was invalid or could not be applied.
        case refused(obstacle: String)
    }

    private struct State {
        var outcome = Outcome.applied
        var appliedAt = Clock.now()
        var isReloaded = false

        mutating func note(_ outcome: Outcome) {
            self.outcome = outcome
            if outcome == .applied { appliedAt = Clock.now() }
        }
    }

    private let state = Locked(State())

    /// Why the newest configuration was refused; nil if it was not.
    var obstacle: String? {
        state.withLock { state in
            if case .refused(let obstacle) = state.outcome { obstacle } else { nil }
        }
    }

    func noteReload(_ outcome: Outcome) {
        state.withLock { state in
            state.isReloaded = true
            state.note(outcome)
        }
    }

    /// Ignored after a reload, because a reload has read a newer configuration than the start.
    func noteStart(_ outcome: Outcome) {
        state.withLock { state in
            if !state.isReloaded { state.note(outcome) }
        }
    }

    func write(to text: inout MetricsText) {
        let state = state.withLock { $0 }
        text.add(
            "allclear_config_last_reload_successful", .gauge,
            "1 if the last load of the configuration was applied, 0 if an earlier configuration is still active.",
            state.outcome == .applied ? 1 : 0)
        text.add(
            "allclear_config_last_reload_success_timestamp_seconds", .gauge,
            "When a configuration was last applied, in seconds since the Unix epoch.",
            Double(state.appliedAt.milliseconds) / 1_000)
    }
}
