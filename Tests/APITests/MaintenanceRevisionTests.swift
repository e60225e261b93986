import HTTPTypes
import JSONInput
import StatusPages
import Testing

@Suite struct MaintenanceRevisionTests {
    private static let body =
        #"{"name": "Later", "start_at": "2991-01-01T00:00:00Z", "end_at": "2991-01-01T01:00:00Z"}"#

    @Test("A maintenance is renamed and moved, without an update", arguments: Transport.allCases)
    func revise(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let id = try server.schedule(key: "a")
        let response = try server.publish(.put, "\(maintenancesPath)/\(id)", Self.body)
        #expect(response.status == 200)
        #expect(response.string("/status_page_maintenance/name") == "Later")
        #expect(response.count("/status_page_maintenance/updates") == 1)
        let periods = "/status_page_maintenance/component_maintenance_periods"
        for index in 0...1 {
            #expect(response.string("\(periods)/\(index)/start_at") == "2991-01-01T00:00:00.000Z")
            #expect(response.string("\(periods)/\(index)/end_at") == "2991-01-01T01:00:00.000Z")
        }
        #expect(try server.showMaintenance(id).json() == response.json())
        let widget = try server.widget()
        #expect(widget.string("/scheduled_maintenances/0/name") == "Later")
        #expect(widget.string("/scheduled_maintenances/0/starts_at") == "2991-01-01T00:00:00.000Z")
        #expect(widget.string("/scheduled_maintenances/0/ends_at") == "2991-01-01T01:00:00.000Z")
        #expect(widget.string("/scheduled_maintenances/0/last_update_message") == "We upgrade.")
    }

    @Test(
        "Name, start and end must be present and valid, or nothing changes",
        arguments: [
            ("{}", ["is_required /name", "is_required /start_at", "is_required /end_at"]),
            (#"{"name": "x", "start_at": "2991-01-01T00:00:00Z"}"#, ["is_required /end_at"]),
            (
                #"{"name": "", "start_at": "2991-01-01T00:00:00Z", "end_at": "2991-01-01T00:00:00Z"}"#,
                ["too_short /name", "invalid_value /end_at"]
            ),
            (
                #"{"name": 5, "start_at": "soon", "end_at": 5}"#,
                ["invalid_type /name", "invalid_format /start_at", "invalid_type /end_at"]
            ),
        ])
    func validation(body: String, errors: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        let id = try server.schedule(key: "a")
        let before = try server.showMaintenance(id).json()
        let response = try server.publish(.put, "\(maintenancesPath)/\(id)", body)
        #expect(response.status == 422)
        #expect(response.errors == errors)
        #expect(try server.showMaintenance(id).json() == before)
    }

    @Test("Automated work cannot be scheduled in the past or moved there")
    func past() throws {
        let server = try TestServer()
        defer { server.remove() }
        let window = #""start_at": "2026-01-01T10:00:00Z", "end_at": "2026-01-01T12:00:00Z""#
        let made = try server.publish(
            .post, maintenancesPath,
            Body.maintenance([
                "automate_maintenance_status": "true", "start_at": #""2026-01-01T10:00:00Z""#,
                "end_at": #""2026-01-01T12:00:00Z""#,
            ]))
        #expect(made.status == 422)
        #expect(made.errors == ["invalid_value /end_at"])
        let id = try server.schedule(key: "a", ["automate_maintenance_status": "true"])
        let before = try server.showMaintenance(id).json()
        let moved = try server.publish(.put, "\(maintenancesPath)/\(id)", #"{"name": "x", \#(window)}"#)
        #expect(moved.status == 422)
        #expect(moved.errors == ["invalid_value /end_at"])
        #expect(try server.showMaintenance(id).json() == before)
    }

    @Test("A deleted maintenance is gone everywhere", arguments: Transport.allCases)
    func deletion(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let token = try server.token(.statusPagePublisher)
        let empty = try server.widget().json()
        let kept = try server.schedule(key: "kept", ["affected_component_ids": "[]"])
        for status in ["scheduled", "in_progress", "complete"] {
            let id = try server.schedule(key: status, ["maintenance_status": "\"maintenance_\(status)\""])
            let path = "\(maintenancesPath)/\(id)"
            let response = try server.call(.delete, path, token: token)
            #expect(response.status == 204)
            #expect(response.body.isEmpty)
            #expect(response.fields[.contentType] == nil)
            #expect(response.fields[.contentLength] == nil)
            #expect(try server.call(.delete, path, token: token).status == 404)
            #expect(try server.showMaintenance(id).status == 404)
            #expect(try server.publish(.put, path, Self.body).status == 404)
            let update = Body.maintenanceUpdate(of: id)
            #expect(try server.publish(.post, "/v2/status_page_maintenance_updates", update).status == 404)
            #expect(try server.listMaintenances() == [kept])
            #expect(try server.listMaintenances("component_id={Login}").isEmpty)
        }
        #expect(try server.widget().count("/in_progress_maintenances") == 0)
        #expect(try server.widget().count("/scheduled_maintenances") == 1)
        #expect(try server.call(.delete, "\(maintenancesPath)/\(kept)", token: token).status == 204)
        #expect(try server.widget().json() == empty)
    }
}
