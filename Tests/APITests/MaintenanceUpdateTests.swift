import HTTPTypes
import JSONInput
import Testing

@Suite struct MaintenanceUpdateTests {
    private static let path = "/v2/status_page_maintenance_updates"

    @Test("A maintenance can be set to in progress and complete by hand", arguments: Transport.allCases)
    func course(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let id = try server.schedule(key: "a")
        let beginning = try server.updateMaintenance(
            id, #""maintenance_status": "maintenance_in_progress", "# + Body.components(["Login": "operational"]))
        let update = "/status_page_maintenance_update"
        #expect(beginning.string("\(update)/status_page_maintenance_id") == id)
        #expect(beginning.string("\(update)/maintenance_status") == "maintenance_in_progress")
        #expect(beginning.string("\(update)/component_statuses/0/component_status") == "operational")
        let began = try #require(beginning.string("\(update)/published_at"))
        let widget = try server.widget()
        #expect(widget.count("/scheduled_maintenances") == 0)
        let shown = "/in_progress_maintenances/0"
        #expect(widget.string("\(shown)/id") == id)
        #expect(widget.string("\(shown)/started_at") == began)
        #expect(widget.string("\(shown)/scheduled_end_at") == "2990-01-01T12:00:00.000Z")
        #expect(widget.string("\(shown)/affected_components/0/current_status") == "operational")
        #expect(widget.string("\(shown)/affected_components/1/current_status") == "under_maintenance")
        #expect(try server.widget("acme/uk").count("\(shown)/affected_components") == 1)
        // A note does not mention components.
        #expect(try server.updateMaintenance(id).json("\(update)/component_statuses") == .array([]))
        let completion = try server.updateMaintenance(id, #""maintenance_status": "maintenance_complete""#)
        #expect(completion.count("\(update)/component_statuses") == 2)
        let ended = try #require(completion.string("\(update)/published_at"))
        let maintenance = try server.showMaintenance(id)
        #expect(maintenance.string("/status_page_maintenance/maintenance_status") == "maintenance_complete")
        #expect(maintenance.count("/status_page_maintenance/updates") == 4)
        let periods = "/status_page_maintenance/component_maintenance_periods"
        #expect(maintenance.count(periods) == (began == ended ? 0 : 1))
        #expect(began == ended || maintenance.string("\(periods)/0/end_at") == ended)
        #expect(try server.widget().count("/in_progress_maintenances") == 0)
    }

    @Test("A period that was opened after the window has no end")
    func withoutEnd() throws {
        let server = try TestServer()
        defer { server.remove() }
        let id = try server.schedule(
            key: "a",
            [
                "start_at": #""2026-01-01T10:00:00Z""#, "end_at": #""2026-01-01T12:00:00Z""#,
                "affected_component_ids": "[]", "maintenance_status": #""maintenance_in_progress""#,
            ])
        let update = try server.updateMaintenance(id, Body.components(["Login": "under_maintenance"]))
        #expect(
            try server.showMaintenance(id).json("/status_page_maintenance/component_maintenance_periods/0")
                == .object([
                    "component_id": .string(try #require(server.ids["Login"])),
                    "start_at": .string(
                        try #require(update.string("/status_page_maintenance_update/published_at"))),
                ]))
    }

    static let faults: [(String, [String])] = [
        (
            "{}",
            ["is_required /status_page_maintenance_id", "is_required /message", "is_required /notify_subscribers"]
        ),
        (#"{"status_page_maintenance_id": "ID"}"#, ["is_required /message", "is_required /notify_subscribers"]),
        (Body.maintenanceUpdate(of: "ID", #""maintenance_status": "resolved""#), ["invalid_value /maintenance_status"]),
        (
            Body.maintenanceUpdate(
                of: "ID", #""maintenance_status": "maintenance_complete", "component_statuses": []"#),
            ["invalid_value /component_statuses"]
        ),
        (
            Body.maintenanceUpdate(
                of: "ID",
                #""component_statuses": [{"component_id": "{Login}", "component_status": "full_outage"}, {}, 5]"#),
            [
                "invalid_type /component_statuses/2", "invalid_value /component_statuses/0/component_status",
                "is_required /component_statuses/1/component_id", "is_required /component_statuses/1/component_status",
            ]
        ),
        (
            Body.maintenanceUpdate(
                of: "ID", Body.components(["Portal": "operational", "Login": "operational"])),
            ["unknown_component /component_statuses/0/component_id"]
        ),
    ]

    @Test("All problems are reported at once, and nothing is published", arguments: Transport.allCases)
    func validation(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let id = try server.schedule(key: "a")
        let before = try server.showMaintenance(id).json()
        for (body, errors) in Self.faults {
            let response = try server.publish(.post, Self.path, body.replacing("ID", with: id))
            #expect(response.status == 422)
            #expect(response.errors == errors)
        }
        #expect(try server.showMaintenance(id).json() == before)
    }

    @Test("A complete maintenance accepts updates, and components only with another status")
    func complete() throws {
        let server = try TestServer()
        defer { server.remove() }
        let id = try server.schedule(key: "a", ["maintenance_status": #""maintenance_complete""#])
        try server.updateMaintenance(id)
        let components = Body.components(["Login": "under_maintenance"])
        let refused = try server.publish(.post, Self.path, Body.maintenanceUpdate(of: id, components))
        #expect(refused.errors == ["invalid_value /component_statuses"])
        try server.updateMaintenance(id, #""maintenance_status": "maintenance_in_progress", \#(components)"#)
        #expect(try server.widget().string("/in_progress_maintenances/0/id") == id)
    }

    @Test("After 100 updates only a completing one is accepted; the window can still be moved")
    func mostUpdates() throws {
        let server = try TestServer()
        defer { server.remove() }
        let id = try server.schedule(key: "a")
        for _ in 2...100 { try server.updateMaintenance(id) }
        let refused = try server.publish(.post, Self.path, Body.maintenanceUpdate(of: id))
        #expect(refused.status == 422)
        #expect(refused.errors == ["too_many_updates"])
        let revision = #"{"name": "x", "start_at": "2991-01-01T00:00:00Z", "end_at": "2992-01-01T00:00:00Z"}"#
        #expect(try server.publish(.put, "\(maintenancesPath)/\(id)", revision).status == 200)
        try server.updateMaintenance(id, #""maintenance_status": "maintenance_complete""#)
        #expect(try server.showMaintenance(id).count("/status_page_maintenance/updates") == 101)
        let more = try server.publish(.post, Self.path, Body.maintenanceUpdate(of: id))
        #expect(more.errors == ["too_many_updates"])
    }
}
