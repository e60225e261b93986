import HTTPTypes
import JSONInput
import Testing

@Suite struct IncidentUpdateTests {
    @Test("An incident can become identified, monitoring and resolved", arguments: Transport.allCases)
    func course(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let id = try server.declare(key: "a", Body.components(["Login": "full_outage"]))
        let update = try server.update(
            id, #""incident_status": "identified", "# + Body.components(["Login": "degraded_performance"]))
        #expect(update.string("/status_page_incident_update/status_page_incident_id") == id)
        #expect(update.string("/status_page_incident_update/incident_status") == "identified")
        #expect(update.count("/status_page_incident_update/component_statuses") == 1)
        try server.update(id)
        let resolving = try server.update(id, #""incident_status": "resolved""#)
        #expect(
            resolving.json("/status_page_incident_update/component_statuses")
                == .array([
                    .object([
                        "component_id": .string(try #require(server.ids["Login"])),
                        "component_status": .string("operational"),
                    ])
                ]))
        let incident = try server.show(id)
        #expect(incident.string("/status_page_incident/incident_status") == "resolved")
        #expect(incident.count("/status_page_incident/updates") == 4)
        #expect(incident.string("/status_page_incident/updates/2/incident_status") == "identified")
        #expect(incident.json("/status_page_incident/updates/2/component_statuses") == .array([]))
        let end = incident.string("/status_page_incident/updates/3/published_at")
        #expect(incident.string("/status_page_incident/component_impacts/1/end_at") == end)
    }

    @Test("A resolved incident accepts updates, and reopens with another status")
    func resolved() throws {
        let server = try TestServer()
        defer { server.remove() }
        let id = try server.declare(key: "a", Body.components(["Login": "full_outage"]))
        try server.update(id, #""incident_status": "resolved""#)
        #expect(try server.update(id).string("/status_page_incident_update/incident_status") == "resolved")
        let refused = try server.publish(
            .post, "/v2/status_page_incident_updates", Body.update(of: id, Body.components(["Login": "full_outage"])))
        #expect(refused.errors == ["invalid_value /component_statuses"])
        let members = #""incident_status": "monitoring", "# + Body.components(["Website": "partial_outage"])
        try server.update(id, members)
        let again = try server.update(id, #""incident_status": "resolved""#)
        #expect(again.count("/status_page_incident_update/component_statuses") == 2)
    }

    static let faults: [(String, errors: [String])] = [
        (
            "{}",
            ["is_required /status_page_incident_id", "is_required /message", "is_required /notify_subscribers"]
        ),
        (
            #"{"incident_status": "resolved", "component_statuses": [{}]}"#,
            [
                "is_required /status_page_incident_id", "is_required /message", "is_required /notify_subscribers",
                "is_required /component_statuses/0/component_id", "is_required /component_statuses/0/component_status",
                "invalid_value /component_statuses",
            ]
        ),
        (#"{"status_page_incident_id": "ID"}"#, ["is_required /message", "is_required /notify_subscribers"]),
        (
            #"{"status_page_incident_id": "ID", "message": " ", "notify_subscribers": false, "incident_status": "ok"}"#,
            ["invalid_value /incident_status", "too_short /message"]
        ),
        (
            """
            {"status_page_incident_id": "ID", "message": "Done", "notify_subscribers": false,
             "incident_status": "resolved", "component_statuses": []}
            """,
            ["invalid_value /component_statuses"]
        ),
    ]

    @Test("All problems of an update are reported at once, and nothing is published", arguments: Transport.allCases)
    func validation(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let id = try server.declare(key: "a")
        for (body, errors) in Self.faults {
            let response = try server.publish(
                .post, "/v2/status_page_incident_updates", body.replacing("ID", with: id))
            #expect(response.status == 422)
            #expect(response.errors == errors)
        }
        #expect(try server.show(id).count("/status_page_incident/updates") == 1)
    }

    @Test("After 100 updates only a resolving one is accepted, however it is published")
    func mostUpdates() throws {
        let server = try TestServer()
        defer { server.remove() }
        let id = try server.declare(key: "a")
        for _ in 2...100 { try server.update(id) }
        let posted = try server.publish(.post, "/v2/status_page_incident_updates", Body.update(of: id))
        #expect(posted.status == 422)
        #expect(posted.errors == ["too_many_updates"])
        let put = try server.publish(.put, "/v2/status_page_incidents/\(id)", #"{"message": "One more"}"#)
        #expect(put.errors == ["too_many_updates"])
        #expect(try server.publish(.put, "/v2/status_page_incidents/\(id)", #"{"name": "Still fine"}"#).status == 200)
        try server.update(id, #""incident_status": "resolved""#)
        #expect(try server.show(id).count("/status_page_incident/updates") == 101)
        #expect(try server.widget().count("/ongoing_incidents") == 0)
        for members in [#""incident_status": "resolved""#, #""incident_status": "monitoring""#, ""] {
            let more = try server.publish(.post, "/v2/status_page_incident_updates", Body.update(of: id, members))
            #expect(more.errors == ["too_many_updates"])
        }
    }
}

@Suite struct IncidentRevisionTests {
    @Test("One request can change the name, publish an update, or both", arguments: Transport.allCases)
    func revise(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let id = try server.declare(key: "a")
        let path = "/v2/status_page_incidents/\(id)"
        let renamed = try server.publish(.put, path, #"{"name": "Renamed"}"#)
        #expect(renamed.status == 200)
        #expect(renamed.string("/status_page_incident/name") == "Renamed")
        #expect(renamed.count("/status_page_incident/updates") == 1)
        let updated = try server.publish(
            .put, path, #"{"message": "Found it", "incident_status": "identified"}"#)
        #expect(updated.string("/status_page_incident/name") == "Renamed")
        #expect(updated.string("/status_page_incident/incident_status") == "identified")
        let members = Body.components(["Core": "full_outage"])
        let both = try server.publish(.put, path, #"{"name": "Both", "message": "Worse", \#(members)}"#)
        #expect(both.string("/status_page_incident/name") == "Both")
        #expect(both.count("/status_page_incident/component_impacts") == 1)
        #expect(try server.show(id).json() == both.json())
    }

    @Test(
        "An empty or incomplete revision is rejected and changes nothing",
        arguments: [
            ("{}", ["is_required /name"]),
            (#"{"notify_subscribers": true}"#, ["is_required /name"]),
            (#"{"name": null}"#, ["is_required /name"]),
            (#"{"name": "x", "notify_subscribers": "yes"}"#, ["invalid_type /notify_subscribers"]),
            (#"{"name": ""}"#, ["too_short /name"]),
            (#"{"name": 5}"#, ["invalid_type /name"]),
            (#"{"message": 5}"#, ["invalid_type /message"]),
            (#"{"incident_status": "resolved"}"#, ["is_required /message"]),
            (#"{"name": "x", "component_statuses": []}"#, ["is_required /message"]),
            (#"{"name": " ", "incident_status": "resolved"}"#, ["too_short /name", "is_required /message"]),
            (#"{"name": "x", "message": ""}"#, ["too_short /message"]),
            (
                #"{"message": "x", "incident_status": "resolved", "component_statuses": []}"#,
                ["invalid_value /component_statuses"]
            ),
        ])
    func validation(body: String, errors: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        let id = try server.declare(key: "a")
        let before = try server.show(id).json()
        let response = try server.publish(.put, "/v2/status_page_incidents/\(id)", body)
        #expect(response.status == 422)
        #expect(response.errors == errors)
        #expect(try server.show(id).json() == before)
    }
}
