import HTTPTypes
import JSONInput
import Testing

@Suite struct RetrospectiveIncidentTests {
    private static let path = "/v2/status_page_retrospective_incidents"

    private static func body(key: String = "k", _ updates: String) -> String {
        """
        {"status_page_id": "{acme}", "name": "Yesterday's outage", "idempotency_key": "\(key)", "updates": [\(updates)]}
        """
    }

    private static func update(_ status: String, _ time: String, _ members: String = "") -> String {
        let extra = members.isEmpty ? "" : ", \(members)"
        return #"{"incident_status": "\#(status)", "message": "News", "published_at": "\#(time)"\#(extra)}"#
    }

    @Test("A past incident is recorded with its own times", arguments: Transport.allCases)
    func record(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let updates = [
            Self.update(
                "investigating", "2026-01-02T10:00:00+01:00", Body.components(["Login": "full_outage"])),
            Self.update("identified", "2026-01-02T09:30:00.1239Z", Body.components(["Login": "degraded_performance"])),
            Self.update("resolved", "2026-01-02T10:00:00Z"),
        ]
        let response = try server.publish(.post, Self.path, Self.body(updates.joined(separator: ", ")))
        #expect(response.status == 201)
        let incident = "/status_page_incident"
        #expect(response.string("\(incident)/published_at") == "2026-01-02T09:00:00.000Z")
        #expect(response.string("\(incident)/incident_status") == "resolved")
        #expect(response.string("\(incident)/updates/1/published_at") == "2026-01-02T09:30:00.123Z")
        #expect(response.count("\(incident)/updates/2/component_statuses") == 1)
        #expect(response.string("\(incident)/component_impacts/0/end_at") == "2026-01-02T09:30:00.123Z")
        #expect(response.string("\(incident)/component_impacts/1/end_at") == "2026-01-02T10:00:00.000Z")
        let id = try #require(response.string("\(incident)/id"))
        #expect(try server.show(id).json() == response.json())
        // Lists sort the incident by the time at which it happened, and the widget does not show it.
        let newer = try server.declare(key: "k")
        let listed = try server.get("/v2/status_page_incidents?status_page_id={acme}")
        #expect(listed.string("/status_page_incidents/0/id") == newer)
        #expect(listed.string("/status_page_incidents/1/id") == id)
        #expect(try server.widget().count("/ongoing_incidents") == 1)
    }

    @Test("A repeated key gets the first response, and is separate from keys of new incidents")
    func idempotency() throws {
        let server = try TestServer()
        defer { server.remove() }
        let today = try server.declare(key: "k")
        let body = Self.body(Self.update("resolved", "2026-01-02T10:00:00Z"))
        let first = try server.publish(.post, Self.path, body)
        #expect(first.string("/status_page_incident/id") != today)
        let again = try server.publish(.post, Self.path, Self.body("5"))
        #expect(again.body == first.body)
        #expect(again.field("Idempotent-Replayed") == "true")
    }

    @Test(
        "All problems are reported at once",
        arguments: [
            ("", ["too_short /updates"]),
            (
                "5, {}",
                [
                    "invalid_type /updates/0", "is_required /updates/1/message",
                    "is_required /updates/1/incident_status", "is_required /updates/1/published_at",
                ]
            ),
            (
                update("investigating", "2999-01-01T00:00:00Z") + "," + update("monitoring", "2026-01-01T00:00:00Z"),
                [
                    "invalid_value /updates/1/incident_status", "invalid_value /updates/0/published_at",
                    "invalid_value /updates/1/published_at",
                ]
            ),
            (
                update("investigating", "yesterday") + ","
                    + update("resolved", "2026-01-01T00:00:00Z", #""component_statuses": []"#),
                ["invalid_format /updates/0/published_at", "invalid_value /updates/1/component_statuses"]
            ),
            (
                update(
                    "resolved", "2026-01-01T00:00:00Z",
                    Body.components(["Login": "full_outage", "Portal": "operational"])),
                [
                    "unknown_component /updates/0/component_statuses/1/component_id",
                    "invalid_value /updates/0/component_statuses/0/component_status",
                ]
            ),
            (
                Array(repeating: update("resolved", "2026-01-01T00:00:00Z"), count: 101).joined(separator: ","),
                ["too_many_updates"]
            ),
        ])
    func validation(updates: String, errors: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        let response = try server.publish(.post, Self.path, Self.body(updates))
        #expect(response.status == 422)
        #expect(response.errors == errors)
    }
}
