import BuildInfo
import Dashboard
import Foundation
import HTTPServer
import HTTPTypes
import Locking
import ManagementAPI
import PublicPages
import StatusPages
import Storage
import Synchronization

/// Answers probes and serves metrics: whether the server is alive, whether it is ready, and its counters.
final class Monitor: Sendable {
    let requests = RequestMetrics()
    let writes = WriteMetrics()
    let replication = ReplicationMetrics()
    let configuration = ConfigurationMetrics()

    /// The parts of the server that probes and metrics read. They are created after the monitor.
    struct Sources: Sendable {
        let engine: ServerMetrics
        let writer: Writer
        let readiness: Readiness
        let live: Followers
        let store: Store
        let signUps: SignUpLimits
        let deliveries: DeliveryMetrics
        let audit: AuditMetrics
        let access: AccessRecord
        let mirror: PageMirror
        let purger: Purger
        let listeners: [Listener]
        let pages: @Sendable () -> [PageState]
        /// In seconds.
        let standbyAge: @Sendable () -> Double
    }

    private let sources = Locked<Sources?>(nil)
    private let hasLeft = Atomic(false)
    private let hasMetrics: Atomic<Bool>
    static let paths: Set<Substring> = ["/healthz", "/readyz", "/metrics"]

    /// - Parameter hasMetrics: whether `/metrics` is served.
    init(hasMetrics: Bool) {
        _ = ProcessFacts.startTime
        self.hasMetrics = Atomic(hasMetrics)
    }

    func use(_ settings: MonitoringSettings) { hasMetrics.store(settings.metrics, ordering: .relaxed) }

    /// Records a batch of writes.
    func note(_ commit: Writer.CommitFacts) {
        writes.note(commit)
        // A standby refuses writes, but is ready.
        guard !commit.isCommitted, let sources = sources.withLock({ $0 }), !sources.store.isStandby else { return }
        sources.readiness.noteFailure()
    }

    func watch(_ sources: Sources) { self.sources.withLock { $0 = sources } }

    /// Reports "not ready" from now on, because the server is about to stop.
    func leave() { hasLeft.store(true, ordering: .relaxed) }

    var isLeaving: Bool { hasLeft.load(ordering: .relaxed) }

    /// Probes skip the work queue. Otherwise a busy server would look dead, and would be killed.
    static func isUrgent(_ request: Request) -> Bool {
        let path = request.path
        return path == "/healthz" || path == "/readyz"
    }

    /// Answers a request for one of the monitoring paths by calling `respond` once, now or within seconds.
    /// - Parameter isMetricsPlace: whether the listener of this request serves the metrics.
    /// - Returns: false, without an answer, if the path is not served.
    func answer(
        _ request: Request, requestID: String, isMetricsPlace: Bool, respond: @escaping @Sendable (Response) -> Void
    ) -> Bool {
        guard Self.paths.contains(request.path) else { return false }
        if request.path == "/metrics" {
            guard isMetricsPlace, hasMetrics.load(ordering: .relaxed) else { return false }
        }
        guard request.head.method == .get || request.head.method == .head else {
            respond(ErrorResponses.methodNotAllowed([.get, .head], requestID: requestID))
            return true
        }
        switch request.path {
        case "/healthz": respond(Self.answer(.ok, #"{"status":"alive"}"#))
        case "/readyz": answerReadiness(respond)
        default: respond(metrics())
        }
        return true
    }

    private func answerReadiness(_ respond: @escaping @Sendable (Response) -> Void) {
        askReadiness { obstacle in
            respond(
                Self.answer(
                    obstacle == nil ? .ok : .serviceUnavailable, #"{"status":"\#(obstacle ?? "ready")"}"#))
        }
    }

    /// Calls `answer` once, within seconds, with the reason why the server is not ready; nil if it is.
    func askReadiness(_ answer: @escaping @Sendable (String?) -> Void) {
        guard let sources = present, !isLeaving else { return answer("stopping") }
        sources.readiness.ask { outcome in
            switch outcome {
            case .ready: answer(nil)
            case .failed: answer("the database cannot be written")
            case .slow: answer("a write takes too long")
            }
        }
    }

    /// Nil until the server is made.
    var present: Sources? { sources.withLock { $0 } }

    private func metrics() -> Response {
        var text = MetricsText()
        if let sources = sources.withLock({ $0 }) {
            sources.engine.write(to: &text)
            requests.write(to: &text)
            writes.write(to: &text, waiting: sources.writer.waitingCount)
            text.add(
                "allclear_writes_rejected_total", .counter,
                "Writes rejected because http.max_waiting_requests was reached.",
                sources.writer.refusedCount)
            let live = sources.live.present
            text.add(
                "allclear_live_readers", .gauge, "Clients that wait for widget changes, by kind.", by: "kind",
                ["wait": live.waiting, "stream": live.streams])
            text.describe(
                "allclear_sign_ups_refused_total", "counter",
                "Sign-ups that a limit refused, by the limit's name in the configuration.")
            for (limit, count) in sources.signUps.refusedCounts {
                text.sample("allclear_sign_ups_refused_total", ["limit": limit.rawValue], count)
            }
            sources.deliveries.write(to: &text)
            sources.audit.write(to: &text)
            sources.access.write(to: &text)
            sources.mirror.counts.write(to: &text)
            sources.purger.write(to: &text)
            PageMetrics.write(sources.pages(), to: &text)
            CertificateMetrics.write(sources.listeners, to: &text)
            let database = sources.store.place
            text.add(
                "allclear_database_bytes", .gauge, "The size of the database's files.", by: "file",
                ["database": Self.size(database), "wal": Self.size(database + "-wal")])
            text.add(
                "allclear_database_checkpoints_external", .gauge,
                "1 if another program, such as Litestream, checkpoints the database, 0 if this server does.",
                sources.store.checkpoints == .external ? 1 : 0)
            text.add(
                "allclear_standby", .gauge, "1 if this server serves a copy and refuses writes, otherwise 0.",
                sources.store.isStandby ? 1 : 0)
            if sources.store.isStandby {
                text.add(
                    "allclear_standby_age_seconds", .gauge, "The age of the standby's copy, in seconds.",
                    sources.standbyAge())
            }
            replication.write(of: sources.store, to: &text)
        }
        text.describe("allclear_build_info", "gauge", "Always 1, with the version and commit as labels.")
        text.sample("allclear_build_info", ["version": BuildInfo.version, "commit": BuildInfo.commit ?? ""], 1)
        configuration.write(to: &text)
        ProcessFacts.write(to: &text)
        return Self.answer(.ok, text.text, type: "text/plain; version=0.0.4; charset=utf-8")
    }

    /// The size of a file in bytes; 0 without one.
    static func size(_ path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }

    private static func answer(
        _ status: HTTPResponse.Status, _ body: String, type: String = "application/json"
    ) -> Response {
        let fields: HTTPFields = [.contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"]
        return Response(status, fields: fields, body: Array(body.utf8))
    }
}
