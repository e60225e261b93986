import Locking
import Storage

/// Counts and durations of the attempts to replicate.
final class ReplicationMetrics: Sendable {
    private struct State {
        var durations = Histogram()
        var failures = 0
    }

    private let state = Locked(State())

    func note(_ duration: Duration, isReplicated: Bool) {
        state.withLock { state in
            state.durations.note(duration)
            if !isReplicated { state.failures += 1 }
        }
    }

    /// Writes nothing if there is no replication.
    func write(of store: Store, to text: inout MetricsText) {
        guard let lag = store.replicationLag else { return }
        let state = state.withLock { $0 }
        text.describe(
            "allclear_replication_seconds", "histogram",
            "Time until Litestream confirmed a copy, or the attempt failed.")
        text.samples("allclear_replication_seconds", histogram: state.durations)
        text.add(
            "allclear_replication_failures_total", .counter, "Failed attempts to replicate.", state.failures)
        text.add(
            "allclear_replication_lag_seconds", .gauge,
            "How long writes have waited to be replicated, in seconds; 0 if all are replicated.", lag / .seconds(1))
    }
}
