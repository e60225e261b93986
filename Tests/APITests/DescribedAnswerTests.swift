import Foundation
import HTTPTypes
import JSONInput
import StatusPages
import Testing

@testable import allclear

/// `TestServer` checks every answer in the API tests against the OpenAPI document. These tests make sure that all kinds
/// of answers occur.
@Suite struct DescribedAnswerTests {
    @Test("Every successful answer is as described")
    func successes() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let token = try server.token(.statusPagePublisher, .manageSettings, .apiKeysManage, .subscribersManage)
        let draft = #"{"name": "x", "role_names": ["manage_settings"], "team_ids": [], "team_role_names": []}"#
        let issued = try server.call(.post, "/v1/api_keys", token: token, body: draft)
        let key = try #require(issued.string("/api_key/id"))
        let components = Body.components(["Login": "partial_outage"])
        let incident = try server.declare(key: "a", components)
        let maintenance = try server.schedule(key: "b")
        let update = try #require(try server.show(incident).string("/status_page_incident/updates/0/id"))
        let note = try #require(
            try server.showMaintenance(maintenance).string("/status_page_maintenance/updates/0/id"))
        let made = try server.call(.post, "/v2/status_page_components", token: token, body: #"{"name": "Search"}"#)
        let component = try #require(made.string("/status_page_component/id"))
        let page = try server.makePage("made")
        let structure = #"{"items": [{"component": {"component_id": "{Login}"}}]}"#
        let claim = #"{"resource_type": "status_page_structure", "resource_id": "\#(page)", "annotations": {}}"#
        let updates = """
            [{"incident_status": "investigating", "message": "It is slow.", "published_at": "2025-01-01T00:00:00Z",
              \(components)},
             {"incident_status": "resolved", "message": "It was.", "published_at": "2025-01-01T01:00:00Z"}]
            """
        let record = #"{"status_page_id": "{acme}", "name": "Then", "idempotency_key": "c", "updates": \#(updates)}"#
        let window = #""start_at": "2990-02-01T10:00:00Z", "end_at": "2990-02-01T12:00:00Z""#
        let percent = "start_at=2025-01-01T00:00:00Z&end_at=2025-02-01T00:00:00Z"
        let requests: [(HTTPRequest.Method, String, String)] = [
            (.post, "/v2/status_page_incidents", Body.incident(key: "a")),
            (.post, "/v2/status_page_incident_updates", Body.update(of: incident)),
            (.put, "/v2/status_page_incidents/\(incident)", #"{"name": "Other"}"#),
            (.put, "/v2/status_page_incident_updates/\(update)", #"{"message": "Other"}"#),
            (.get, "/v1/status-pages/{acme}/incidents/\(incident)/response-incidents", ""),
            (.post, "/v2/status_page_retrospective_incidents", record),
            (.get, "/v2/status_page_incidents?status_page_id={acme}&page_size=1", ""),
            (.get, "/v2/status_page_incidents/\(incident)", ""), (.delete, "/v2/status_page_incidents/\(incident)", ""),
            (.post, maintenancesPath, Body.maintenance(key: "b")),
            (.post, "/v2/status_page_maintenance_updates", Body.maintenanceUpdate(of: maintenance)),
            (.put, "\(maintenancesPath)/\(maintenance)", #"{"name": "Other", \#(window)}"#),
            (.put, "/v2/status_page_maintenance_updates/\(note)", #"{"message": "Other"}"#),
            (.get, "\(maintenancesPath)?status_page_id={acme}", ""),
            (.get, "\(maintenancesPath)/\(maintenance)", ""), (.delete, "\(maintenancesPath)/\(maintenance)", ""),
            (.post, "/v2/status_page_components", #"{"name": "Other", "description": "Another"}"#),
            (.get, "/v2/status_page_components", ""), (.get, "/v2/status_page_components/\(component)", ""),
            (.put, "/v2/status_page_components/\(component)", #"{"name": "Third"}"#),
            (.delete, "/v2/status_page_components/\(component)", ""),
            (.get, "/v2/status_pages?page_size=1", ""), (.get, "/v2/status_pages/{acme}", ""),
            (.get, "/v2/status_page_structures/{acme}", ""),
            (.put, "/v2/status_page_structures/\(page)", structure), (.post, "/v2/managed_resources", claim),
            (.get, "/v2/status_pages/{acme}/components/{Login}/availability?\(percent)", ""),
            (.get, "/v2/status_pages/{acme}/widget", ""), (.get, "/v1/identity", ""), (.get, OpenAPITests.path, ""),
            (.get, "/v1/api_keys", ""), (.post, "/v1/api_keys", draft), (.get, "/v1/api_keys/\(key)", ""),
            (.put, "/v1/api_keys/\(key)", draft), (.post, "/v1/api_keys/\(key)/actions/rotate", ""),
            (.delete, "/v1/api_keys/\(key)", ""), (.get, "/v2/audit_events?page_size=2", ""),
        ]
        let subscribers = try server.subscriberRequests().map { ($0.method, $0.path, $0.body ?? "") }
        let api = try server.described()
        var left = Set(api.apiOperations.map(\.name))
        for (method, path, body) in requests + subscribers {
            let answer = try server.call(method, path, token: token, body: body)
            #expect((200..<300).contains(answer.status), "\(method) \(path): \(answer.text)")
            if let operation = api.operation(method, path) { left.remove(operation.name) }
        }
        #expect(left.isEmpty, "add a request to each of these: \(left.sorted().joined(separator: ", "))")
    }

    @Test("Every kind of error is as described", arguments: Transport.allCases)
    func errors(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let token = try server.token(.statusPagePublisher, .manageSettings)
        let viewer = try server.token(.statusPageViewer)
        let incidents = "/v2/status_page_incidents"
        let big = #"{"name": "\#(String(repeating: "x", count: 1_100_000))"}"#
        var requests: [(HTTPRequest.Method, String, token: String?, body: String, status: Int)] = [
            (.get, incidents, nil, "", 401), (.get, incidents, "nonsense", "", 401),
            (.post, incidents, viewer, "", 403), (.get, "\(incidents)/x", viewer, "", 404),
            (.post, incidents, token, #"{"status_page_id": "x"}"#, 404), (.delete, incidents, token, "", 405),
            (.put, "/v2/status_page_components/{Login}", token, "{}", 409),
            (.delete, "/v2/status_page_components/{Login}", token, "", 409),
            (.post, incidents, token, "no JSON", 400), (.post, incidents, token, #"{"status_page_id": "{acme}"}"#, 422),
            (.get, "\(incidents)?page_size=0", viewer, "", 422), (.get, "/v2/nothing", viewer, "", 404),
        ]
        if transport == .socket {
            requests += [
                (.post, incidents, token, big, 413),
                (.get, "\(incidents)?after=\(String(repeating: "x", count: 9_000))", token, "", 414),
                (.get, incidents, String(repeating: "x", count: 40_000), "", 431),
            ]
        }
        for (method, path, token, body, status) in requests {
            let answer = try server.call(method, path, token: token, body: body)
            #expect(answer.status == status, "\(method) \(path) \(body.prefix(40)): \(answer.text)")
        }
    }

    @Test("The check of responses finds deviations")
    func check() throws {
        let server = try TestServer()
        defer { server.remove() }
        let api = try server.described()
        let answer = try server.get("/v1/identity")
        let text = answer.text
        for (what, by) in [
            (#""name":"#, #""label":"#), (#""name":""#, #""name":1,"more":""#), ("status_page_viewer", "king"),
            (#"{"identity":"#, #"{"more":1,"identity":"#), ("http://", "nowhere "), ("[]", "null"),
        ] {
            let changed = text.replacingOccurrences(of: what, with: by)
            #expect(changed != text)
            let wrong = TestResponse(status: 200, fields: answer.fields, body: Array(changed.utf8))
            #expect(api.problems(.get, "/v1/identity", wrong) != [], "\(changed)")
        }
        let other = TestResponse(status: 202, fields: answer.fields, body: answer.body)
        #expect(api.problems(.get, "/v1/identity", other) != [])
        let bare = TestResponse(status: 200, fields: [.contentType: "application/json"], body: answer.body)
        #expect(api.problems(.get, "/v1/identity", bare) != [])
    }
}
