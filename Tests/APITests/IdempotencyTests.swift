import Locking
import ManagementAPI
import StatusPages
import Dispatch
import HTTPTypes
import TestSupport
import Testing

@Suite struct IdempotencyTests {
    @Test(
        "A key that comes again gets the first answer again, whatever has happened since", arguments: Transport.allCases
    )
    func replay(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let first = try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: "same"))
        #expect(first.field("Idempotent-Replayed") == nil)
        let id = try #require(first.string("/status_page_incident/id"))
        try server.update(id, #""incident_status": "resolved""#)
        // The rest of the body does not count, not even where it is wrong.
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

    @Test("A key counts within its page, and a refused request uses up none")
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

    @Test("A key outlives the server")
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

    @Test("Of many that race with one key one is made, and all get it", arguments: Transport.allCases)
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
