import GRDB
import HTTPTypes
import Publishing
import StatusPages
import Testing

@testable import Storage
@testable import allclear

/// Writes that change more deliveries than one transaction may.
@Suite("Large writes by API") struct LargeWriteTests {
    private static let count = 1_203

    /// An incident with deliveries.
    private func incident(_ server: TestServer, _ state: Delivery.State) throws -> ID<Incident> {
        let subscriber = try server.subscribe("jo@example.com")
        let body = Body.incident(key: "a").replacing(
            "\"notify_subscribers\": false", with: "\"notify_subscribers\": true")
        let made = try server.publish(.post, "/v2/status_page_incidents", body)
        let id: ID<Incident> = try #require(made.string("/status_page_incident/id").flatMap { ID($0) })
        try server.application.store.write { transaction in
            let notification = try #require(
                try transaction.reading.notifications(of: subscriber.pageID, limit: 1)?.first)
            let newID = IDSource().next
            for _ in 0..<Self.count {
                try transaction.insert(
                    Delivery(
                        id: ID(newID()), pageID: subscriber.pageID, subscriberID: subscriber.id, channel: .email,
                        kind: .update, notificationID: notification.id, eventID: id.ulid, state: state,
                        createdAt: Clock.now()))
            }
        }
        return id
    }

    private func counts(_ server: TestServer) throws -> TestResponse {
        try server.get("/v2/status_page_notifications?status_page_id={acme}")
    }

    @Test("The answer to a deletion comes after all deliveries are cancelled", arguments: Transport.allCases)
    func deletion(transport: Transport) throws {
        let server = try TestServer.mailing(transport)
        defer { server.remove() }
        let incident = try incident(server, .pending)
        let answer = try server.publish(.delete, "/v2/status_page_incidents/\(incident)", "")
        #expect(answer.status == 204)
        let text = try counts(server).text
        #expect(text.contains(#""cancelled":\#(Self.count)"#) && text.contains(#""pending":0"#), "\(text)")
        #expect(try server.application.store.read { try $0.cancelledEvents() } == [])
    }

    @Test("A stored deletion succeeds, even if the remaining deliveries cannot be cancelled yet")
    func interrupted() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let incident = try incident(server, .pending)
        try server.application.store.pool.write { db in
            try db.execute(
                sql: """
                    CREATE TRIGGER fails BEFORE UPDATE ON deliveries WHEN EXISTS (SELECT 1 FROM cancelled_events) BEGIN
                        SELECT RAISE(ABORT, 'no');
                    END
                    """)
        }
        let path = "/v2/status_page_incidents/\(incident)"
        #expect(try server.publish(.delete, path, "").status == 204)
        #expect(try server.show(incident.description).status == 404)
        #expect(try server.application.store.read { try $0.cancelledEvents() } == [incident.ulid])
    }

    @Test("A retry of many deliveries retries each once, and reports their number", arguments: Transport.allCases)
    func retry(transport: Transport) throws {
        let server = try TestServer.mailing(transport)
        defer { server.remove() }
        _ = try incident(server, .failed)
        let path = "/v2/status_page_deliveries/actions/retry"
        let body = #"{"status_page_id": "{acme}", "since": "2020-01-01T00:00:00Z"}"#
        let token = try server.token(.subscribersManage)
        #expect(try server.call(.post, path, token: token, body: body).text == #"{"retried":\#(Self.count)}"#)
        #expect(try counts(server).text.contains(#""failed":0"#))
        #expect(try server.call(.post, path, token: token, body: body).text == #"{"retried":0}"#)
        let events = try server.application.store.read { try $0.auditEvents(matching: AuditFilter(), limit: 100) } ?? []
        #expect(
            events.filter { $0.action == .retried }.map { $0.changes.fields["retried"] }
                == [203, 500, 500].map { .values(before: .number(0), after: .number($0)) })
    }
}
