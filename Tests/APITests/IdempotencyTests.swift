import Dispatch
import GRDB
import HTTPTypes
import Locking
import Logging
import ManagementAPI
import StatusPages
import TestSupport
import Testing

@testable import Storage
@testable import allclear

@Suite struct IdempotencyTests {
    @Test(
        "A repeated key gets the first response, whatever happened since", arguments: Transport.allCases
    )
    func replay(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let first = try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: "same"))
        #expect(first.field("Idempotent-Replayed") == nil)
        let id = try #require(first.string("/status_page_incident/id"))
        try server.update(id, #""incident_status": "resolved""#)
        // The rest of the body does not matter, even if it is invalid.
        for body in [
            Body.incident(key: "same"), Body.incident(key: "same", name: "Other"),
            #"{"status_page_id": "{acme}", "idempotency_key": "same", "name": 5}"#,
        ] {
            let again = try server.publish(.post, "/v2/status_page_incidents", body)
            #expect(again.status == 201)
            #expect(again.body == first.body)
            #expect(again.field("Idempotent-Replayed") == "true")
        }
        #expect(try server.get("/v2/status_page_incidents?status_page_id={acme}").count("/status_page_incidents") == 1)
    }

    @Test("A replay says whether its body differs, and the log warns if so", arguments: Transport.allCases)
    func differing(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let sound = Body.incident(key: "same")
        #expect(try server.publish(.post, "/v2/status_page_incidents", sound).status == 201)
        func warnings() -> [RecordedLog.Line] { server.log.lines.filter { $0.level == .warning } }
        func differs(_ body: String) throws -> Bool {
            let answer = try server.publish(.post, "/v2/status_page_incidents", body)
            #expect(answer.status == 201)
            #expect(answer.field("Idempotent-Replayed") == "true")
            return answer.field("Idempotent-Replay-Differs") == "true"
        }
        #expect(try !differs(sound))
        // The same body in another form: reordered members, white space, an absent value.
        let reordered = """
            {"notify_subscribers":false, "idempotency_key" : "same", "message": "We are looking into it\\u002e",
             "incident_status": "investigating", "name": "Login fails", "status_page_id": "{acme}",
             "component_statuses": null}
            """
        #expect(try !differs(reordered))
        #expect(warnings().isEmpty)
        #expect(try differs(Body.incident(key: "same", name: "Search fails")))
        #expect(try differs(Body.incident(key: "same", Body.components(["Login": "full_outage"]))))
        #expect(warnings().count == 2)
        let warning = try #require(warnings().last)
        #expect(warning.metadata["page"] == server.ids["acme"])
        #expect(warning.metadata["kind"] == "incident")
        #expect(warning.metadata["key"] != nil)
        #expect(warning.metadata["request_id"] != nil)
        #expect(!server.log.lines.contains { "\($0)".contains("Search fails") })
        let metrics = try server.call(.get, "/metrics", token: nil).text
        for (body, count) in [("same", 2), ("different", 2), ("unknown", 0)] {
            #expect(metrics.contains("allclear_idempotent_replays_total{body=\"\(body)\"} \(count)\n"))
        }
    }

    @Test(
        "Every kind of create request reports a replay with a different body",
        arguments: [
            ("/v2/status_page_incidents", Body.incident()), (maintenancesPath, Body.maintenance()),
            (
                "/v2/status_page_retrospective_incidents",
                """
                {"status_page_id": "{acme}", "name": "Login fails", "idempotency_key": "key-1", "updates": [
                 {"incident_status": "resolved", "message": "Was.", "published_at": "2025-01-01T01:00:00Z"}]}
                """
            ),
        ])
    func kinds(path: String, body: String) throws {
        let server = try TestServer()
        defer { server.remove() }
        let first = try server.publish(.post, path, body)
        #expect(first.status == 201)
        for (body, differs) in [(body, nil), (body.replacing("acme}\"", with: "acme}\", \"x\": 1"), "true")] {
            let again = try server.publish(.post, path, body)
            #expect(again.body == first.body)
            #expect(again.field("Idempotent-Replay-Differs") == differs)
        }
    }

    @Test("A replay of a key without a stored body hash does not say whether the body differs")
    func unknown() throws {
        let server = try TestServer()
        defer { server.remove() }
        #expect(try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: "same")).status == 201)
        try server.application.store.pool.write { db in
            try db.execute(sql: "UPDATE idempotent_responses SET request_hash = NULL")
        }
        let again = try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: "same", name: "Other"))
        #expect(again.field("Idempotent-Replayed") == "true")
        #expect(again.field("Idempotent-Replay-Differs") == nil)
        #expect(!server.log.lines.contains { $0.level == .warning })
        let metrics = try server.call(.get, "/metrics", token: nil).text
        #expect(metrics.contains("allclear_idempotent_replays_total{body=\"unknown\"} 1\n"))
    }

    @Test("A key is unique within its page, and a rejected request does not use it up")
    func scope() throws {
        let server = try TestServer()
        defer { server.remove() }
        let refused = try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: "k", name: ""))
        #expect(refused.status == 422)
        let made = try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: "k"))
        #expect(made.field("Idempotent-Replayed") == nil)
        let elsewhere = try server.publish(
            .post, "/v2/status_page_incidents", Body.incident(key: "k").replacing("{acme}", with: "{clients}"))
        #expect(elsewhere.status == 201)
        #expect(elsewhere.string("/status_page_incident/id") != made.string("/status_page_incident/id"))
    }

    @Test("A key survives a restart")
    func restart() throws {
        let directory = try TemporaryDirectory()
        let before = try TestServer(directory: directory)
        let first = try before.publish(.post, "/v2/status_page_incidents", Body.incident(key: "same"))
        try before.stop()
        let after = try TestServer(directory: directory)
        defer { after.remove() }
        #expect(after.ids == before.ids)
        let again = try after.publish(.post, "/v2/status_page_incidents", Body.incident(key: "same"))
        #expect(again.body == first.body)
        #expect(again.field("Idempotent-Replayed") == "true")
    }

    @Test(
        "If many concurrent requests use one key, one of them creates, and all get its response",
        arguments: Transport.allCases)
    func race(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let token = try server.token(.statusPagePublisher)
        let bodies = Locked<[[UInt8]: Int]>([:])
        let originals = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            let response = try? server.call(
                .post, "/v2/status_page_incidents", token: token, body: Body.incident(key: "race"))
            guard let response, response.status == 201 else { return }
            bodies.withLock { $0[response.body, default: 0] += 1 }
            if response.field("Idempotent-Replayed") == nil { originals.withLock { $0 += 1 } }
        }
        #expect(bodies.withLock { Array($0.values) } == [16])
        #expect(originals.withLock { $0 } == 1)
        #expect(try server.get("/v2/status_page_incidents?status_page_id={acme}").count("/status_page_incidents") == 1)
    }
}
