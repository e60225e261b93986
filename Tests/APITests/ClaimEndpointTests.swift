import GRDB
import HTTPTypes
import JSONInput
import StatusPages
import Testing

@testable import Storage
@testable import allclear

/// The claims of tools on pages, components and keys.
@Suite struct ClaimEndpointTests {
    private static let path = "/v2/managed_resources"
    private static let terraform = #"{"incident.io/terraform/version": "1.13.4"}"#

    private static func body(_ type: String, _ id: String, _ annotations: String = terraform) -> String {
        #"{"resource_type": "\#(type)", "resource_id": "\#(id)", "annotations": \#(annotations)}"#
    }

    /// A server whose pages and components no longer belong to the configuration, so tools can claim them.
    private func freeServer(_ transport: Transport = .inProcess) throws -> TestServer {
        let server = try TestServer(transport)
        try server.application.store.pool.write { db in
            try db.execute(sql: "UPDATE pages SET managed_by = 'dashboard'")
            try db.execute(sql: "UPDATE components SET managed_by = 'dashboard'")
        }
        try server.application.writer.refresh(after: nil, server.application.publisher.refresh)
        return server
    }

    @Test("A structure, a component and a key are claimed and freed", arguments: Transport.allCases)
    func life(transport: Transport) throws {
        let server = try freeServer(transport)
        defer { server.remove() }
        let token = try server.token(.manageSettings, .apiKeysManage)
        let issued = try server.call(.get, "/v1/api_keys", token: token)
        let key = try #require(issued.string("/api_keys/0/id"))
        let resources = [
            ("status_page_structure", server.ids["acme"] ?? "", "/v2/status_page_structures/{acme}", ""),
            (
                "status_page_component", server.ids["Login"] ?? "", "/v2/status_page_components/{Login}",
                "/status_page_component"
            ),
        ]
        for (type, id) in resources.map({ ($0.0, $0.1) }) + [("api_key", key)] {
            let claimed = try server.call(.post, Self.path, token: token, body: Self.body(type, id))
            #expect(claimed.status == 200)
            #expect(
                claimed.json("/managed_resource")
                    == .object([
                        "resource_type": .string(type), "resource_id": .string(id), "managed_by": .string("terraform"),
                        "annotations": .object(["incident.io/terraform/version": .string("1.13.4")]),
                    ]))
        }
        for (type, id, path, member) in resources {
            let shown = try server.get(path)
            #expect(shown.string("\(member)/management_meta/managed_by") == "terraform")
            #expect(
                shown.json("\(member)/management_meta/annotations")
                    == .object(["incident.io/terraform/version": .string("1.13.4")]))
            let external = Self.body(type, id, #"{"incident.io/is-managed-externally": "true"}"#)
            _ = try server.call(.post, Self.path, token: token, body: external)
            #expect(try server.get(path).string("\(member)/management_meta/managed_by") == "external")
            _ = try server.call(.post, Self.path, token: token, body: Self.body(type, id, "{}"))
            #expect(try server.get(path).string("\(member)/management_meta/managed_by") == "dashboard")
        }
    }

    @Test("A claim on a key ends when the key is revoked, but the claims that the key has made stay")
    func revokedKeys() throws {
        let server = try freeServer()
        defer { server.remove() }
        let manager = try server.makeKey(.manageSettings, .apiKeysManage)
        let maker = try server.createKey(Body.key(roles: "manage_settings"), by: manager)
        let claims = [
            (maker.token, Self.body("status_page_component", "{Login}")),
            (manager.token, Self.body("api_key", maker.id)),
        ]
        for (token, body) in claims {
            #expect(try server.call(.post, Self.path, token: token, body: body).status == 200)
        }
        #expect(try server.call(.delete, "/v1/api_keys/\(maker.id)", token: manager.token).status == 204)
        let component = try server.get("/v2/status_page_components/{Login}")
        #expect(component.string("/status_page_component/management_meta/managed_by") == "terraform")
        let again = try server.call(.post, Self.path, token: manager.token, body: Self.body("api_key", maker.id, "{}"))
        #expect(again.status == 404)
        #expect(try server.application.store.read { try $0.claim(on: .apiKey(#require(ID(maker.id)))) } == .none)
    }

    @Test("A claim does not restrict the API")
    func restraint() throws {
        let server = try freeServer()
        defer { server.remove() }
        let token = try server.token(.manageSettings)
        for (type, id) in [("status_page_structure", "{clients}"), ("status_page_component", "{Portal}")] {
            #expect(try server.call(.post, Self.path, token: token, body: Self.body(type, id)).status == 200)
        }
        let set = try server.call(
            .put, "/v2/status_page_structures/{clients}", token: token,
            body: #"{"items": [{"component": {"component_id": "{Login}"}}]}"#)
        #expect(set.status == 200)
        #expect(set.string("/management_meta/managed_by") == "terraform")
        let renamed = try server.call(
            .put, "/v2/status_page_components/{Portal}", token: token, body: #"{"name": "Door"}"#)
        #expect(renamed.string("/status_page_component/management_meta/managed_by") == "terraform")
    }

    @Test("Resources that the configuration declares cannot be claimed")
    func declared() throws {
        let server = try TestServer()
        defer { server.remove() }
        let token = try server.token(.manageSettings)
        for (type, id) in [("status_page_structure", "{acme}"), ("status_page_component", "{Login}")] {
            let answer = try server.call(.post, Self.path, token: token, body: Self.body(type, id))
            #expect(answer.errors == ["managed_by_configuration"])
        }
    }

    @Test("The role depends on the type, and is checked after the body")
    func roles() throws {
        let server = try freeServer()
        defer { server.remove() }
        let (settings, keys) = (try server.token(.manageSettings), try server.token(.apiKeysManage))
        func scope(_ type: String, _ token: String) throws -> String? {
            let answer = try server.call(.post, Self.path, token: token, body: Self.body(type, "x"))
            return answer.status == 403 ? answer.string("/errors/0/metadata/scope") : "\(answer.status)"
        }
        #expect(try scope("api_key", settings) == "api_keys_manage")
        #expect(try scope("api_key", keys) == "404")
        #expect(try scope("status_page_structure", keys) == "manage_settings")
        #expect(try scope("status_page_structure", settings) == "404")
        #expect(try scope("workflow", keys) == "manage_settings")
        #expect(try scope("workflow", settings) == "404")
        #expect(try server.call(.post, Self.path, token: keys, body: "{}").status == 422)
        let method = try server.call(.get, Self.path, token: keys)
        #expect(method.status == 405)
        #expect(method.fields[.allow] == "POST")
    }

    @Test(
        "All problems are reported at once",
        arguments: [
            ("{}", ["is_required /annotations", "is_required /resource_id", "is_required /resource_type"]),
            (
                #"{"resource_type": "page", "resource_id": 5, "annotations": {"a/b": 5}}"#,
                ["invalid_type /annotations/a~1b", "invalid_type /resource_id", "invalid_value /resource_type"]
            ),
            (
                #"{"resource_type": "api_key", "resource_id": "x", "annotations": {"": "x"}}"#,
                ["too_short /annotations/"]
            ),
            (
                """
                {"resource_type": "api_key", "resource_id": "x", "annotations":
                 {"incident.io/terraform/version": "\(String(repeating: "v", count: 1_001))"}}
                """, ["too_long /annotations/incident.io~1terraform~1version"]
            ),
            (
                """
                {"resource_type": "api_key", "resource_id": "x", "annotations":
                 {"\(String(repeating: "k", count: 201))": ""}}
                """, ["too_long /annotations/\(String(repeating: "k", count: 201))"]
            ),
            (
                """
                {"resource_type": "api_key", "resource_id": "x", "annotations":
                 {\((0...20).map { "\"\($0)\": \"\"" }.joined(separator: ", "))}}
                """, ["too_long /annotations"]
            ),
        ])
    func faults(body: String, errors: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        let answer = try server.call(.post, Self.path, token: try server.token(.manageSettings), body: body)
        #expect(answer.status == 422)
        #expect(answer.errors.sorted() == errors)
    }
}
