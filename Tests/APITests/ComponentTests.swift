import GRDB
import HTTPTypes
import JSONInput
import StatusPages
import Testing

@testable import Storage
@testable import allclear

@Suite struct ComponentTests {
    private static let path = "/v2/status_page_components"

    private func manage(_ server: TestServer, _ method: HTTPRequest.Method, _ path: String, _ body: String) throws
        -> TestResponse
    {
        try server.call(method, path, token: try server.token(.manageSettings), body: body)
    }

    @Test("Components are ordered by creation, without those only on internal pages", arguments: Transport.allCases)
    func list(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let response = try server.get(Self.path)
        let names = (0..<(response.count("/status_page_components") ?? 0)).compactMap {
            response.string("/status_page_components/\($0)/name")
        }
        #expect(names == ["Website", "Login", "Billing", "Payments", "Core", "Portal"])
        #expect(response.string("/status_page_components/0/id") == server.ids["Website"])
        #expect(response.string("/status_page_components/0/management_meta/managed_by") == "external")
        #expect(try server.get("\(Self.path)/{Wiki}").status == 404)
    }

    @Test("A component can be created, shown, changed and archived", arguments: Transport.allCases)
    func life(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let made = try manage(server, .post, Self.path, #"{"name": "Search", "description": "Finds things"}"#)
        #expect(made.status == 201)
        let id = try #require(made.string("/status_page_component/id"))
        let meta: JSONValue = .object(["managed_by": .string("dashboard"), "annotations": .object([:])])
        #expect(made.json("/status_page_component/management_meta") == meta)
        #expect(try server.get("\(Self.path)/\(id)").json() == made.json())
        for description in ["", #", "description": null"#, #", "description": """#, #", "description": " \n""#] {
            let described = #"{"name": "Find", "description": "Finds all"}"#
            let renamed = try manage(server, .put, "\(Self.path)/\(id)", described)
            #expect(renamed.status == 200)
            #expect(renamed.string("/status_page_component/name") == "Find")
            #expect(renamed.string("/status_page_component/description") == "Finds all")
            let cleared = try manage(server, .put, "\(Self.path)/\(id)", #"{"name": "Find"\#(description)}"#)
            #expect(cleared.json("/status_page_component/description") == nil)
            #expect(try server.get("\(Self.path)/\(id)").json() == cleared.json())
        }
        let archived = try manage(server, .delete, "\(Self.path)/\(id)", "")
        #expect(archived.status == 204)
        #expect(archived.body.isEmpty)
        #expect(try server.get("\(Self.path)/\(id)").status == 404)
        #expect(try manage(server, .delete, "\(Self.path)/\(id)", "").status == 404)
        #expect(try server.get(Self.path).count("/status_page_components") == 6)
    }

    @Test("A component in use cannot be archived, and the error names its uses", arguments: Transport.allCases)
    func inUse(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let incident = try server.declare(key: "a", Body.components(["Login": "full_outage"]))
        let maintenance = try server.schedule(key: "b")
        // Components from the API are on no page. So turn a declared component, which is on a page, into one from the
        // API.
        try server.application.store.pool.write { db in
            try db.execute(sql: "UPDATE components SET managed_by = 'dashboard'")
        }
        func archive() throws -> TestResponse { try manage(server, .delete, "\(Self.path)/{Login}", "") }
        func expect(_ users: String) throws {
            let response = try archive()
            #expect(response.status == 422)
            #expect(response.errors == ["in_use /id"])
            #expect(response.string("/errors/0/source/field") == "id")
            #expect(response.string("/errors/0/message") == "The component is in use by \(users).")
        }
        try expect(#"the page "Acme Status", the incident "Login fails", the maintenance "Upgrade""#)
        try server.application.store.pool.write { db in
            try db.execute(sql: "UPDATE structure_items SET archived_at = 5 WHERE name = 'Login'")
        }
        try expect(#"the incident "Login fails", the maintenance "Upgrade""#)
        try server.update(incident, #""incident_status": "resolved""#)
        try expect(#"the maintenance "Upgrade""#)
        try server.updateMaintenance(maintenance, #""maintenance_status": "maintenance_complete""#)
        #expect(try archive().status == 204)
        #expect(try server.get("\(Self.path)/{Login}").status == 404)
        #expect(try server.show(incident).count("/status_page_incident/component_impacts") == 1)
    }

    @Test("Components from the configuration cannot be changed through the API", arguments: Transport.allCases)
    func conflict(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        for (method, body) in [(HTTPRequest.Method.put, "no JSON"), (.delete, "")] {
            let response = try manage(server, method, "\(Self.path)/{Website}", body)
            #expect(response.status == 409)
            #expect(response.string("/type") == "conflict")
            #expect(response.errors == ["managed_by_configuration"])
        }
    }

    @Test(
        "All problems of a body are reported",
        arguments: [
            ("{}", ["is_required /name"]),
            (#"{"name": " ", "description": 5}"#, ["invalid_type /description", "too_short /name"]),
            (#"{"name": null, "description": null}"#, ["is_required /name"]),
        ])
    func validation(body: String, errors: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        let response = try manage(server, .post, Self.path, body)
        #expect(response.status == 422)
        #expect(response.errors == errors)
    }

    @Test("Changing components requires its role")
    func role() throws {
        let server = try TestServer()
        defer { server.remove() }
        for (method, path) in [
            (HTTPRequest.Method.post, Self.path), (.put, "\(Self.path)/x"), (.delete, "\(Self.path)/x"),
        ] {
            let response = try server.publish(method, path, "{}")
            #expect(response.status == 403)
            #expect(response.string("/errors/0/metadata/required") == "manage_settings")
        }
    }
}
