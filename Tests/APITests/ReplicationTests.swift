import Glibc
import HTTPTypes
import Locking
import Logging
import Storage
import TestSupport
import Testing

@testable import allclear

/// The answers that clients get while writes cannot be replicated.
@Suite("Replication", .timeLimit(.patientMinutes(2)))
struct ReplicationTests {
    /// A replica that fails when the test says so.
    private final class Replica: Replicator {
        struct Away: Error {}

        private let isAway = Locked(false)

        func set(away: Bool) { isAway.withLock { $0 = away } }

        func sync() throws { if isAway.withLock({ $0 }) { throw Away() } }
    }

    private let replica = Replica()

    private func makeServer(_ onFailure: Replication.OnFailure) throws -> TestServer {
        let server = try TestServer(.socket, replicator: replica) { configuration in
            configuration.replication = ReplicationSettings(socket: "unused", onFailure: onFailure)
        }
        // Make the reader's key now, while writes are replicated.
        _ = try server.get("/v2/status_pages")
        _ = try server.declare(key: "before")
        return server
    }

    private func create(_ key: String, on server: TestServer) throws -> TestResponse {
        try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: key))
    }

    private func metric(_ name: String, of server: TestServer) throws -> Double? {
        try MonitoringTests.samples(String(decoding: server.call(.get, "/metrics", token: nil).body, as: UTF8.self))[
            name]
    }

    @Test("A write that cannot be replicated gets 503, is not shown, and is found by its idempotency key later")
    func refuse() throws {
        let server = try makeServer(.refuse)
        defer { server.remove() }
        replica.set(away: true)
        let refused = try create("lost", on: server)
        #expect(refused.status == 503)
        #expect(refused.fields[.retryAfter] == "5")
        #expect(refused.string("/errors/0/code") == "storage_unavailable")
        #expect(refused.string("/errors/0/message")?.contains("may or may not be stored") == true)
        #expect(try create("next", on: server).string("/errors/0/message")?.contains("Nothing was changed") == true)
        #expect(try server.widget().count("/ongoing_incidents") == 1)
        #expect(try server.call(.get, "/readyz", token: nil).status == 503)
        #expect(try metric("allclear_replication_failures_total", of: server) ?? 0 > 0)
        #expect(try metric("allclear_replication_lag_seconds", of: server) ?? 0 > 0)
        replica.set(away: false)
        // Without any request, the write is replicated and then shown.
        var shown = try server.widget()
        for _ in 0..<400 where shown.count("/ongoing_incidents") != 2 {
            usleep(25_000)
            shown = try server.widget()
        }
        #expect(shown.count("/ongoing_incidents") == 2)
        let again = try create("lost", on: server)
        #expect(again.status == 201)
        #expect(again.field("Idempotent-Replayed") == "true")
        #expect(try server.widget().count("/ongoing_incidents") == 2)
        #expect(try metric("allclear_replication_lag_seconds", of: server) == 0)
        #expect(server.log.lines.contains { $0.message == "all writes are replicated again" })
    }

    @Test("With on_failure local, the write is answered, and metrics and log say that replication lags")
    func local() throws {
        let server = try makeServer(.local)
        defer { server.remove() }
        replica.set(away: true)
        #expect(try create("local", on: server).status == 201)
        #expect(try server.widget().count("/ongoing_incidents") == 2)
        #expect(try server.call(.get, "/readyz", token: nil).status == 200)
        #expect(try metric("allclear_replication_lag_seconds", of: server) ?? 0 > 0)
        #expect(
            server.log.messages(.error) == ["replication failed: writes are accepted, but only this machine has them"])
    }

    @Test("Without replication, there are no replication metrics")
    func off() throws {
        let server = try TestServer()
        defer { server.remove() }
        #expect(try metric("allclear_replication_lag_seconds", of: server) == nil)
    }
}
