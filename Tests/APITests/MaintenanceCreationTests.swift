import HTTPTypes
import JSONInput
import StatusPages
import Testing

@Suite struct MaintenanceCreationTests {
    @Test("A created maintenance is shown at once, also by the widget", arguments: Transport.allCases)
    func creation(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let body = Body.maintenance(["start_at": #""2990-01-01T11:00:00.1239+01:00""#])
        let response = try server.publish(.post, maintenancesPath, body)
        #expect(response.status == 201)
        let maintenance = "/status_page_maintenance"
        let id = try #require(response.string("\(maintenance)/id"))
        #expect(response.string("\(maintenance)/status_page_id") == server.ids["acme"])
        #expect(response.string("\(maintenance)/name") == "Upgrade")
        #expect(response.string("\(maintenance)/maintenance_status") == "maintenance_scheduled")
        #expect(response.json("\(maintenance)/automate_maintenance_status") == .bool(false))
        let published = try #require(response.string("\(maintenance)/published_at"))
        let login = JSONValue.string(try #require(server.ids["Login"]))
        let core = JSONValue.string(try #require(server.ids["Core"]))
        #expect(
            response.json("\(maintenance)/component_maintenance_periods")
                == .array(
                    [login, core].map { component in
                        .object([
                            "component_id": component, "start_at": .string("2990-01-01T10:00:00.123Z"),
                            "end_at": .string("2990-01-01T12:00:00.000Z"),
                        ])
                    }))
        #expect(
            response.json("\(maintenance)/updates")
                == .array([
                    .object([
                        "id": .string(try #require(response.string("\(maintenance)/updates/0/id"))),
                        "status_page_maintenance_id": .string(id), "published_at": .string(published),
                        "message": .string("We upgrade."), "maintenance_status": .string("maintenance_scheduled"),
                        "component_statuses": .array(
                            [login, core].map { component in
                                .object([
                                    "component_id": component, "component_status": .string("under_maintenance"),
                                ])
                            }),
                    ])
                ]))
        #expect(try server.showMaintenance(id).json() == response.json())
        #expect(try server.listMaintenances() == [id])
        let widget = try server.widget()
        #expect(widget.string("/scheduled_maintenances/0/id") == id)
        #expect(
            widget.string("/scheduled_maintenances/0/url") == "https://status.acme.example/maintenances/\(id)")
        #expect(widget.count("/in_progress_maintenances") == 0)
    }

    @Test(
        "A maintenance can be created in any status, without components, and with automation",
        arguments: Transport.allCases)
    func variants(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        for status in ["maintenance_scheduled", "maintenance_in_progress", "maintenance_complete"] {
            let body = Body.maintenance(
                key: status,
                [
                    "maintenance_status": "\"\(status)\"", "affected_component_ids": "[]",
                    "automate_maintenance_status": "true",
                ])
            let response = try server.publish(.post, maintenancesPath, body)
            #expect(response.status == 201)
            #expect(response.string("/status_page_maintenance/maintenance_status") == status)
            #expect(response.json("/status_page_maintenance/automate_maintenance_status") == .bool(true))
            #expect(response.json("/status_page_maintenance/component_maintenance_periods") == .array([]))
        }
        let widget = try server.widget()
        #expect(widget.count("/scheduled_maintenances") == 1)
        #expect(widget.count("/in_progress_maintenances") == 1)
    }

    static let faults: [(String, [String])] = [
        (
            #"{"status_page_id": "{acme}"}"#,
            [
                "is_required /name", "is_required /message", "is_required /idempotency_key",
                "is_required /maintenance_status", "is_required /notify_subscribers",
                "is_required /affected_component_ids", "is_required /start_at", "is_required /end_at",
            ]
        ),
        (
            #"{"name": "x", "message": "x", "affected_component_ids": ["{Login}"]}"#,
            [
                "is_required /status_page_id", "is_required /idempotency_key", "is_required /maintenance_status",
                "is_required /notify_subscribers", "is_required /start_at", "is_required /end_at",
            ]
        ),
        (Body.maintenance(["end_at": #""2990-01-01T10:00:00Z""#]), ["invalid_value /end_at"]),
        (
            Body.maintenance(["start_at": #""soon""#, "end_at": #""2990-01-01T10:00:00""#]),
            ["invalid_format /start_at", "invalid_format /end_at"]
        ),
        (
            Body.maintenance([
                "affected_component_ids": #"["{Login}", "{Login}", "{Portal}", 5, null, {}, "x"]"#
            ]),
            [
                "invalid_type /affected_component_ids/3", "invalid_type /affected_component_ids/4",
                "invalid_type /affected_component_ids/5", "invalid_value /affected_component_ids/1",
                "unknown_component /affected_component_ids/2", "unknown_component /affected_component_ids/6",
            ]
        ),
        (
            Body.maintenance([
                "maintenance_status": #""resolved""#, "notify_subscribers": #""no""#, "name": #""""#,
                "automate_maintenance_status": "1", "affected_component_ids": #""{Login}""#, "message": #"" ""#,
            ]),
            [
                "invalid_value /maintenance_status", "invalid_type /affected_component_ids",
                "invalid_type /notify_subscribers", "invalid_type /automate_maintenance_status", "too_short /name",
                "too_short /message",
            ]
        ),
        (
            Body.maintenance(["name": "\"\(String(repeating: "x", count: 201))\"", "idempotency_key": #""""#]),
            ["too_long /name", "too_short /idempotency_key"]
        ),
        (
            Body.maintenance(["start_at": "null", "affected_component_ids": "null"]),
            ["is_required /affected_component_ids", "is_required /start_at"]
        ),
    ]

    @Test("All problems are reported at once, with their positions", arguments: Transport.allCases)
    func validation(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        for (body, errors) in Self.faults {
            let response = try server.publish(.post, maintenancesPath, body)
            #expect(response.status == 422)
            #expect(response.string("/type") == "validation_error")
            #expect(response.errors == errors)
        }
        #expect(try server.listMaintenances().isEmpty)
    }

    @Test("The field of a problem is the last name in its path")
    func field() throws {
        let server = try TestServer()
        defer { server.remove() }
        let body = Body.maintenance(["affected_component_ids": #"["{Login}", "{Login}"]"#])
        let response = try server.publish(.post, maintenancesPath, body)
        #expect(
            response.json("/errors/0/source")
                == .object([
                    "field": .string("affected_component_ids"), "pointer": .string("/affected_component_ids/1"),
                ]))
    }

    @Test("A repeated key gets the first response, whatever happened since", arguments: Transport.allCases)
    func idempotency(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        // Incidents have separate idempotency keys.
        _ = try server.declare(key: "same")
        let first = try server.publish(.post, maintenancesPath, Body.maintenance(key: "same"))
        #expect(first.field("Idempotent-Replayed") == nil)
        let id = try #require(first.string("/status_page_maintenance/id"))
        let path = "\(maintenancesPath)/\(id)"
        let token = try server.token(.statusPagePublisher)
        #expect(try server.call(.delete, path, token: token).status == 204)
        for changes in [[:], ["name": "5", "start_at": "null"]] as [KeyValuePairs<String, String>] {
            let again = try server.publish(.post, maintenancesPath, Body.maintenance(key: "same", changes))
            #expect(again.status == 201)
            #expect(again.body == first.body)
            #expect(again.field("Idempotent-Replayed") == "true")
        }
        #expect(try server.listMaintenances().isEmpty)
        let elsewhere = Body.maintenance(
            key: "same", ["status_page_id": #""{clients}""#, "affected_component_ids": "[]"])
        #expect(try server.publish(.post, maintenancesPath, elsewhere).field("Idempotent-Replayed") == nil)
    }

    @Test("A rejected request does not use up a key")
    func refused() throws {
        let server = try TestServer()
        defer { server.remove() }
        #expect(try server.publish(.post, maintenancesPath, Body.maintenance(["name": "5"])).status == 422)
        #expect(
            try server.publish(.post, maintenancesPath, Body.maintenance()).field("Idempotent-Replayed") == nil)
    }
}
