import HTTPServer
import HTTPTypes
import JSONInput
import ManagementAPI
import StatusPages
import Testing

@Suite struct IncidentCreationTests {
    @Test("The response to a declared incident is complete", arguments: Transport.allCases)
    func create(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let components = Body.components(["Login": "partial_outage", "Website": "operational"])
        let response = try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: "c", components))
        #expect(response.status == 201)
        let incident = "/status_page_incident"
        #expect(response.string("\(incident)/status_page_id") == server.ids["acme"])
        #expect(response.string("\(incident)/name") == "Login fails")
        #expect(response.string("\(incident)/incident_status") == "investigating")
        #expect(response.count("\(incident)/updates") == 1)
        let published = try #require(response.string("\(incident)/published_at"))
        #expect(response.string("\(incident)/updates/0/published_at") == published)
        #expect(response.string("\(incident)/updates/0/message") == "We are looking into it.")
        #expect(response.count("\(incident)/updates/0/component_statuses") == 2)
        #expect(response.count("\(incident)/component_impacts") == 1)
        #expect(
            response.json("\(incident)/component_impacts/0")
                == .object([
                    "component_id": .string(try #require(server.ids["Login"])),
                    "component_status": .string("partial_outage"), "start_at": .string(published),
                ]))
        let id = try #require(response.string("\(incident)/id"))
        #expect(try server.show(id).json() == response.json())
    }

    static let faults: [(body: String, errors: [String])] = [
        (
            "{}",
            [
                "is_required /status_page_id", "is_required /name", "is_required /message",
                "is_required /idempotency_key", "is_required /incident_status", "is_required /notify_subscribers",
            ]
        ),
        (
            #"{"status_page_id": "{acme}", "name": null}"#,
            [
                "is_required /name", "is_required /message", "is_required /idempotency_key",
                "is_required /incident_status", "is_required /notify_subscribers",
            ]
        ),
        (
            """
            {"status_page_id": 5, "name": 1, "message": [], "idempotency_key": {}, "incident_status": "broken",
             "notify_subscribers": "yes", "component_statuses": {}}
            """,
            [
                "invalid_type /status_page_id", "invalid_type /name", "invalid_value /incident_status",
                "invalid_type /message", "invalid_type /idempotency_key", "invalid_type /notify_subscribers",
                "invalid_type /component_statuses",
            ]
        ),
        (
            """
            {"status_page_id": "{acme}", "name": " \\u2003", "message": "", "idempotency_key": "", "notify_subscribers": 1,
             "incident_status": "monitoring"}
            """,
            ["invalid_type /notify_subscribers", "too_short /name", "too_short /message", "too_short /idempotency_key"]
        ),
        (
            Body.incident(
                key: "f",
                """
                "component_statuses": [7, {}, {"component_id": "{Portal}", "component_status": "full_outage"},
                  {"component_id": "{Website}", "component_status": "on_fire"}, {"component_id": "{Website}"}]
                """),
            [
                "invalid_type /component_statuses/0", "invalid_value /component_statuses/3/component_status",
                "is_required /component_statuses/1/component_id", "is_required /component_statuses/1/component_status",
                "unknown_component /component_statuses/2/component_id",
                "invalid_value /component_statuses/4/component_id",
                "is_required /component_statuses/4/component_status",
            ]
        ),
        (
            Body.incident(
                key: "r", status: "resolved", Body.components(["Website": "operational", "Login": "full_outage"])),
            ["invalid_value /component_statuses/1/component_status"]
        ),
    ]

    @Test("All problems of a body are reported at once", arguments: Transport.allCases)
    func validation(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        for (body, errors) in Self.faults {
            let response = try server.publish(.post, "/v2/status_page_incidents", body)
            #expect(response.status == 422)
            #expect(response.string("/type") == "validation_error")
            #expect(response.errors == errors)
        }
        #expect(try server.get("/v2/status_page_incidents?status_page_id={acme}").count("/status_page_incidents") == 0)
    }

    @Test("The field of a problem is the last name in its path")
    func field() throws {
        let server = try TestServer()
        defer { server.remove() }
        let response = try server.publish(
            .post, "/v2/status_page_incidents", Body.incident(key: "f", #""component_statuses": [7]"#))
        #expect(response.string("/errors/0/source/field") == "component_statuses")
        #expect(response.string("/errors/0/source/pointer") == "/component_statuses/0")
    }

    @Test(
        "Lengths count Unicode scalars, up to the limit",
        arguments: [("name", 200), ("message", 4096), ("idempotency_key", 255)])
    func lengths(field: String, most: Int) throws {
        let server = try TestServer()
        defer { server.remove() }
        func body(_ count: Int) -> String {
            let text = String(repeating: "\u{1F469}\u{1F3FD}", count: count / 2) + (count % 2 == 1 ? "x" : "")
            switch field {
            case "name": return Body.incident(name: text)
            case "message": return Body.incident(message: text)
            default: return Body.incident(key: text)
            }
        }
        #expect(try server.publish(.post, "/v2/status_page_incidents", body(most + 1)).errors == ["too_long /\(field)"])
        #expect(try server.publish(.post, "/v2/status_page_incidents", body(most)).status == 201)
    }

    @Test("An incident can be created resolved, with operational components or none")
    func createdResolved() throws {
        let server = try TestServer()
        defer { server.remove() }
        let plain = try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: "a", status: "resolved"))
        #expect(plain.string("/status_page_incident/incident_status") == "resolved")
        let components = Body.components(["Website": "operational"])
        let listed = try server.publish(
            .post, "/v2/status_page_incidents", Body.incident(key: "b", status: "resolved", components))
        #expect(listed.status == 201)
        #expect(listed.count("/status_page_incident/component_impacts") == 0)
    }

    @Test("Unknown fields, any Content-Type and components in groups and sub-pages are accepted")
    func lenience() throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let members =
            #""colour": "red", "# + Body.components(["Billing": "degraded_performance", "Core": "full_outage"])
        let response = try server.call(
            .post, "/v2/status_page_incidents", token: try server.token(.statusPagePublisher),
            fields: [.contentType: "application/x-www-form-urlencoded"], body: Body.incident(key: "m", members))
        #expect(response.status == 201)
        #expect(response.count("/status_page_incident/component_impacts") == 2)
    }
}
