import Glibc
import HTTPTypes
import Logging
import TestSupport
import Testing

@testable import allclear

/// The answers that clients get while the disk under the database fails.
@Suite("A disk that fails", .timeLimit(.patientMinutes(2)))
struct FailingDiskTests {
    private let disk: FaultyDisk
    private let server: TestServer

    init() throws {
        disk = try FaultyDisk()
        server = try TestServer(directory: disk.directory)
        _ = try server.declare(key: "before")
        // Make the reader's key now, while the disk accepts writes.
        _ = try server.get("/v2/status_pages")
    }

    private func create(_ key: String) throws -> TestResponse {
        try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: key))
    }

    @Test("A write that fails on a full disk changes nothing, and can be retried")
    func full() throws {
        defer { server.remove() }
        disk.fail(.full(.log))
        let refused = try create("full")
        #expect(refused.status == 503)
        #expect(refused.fields[.retryAfter] == "5")
        #expect(refused.string("/errors/0/message")?.contains("Nothing was changed") == true)
        // A full disk is not an error of the server, so both lines about the request are warnings.
        let lines = server.log.lines.filter { $0.metadata["request_id"] == refused.field("X-Request-ID") }
        #expect(lines.map(\.message) == ["request failed", "request"])
        #expect(lines.allSatisfy { $0.level == .warning })
        #expect(try server.widget().count("/ongoing_incidents") == 1)
        #expect(try server.get("/v2/status_pages").status == 200)
        disk.heal()
        #expect(try create("full").status == 201)
        #expect(try server.widget().count("/ongoing_incidents") == 2)
    }

    @Test(
        "After a failed fsync the response says that the write is uncertain, and a retry with the same key settles it")
    func uncertain() throws {
        defer { server.remove() }
        disk.fail(.sync(.log))
        let refused = try create("lost")
        #expect(refused.status == 503)
        #expect(refused.fields[.retryAfter] == "5")
        #expect(refused.string("/errors/0/code") == "storage_unavailable")
        #expect(refused.string("/errors/0/message")?.contains("may or may not be stored") == true)
        // A write after the failed one is not started.
        #expect(try create("next").string("/errors/0/message")?.contains("Nothing was changed") == true)
        #expect(try server.widget().count("/ongoing_incidents") == 1)
        #expect(try server.get("/v2/status_page_incidents?status_page_id={acme}").count("/status_page_incidents") == 1)
        disk.heal()
        var again = try create("lost")
        // The failed attempt to open the database delays the next attempt.
        for _ in 0..<200 where again.status != 201 {
            usleep(50_000)
            again = try create("lost")
        }
        #expect(again.status == 201)
        // Whether or not the first write was stored, every reader now sees the incident once.
        #expect(try server.widget().count("/ongoing_incidents") == 2)
        #expect(try server.get("/v2/status_page_incidents?status_page_id={acme}").count("/status_page_incidents") == 2)
        #expect(try create("lost").string("/status_page_incident/id") == again.string("/status_page_incident/id"))
    }
}
