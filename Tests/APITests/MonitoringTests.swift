import HTTPServer
import HTTPTypes
import Locking
import Logging
import ManagementAPI
import PublicPages
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import allclear

@Suite("Monitoring")
struct MonitoringTests {
    /// The samples of a metrics text, by name with labels. Fails if a line breaks the format.
    static func samples(_ text: String) throws -> [String: Double] {
        var samples: [String: Double] = [:]
        var described: Set<Substring> = []
        #expect(text.hasSuffix("\n"))
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if let match = line.wholeMatch(of: /# HELP ([a-z_]+) \S.*/) {
                #expect(described.insert(match.1).inserted, "\(match.1) is described twice")
            } else if line.wholeMatch(of: /# TYPE ([a-z_]+) (?:counter|gauge|histogram)/) == nil {
                let match = try #require(
                    line.wholeMatch(of: /([a-z_]+)((?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})?) (\S+)/), "\(line)")
                let base = match.1.replacing(/_(bucket|sum|count)$/, with: "")
                #expect(described.contains(match.1) || described.contains(base[...]), "\(line)")
                let name = "\(match.1)\(match.2)"
                #expect(samples[name] == nil, "\(name) is there twice")
                samples[name] = Double(String(match.3)) ?? .nan
            }
        }
        return samples
    }

    @Test("/healthz and /readyz are served on the public listener, without a key", arguments: Transport.allCases)
    func health(_ transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        for (path, state) in [("/healthz", "alive"), ("/readyz", "ready")] {
            let answer = try server.call(.get, path, token: nil)
            #expect(answer.status == 200)
            #expect(answer.field("X-Request-ID") == server.log.lines.last?.metadata["request_id"])
            #expect(answer.string("/status") == state)
            #expect(answer.field("Cache-Control") == "no-store")
            #expect(try server.call(.head, path, token: nil).status == 200)
            let refused = try server.call(.post, path, token: nil)
            #expect(refused.status == 405)
            #expect(refused.field("Allow") == "GET, HEAD")
        }
    }

    @Test(
        "Only /healthz and /readyz are answered when too many requests wait",
        arguments: ["/healthz", "/healthz?now", "/readyz"])
    func urgency(target: String) throws {
        let server = try TestServer()
        defer { server.remove() }
        func isUrgent(_ target: String) -> Bool {
            let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: target)
            return server.application.frontDoor.isUrgent(Request(head: head, body: .complete([]), remoteAddress: ""))
        }
        #expect(isUrgent(target))
        for other in ["/metrics", "/healthz/", "/v2/status_pages"] { #expect(!isUrgent(other), "\(other)") }
    }

    @Test("A server that stops is alive and not ready")
    func stopping() throws {
        let server = try TestServer()
        defer { server.remove() }
        server.application.monitor.leave()
        #expect(try server.call(.get, "/healthz", token: nil).status == 200)
        let answer = try server.call(.get, "/readyz", token: nil)
        #expect(answer.status == 503)
        #expect(answer.string("/status") == "stopping")
        #expect(server.log.lines.last?.level == .warning)
    }

    @Test("A server is not ready while its database is not writable")
    func unwritable() throws {
        let server = try TestServer()
        defer { server.remove() }
        try server.application.store.write { _ in
            let answer = try server.call(.get, "/readyz", token: nil)
            #expect(answer.status == 503)
            #expect(answer.string("/status") == "a write takes too long")
        }
        #expect(try server.call(.get, "/readyz", token: nil).status == 200)
    }

    @Test("Requests are counted by route, method and status", arguments: Transport.allCases)
    func counted(_ transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        for _ in 0..<3 { #expect(try server.get("/v2/status_pages").status == 200) }
        #expect(try server.get("/v2/status_pages/01M00000000000000000000000").status == 404)
        #expect(try server.call(.get, "/no/such/path", token: nil).status == 404)
        #expect(try server.publish(.post, "/v2/status_page_incidents", "{}").status == 422)
        #expect(try server.widget().status == 200)
        let answer = try server.call(.get, "/metrics", token: nil)
        #expect(answer.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        let samples = try Self.samples(answer.text)
        func count(_ route: String, _ method: String, _ status: Int) -> Double? {
            samples[#"allclear_requests_total{route="\#(route)",method="\#(method)",status="\#(status)"}"#]
        }
        #expect(count("/v2/status_pages", "GET", 200) == 3)
        #expect(count("/v2/status_pages/{status_page_id}", "GET", 404) == 1)
        #expect(count("/v2/status_page_incidents", "POST", 422) == 1)
        #expect(count("none", "GET", 404) == 1)
        #expect(samples[#"allclear_request_duration_seconds_count{route="/v2/status_pages"}"#] == 3)
        #expect(samples[#"allclear_request_duration_seconds_bucket{route="/v2/status_pages",le="+Inf"}"#] == 3)
        #expect(samples["allclear_pages"] == Double(server.application.site.servedPages.count))
        #expect(samples["allclear_writes_waiting"] == 0)
        #expect(samples["allclear_config_last_reload_successful"] == 1)
        #expect((samples["allclear_config_last_reload_success_timestamp_seconds"] ?? 0) > 1_700_000_000)
        #expect((samples["allclear_database_bytes{file=\"wal\"}"] ?? 0) > 0)
        #expect((samples["process_resident_memory_bytes"] ?? 0) > 1_000_000)
        if transport == .socket {
            #expect(samples[#"allclear_widget_reads_total{kind="read",status="200"}"#] == 1)
            #expect((samples["allclear_http_requests_total"] ?? 0) >= 7)
            #expect((samples["allclear_http_bytes_total{direction=\"sent\"}"] ?? 0) > 1_000)
        }
    }

    @Test("Ongoing events are counted by page and status, without a database query", arguments: Transport.allCases)
    func goingOn(_ transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        func sample(_ name: String, _ status: String) throws -> Double? {
            let samples = try Self.samples(try server.call(.get, "/metrics", token: nil).text)
            return samples[#"\#(name){page="acme",status="\#(status)"}"#]
        }
        let count = try #require(try sample("allclear_components", "operational"))
        #expect(count > 0)
        for status in ["investigating", "identified", "monitoring"] {
            #expect(try sample("allclear_incidents_ongoing", status) == 0)
        }
        let answer = try server.publish(
            .post, "/v2/status_page_incidents",
            """
            {"status_page_id": "{acme}", "name": "Logins fail", "incident_status": "investigating", "message": "News",
            "notify_subscribers": false, "idempotency_key": "k", \(Body.components(["Login": "full_outage"]))}
            """)
        #expect(answer.status == 201)
        #expect(try sample("allclear_incidents_ongoing", "investigating") == 1)
        #expect(try sample("allclear_incidents_ongoing", "resolved") == nil)
        #expect(try sample("allclear_components", "full_outage") == 1)
        #expect(try sample("allclear_components", "operational") == count - 1)
        #expect(try sample("allclear_maintenances_unfinished", "maintenance_scheduled") == 0)
        let samples = try Self.samples(try server.call(.get, "/metrics", token: nil).text)
        let build = samples.first { $0.key.hasPrefix("allclear_build_info{") }
        #expect(build?.value == 1)
        #expect(build?.key.contains(#"version="0."#) == true)
        #expect(build?.key.contains("commit=") == true)
        #expect(samples["allclear_database_checkpoints_external"] == 0)
    }

    @Test(
        "Metrics are not on the public listener if disabled or on a separate listener", arguments: [true, false])
    func apart(_ hasListener: Bool) throws {
        let server = try TestServer(configure: { configuration in
            if hasListener {
                configuration.monitoring.listen = SocketAddress(host: "127.0.0.1", port: 0)
            } else {
                configuration.monitoring.metrics = false
            }
        })
        defer { server.remove() }
        #expect(try server.call(.get, "/metrics", token: nil).status == 404)
        #expect(try server.call(.get, "/healthz", token: nil).status == 200)
    }

    @Test("Waiting readers and streams are counted; those over a limit are logged with the limit's name")
    func live() throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let tag = try #require(try server.widget().field("ETag"))
        let wait = { try server.call(.get, "/acme/api/v1/summary?wait=1", token: nil, fields: [.ifNoneMatch: tag]) }
        #expect(try wait().status == 304)
        #expect(
            server.reload {
                $0.live.maxWaiting = 0
                $0.live.maxStreams = 0
            })
        #expect(try wait().status == 503)
        let refused = try #require(server.log.lines.last { $0.message == "request rejected" }).metadata
        #expect(refused["limit"] == "live.max_waiting")
        #expect(refused["route"] == "{page}/api/v1/summary")
        #expect(try server.call(.get, "/acme/api/v1/stream", token: nil).status == 200)
        let warning = server.log.lines.last {
            $0.message == "a limit was reached: requests are answered at once and do not wait"
        }
        #expect(warning?.metadata["limit"] == "live.max_streams")
        let samples = try Self.samples(try server.call(.get, "/metrics", token: nil).text)
        func reads(_ kind: String, _ status: String) -> Double? {
            samples[#"allclear_widget_reads_total{kind="\#(kind)",status="\#(status)"}"#]
        }
        #expect(reads("read", "200") == 1)
        #expect(reads("wait", "304") == 1)
        #expect(reads("wait", "200") == 0)
        #expect(reads("stream", "200") == 1)
        for limit in ["live.max_waiting", "live.max_streams"] {
            #expect(samples[#"allclear_http_requests_rejected_total{reason="\#(limit)"}"#] == 1)
        }
        for limit in ["max_buffered_body_bytes", "max_waiting_requests", "other"] {
            #expect(samples[#"allclear_http_requests_rejected_total{reason="\#(limit)"}"#] == 0)
        }
        #expect(samples["allclear_writes_rejected_total"] == 0)
    }

    @Test("The metrics count the events of the audit log, those of other processes included")
    func auditLog() throws {
        let server = try TestServer()
        defer { server.remove() }
        func samples() throws -> [String: Double] {
            try Self.samples(try server.call(.get, "/metrics", token: nil).text)
        }
        // Also makes the key.
        _ = try server.declare(key: "a")
        let before = try samples()
        _ = try server.declare(key: "b")
        _ = try server.declare(key: "c")
        let other = try Store(path: server.application.store.path)
        try other.write(as: .commandLine) { transaction in
            _ = try server.application.publishing.createPage(
                slug: "made", name: "Made", kind: .public, in: transaction)
        }
        try other.close()
        for _ in 0..<2 {
            let samples = try samples()
            for (actor, count) in [("api_key", 2.0), ("command_line", 1), ("configuration", 0), ("clock", 0)] {
                let name = #"allclear_audit_events_total{actor="\#(actor)"}"#
                #expect(samples[name] == (before[name] ?? 0) + count, "\(actor)")
            }
            #expect(samples["allclear_audit_log_events"] == (before["allclear_audit_log_events"] ?? 0) + 3)
        }
    }

    @Test("The monitoring listener serves only the monitoring paths")
    func own() async throws {
        let server = try TestServer()
        defer { server.remove() }
        let handler = MonitoringHandler(
            monitor: server.application.monitor, log: RequestLog(logger: server.log.logger), newRequestID: { "id" })
        func ask(_ path: String) async throws -> Response {
            let answer = Locked<Response?>(nil)
            let isAnswered = Event()
            let head = HTTPRequest(method: .get, scheme: nil, authority: "a", path: path)
            handler.handle(
                Request(head: head),
                respond: Responder { response in
                    answer.withLock { $0 = response }
                    isAnswered.happen()
                })
            #expect(await OwnThread.run { isAnswered.wait() })
            return try #require(answer.withLock { $0 })
        }
        for (path, status, level) in [
            ("/metrics", 200, Logger.Level.debug), ("/healthz", 200, .debug), ("/readyz", 200, .debug),
            ("/v2/status_pages", 404, .info),
        ] {
            let answer = try await ask(path)
            #expect(answer.head.status.code == status)
            #expect(answer.head.headerFields[.xRequestID] == "id")
            let line = try #require(server.log.lines.last)
            #expect(line.level == level)
            #expect(line.metadata["path"] == path)
        }
        server.application.monitor.leave()
        #expect(try await ask("/readyz").head.status.code == 503)
        #expect(server.log.lines.last?.level == .warning)
        #expect(server.log.lines.last?.metadata["request_id"] == "id")
        _ = handler.response(to: .gone, of: RefusedRequest(remoteAddress: "192.0.2.1"))
        #expect(server.log.lines.last?.message == "request rejected")
    }

    @Test("Label values and durations are written in the Prometheus format")
    func text() throws {
        var text = MetricsText()
        text.add("a", .gauge, "Help.", by: "l", ["quote\" back\\slash\nline": 1.5])
        var histogram = Histogram()
        for milliseconds in [1, 2, 3_000, 60_000] { histogram.note(.milliseconds(milliseconds)) }
        text.describe("h", "histogram", "Help.")
        text.samples("h", ("r", "x"), histogram: histogram)
        #expect(text.text.hasPrefix("# HELP a Help.\n# TYPE a gauge\na{l=\"quote\\\" back\\\\slash\\nline\"} 1.5\n"))
        #expect(text.text.contains("h_bucket{r=\"x\",le=\"0.001\"} 1\nh_bucket{r=\"x\",le=\"0.0025\"} 2\n"))
        #expect(text.text.contains("le=\"2.5\"} 2\nh_bucket{r=\"x\",le=\"10.0\"} 3\nh_bucket{r=\"x\",le=\"+Inf\"} 4\n"))
        #expect(text.text.hasSuffix("h_sum{r=\"x\"} 63.003\nh_count{r=\"x\"} 4\n"))
    }
}
