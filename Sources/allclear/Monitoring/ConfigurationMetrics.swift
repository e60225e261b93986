import Locking
import StatusPages

/// Whether the last start or reload applied its configuration.
final class ConfigurationMetrics: Sendable {
    private struct State {
        var isApplied = true
        var appliedAt = Clock.now()
    }

    private let state = Locked(State())

    /// - Parameter isApplied: false if the configuration was invalid or could not be applied.
    func note(isApplied: Bool) {
        state.withLock { state in
            state.isApplied = isApplied
            if isApplied { state.appliedAt = Clock.now() }
        }
    }

    func write(to text: inout MetricsText) {
        let state = state.withLock { $0 }
        text.add(
            "allclear_config_last_reload_successful", .gauge,
            "1 if the configuration was applied when it was read last, 0 if the one before it counts.",
            state.isApplied ? 1 : 0)
        text.add(
            "allclear_config_last_reload_success_timestamp_seconds", .gauge,
            "When a configuration was last applied, in seconds since the Unix epoch.",
            Double(state.appliedAt.milliseconds) / 1_000)
    }
}
