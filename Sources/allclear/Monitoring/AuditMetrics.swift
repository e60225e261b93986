import Locking
import StatusPages
import Storage

/// The metrics of the audit log. They come from the database, so they include the changes of commands. Each scrape
/// reads only the events since the one before.
final class AuditMetrics: Sendable {
    private struct State {
        /// The id of the last event that was counted; nil before the first successful read.
        var last: Int64?
        var length = 0
        var counts: [AuditActor.Kind: Int] = [:]
    }

    private let store: Store
    private let state = Locked(State())

    init(store: Store) {
        self.store = store
        look()
    }

    /// Writes the last known values while the database cannot be read.
    func write(to text: inout MetricsText) {
        look()
        let state = state.withLock { $0 }
        text.add("allclear_audit_log_events", .gauge, "Events in the audit log.", state.length)
        text.describe(
            "allclear_audit_events_total", "counter",
            "Events that were added to the audit log since this process started, by the kind of their actor.")
        for kind in AuditActor.Kind.allCases {
            text.sample("allclear_audit_events_total", ["actor": kind.rawValue], state.counts[kind] ?? 0)
        }
    }

    private func look() {
        let earlier = state.withLock { $0.last }
        let found = try? store.read { transaction in
            (try transaction.auditRange(), try earlier.map { try transaction.auditCounts(after: $0) } ?? [:])
        }
        guard let (range, counts) = found else { return }
        state.withLock { state in
            // Another scrape may have counted the same events meanwhile.
            guard state.last == earlier else { return }
            state.last = max(range?.upperBound ?? 0, earlier ?? 0)
            state.length = range?.count ?? 0
            state.counts.merge(counts, uniquingKeysWith: +)
        }
    }
}
