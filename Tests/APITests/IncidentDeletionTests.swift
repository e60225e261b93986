import HTTPTypes
import StatusPages
import TestSupport
import Testing

@testable import allclear

@Suite struct IncidentDeletionTests {
    private static let path = "/v2/status_page_incidents"

    private func delete(_ incident: String, _ server: TestServer) throws -> TestResponse {
        try server.call(.delete, "\(Self.path)/\(incident)", token: try server.token(.statusPagePublisher))
    }

    private func list(_ server: TestServer, _ query: String = "") throws -> [String] {
        let response = try server.get("\(Self.path)?status_page_id={acme}&\(query)")
        return (0..<(response.count("/status_page_incidents") ?? 0)).compactMap {
            response.string("/status_page_incidents/\($0)/id")
        }
    }

    @Test("A deleted incident is gone everywhere", arguments: Transport.allCases)
    func deletion(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let empty = try server.widget().json()
        let kept = try server.declare(key: "kept", Body.components(["Website": "degraded_performance"]))
        for isResolved in [false, true] {
            let id = try server.declare(key: "\(isResolved)", Body.components(["Login": "full_outage"]))
            let update = try #require(try server.show(id).string("/status_page_incident/updates/0/id"))
            if isResolved { try server.update(id, #""incident_status": "resolved""#) }
            #expect(try list(server) == [id, kept])
            let response = try delete(id, server)
            #expect(response.status == 204)
            #expect(response.body.isEmpty)
            #expect(response.fields[.contentType] == nil)
            #expect(try delete(id, server).status == 404)
            #expect(try server.show(id).status == 404)
            #expect(try server.publish(.put, "\(Self.path)/\(id)", #"{"name": "x"}"#).status == 404)
            let note = try server.publish(.post, "/v2/status_page_incident_updates", Body.update(of: id))
            #expect(note.status == 404)
            let edit = try server.publish(.put, "/v2/status_page_incident_updates/\(update)", #"{"message": "x"}"#)
            #expect(edit.status == 404)
            #expect(try server.get("/v1/status-pages/{acme}/incidents/\(id)/response-incidents").status == 404)
            #expect(try list(server) == [kept])
            #expect(try list(server, "component_id={Login}").isEmpty)
            #expect(try list(server, "start_at=2020-01-01T00:00:00Z") == [kept])
            #expect(try server.get("\(Self.path)?status_page_id={acme}&after=\(id)").errors == ["invalid_value /after"])
            #expect(try server.widget().string("/ongoing_incidents/0/id") == kept)
            #expect(try server.widget().count("/ongoing_incidents") == 1)
        }
        #expect(try delete(kept, server).status == 204)
        #expect(try server.widget().json() == empty)
    }

    @Test("The downtime of a deleted incident no longer counts")
    func availability() throws {
        let server = try TestServer()
        defer { server.remove() }
        let updates = """
            [{"incident_status": "investigating", "message": "Down.", "published_at": "2025-01-01T00:00:00Z",
              \(Body.components(["Login": "full_outage"]))},
             {"incident_status": "resolved", "message": "Up.", "published_at": "2025-01-02T00:00:00Z"}]
            """
        let made = try server.publish(
            .post, "/v2/status_page_retrospective_incidents",
            #"{"status_page_id": "{acme}", "name": "Then", "idempotency_key": "a", "updates": \#(updates)}"#)
        let id = try #require(made.string("/status_page_incident/id"))
        let path =
            "/v2/status_pages/{acme}/components/{Login}/availability"
            + "?start_at=2025-01-01T00:00:00Z&end_at=2025-01-03T00:00:00Z"
        let percent = "/availability/availability_percent"
        #expect(try server.get(path).string(percent) == "50.00")
        #expect(try delete(id, server).status == 204)
        // The deletion also removes the incident from the page's history.
        #expect(try server.get(path).status == 200)
        #expect(try server.get(path).json(percent) == nil)
    }

    @Test(
        "The idempotency key of a deleted incident still gets the first response, and creates nothing",
        arguments: Transport.allCases)
    func replay(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let first = try server.publish(.post, Self.path, Body.incident(key: "same"))
        let id = try #require(first.string("/status_page_incident/id"))
        #expect(try delete(id, server).status == 204)
        let again = try server.publish(.post, Self.path, Body.incident(key: "same"))
        #expect(again.status == 201)
        #expect(again.body == first.body)
        #expect(again.field("Idempotent-Replayed") == "true")
        #expect(try list(server).isEmpty)
    }

    @Test("Deleting requires the publisher role and an incident on a visible page")
    func access() throws {
        let server = try TestServer()
        defer { server.remove() }
        let id = try server.declare(key: "a")
        let reader = try server.token(.statusPageViewer, .manageSettings, .apiKeysManage)
        let refused = try server.call(.delete, "\(Self.path)/\(id)", token: reader)
        #expect(refused.status == 403)
        #expect(refused.errors == ["missing_required_scope"])
        for unknown in ["unknown", "01ARZ3NDEKTSV4RRFFQ69G5FAV"] {
            #expect(try delete(unknown, server).errors == ["not_found"])
        }
        var hidden = testPages
        hidden[0].kind = .internal
        hidden[0].domain = nil
        server.reload { $0.pages = hidden }
        #expect(try delete(id, server).status == 404)
        #expect(try server.get("/v1/status-pages/{acme}/incidents/\(id)/response-incidents").status == 404)
        server.reload { $0.pages = testPages }
        #expect(try server.show(id).status == 200)
    }

    @Test("Incidents are never linked to other incidents", arguments: Transport.allCases)
    func responseIncidents(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let id = try server.declare(key: "a")
        func linked(_ page: String, _ incident: String) -> String {
            "/v1/status-pages/\(page)/incidents/\(incident)/response-incidents"
        }
        let answer = try server.get(linked("{acme}", id))
        #expect(answer.status == 200)
        #expect(answer.text == #"{"incidents":[]}"#)
        let unknown = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        for (page, incident) in [
            ("{acme}", unknown), ("{acme}", "unknown"), (unknown, id), ("unknown", id), ("{inside}", id),
            ("{clients}", id),
        ] {
            #expect(try server.get(linked(page, incident)).errors == ["not_found"], "\(page) \(incident)")
        }
        #expect(try server.publish(.post, linked("{acme}", id), "{}").fields[.allow] == "GET, HEAD")
    }
}
