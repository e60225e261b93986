import HTTPServer
import HTTPTypes
import JSONInput
import ManagementAPI
import Publishing
import StatusPages
import Storage
import Testing

@testable import allclear

@Suite struct APIKeyRuleTests {
    @Test("Managing keys requires its role, whatever other roles a key has", arguments: Transport.allCases)
    func role(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let outsider = try server.makeKey(.statusPagePublisher, .manageSettings)
        let other = try server.makeKey(.statusPageViewer)
        let calls: [(HTTPRequest.Method, String)] = [
            (.get, "/v1/api_keys"), (.post, "/v1/api_keys"), (.get, "/v1/api_keys/\(other.id)"),
            (.get, "/v1/api_keys/\(outsider.id)"), (.put, "/v1/api_keys/\(other.id)"),
            (.put, "/v1/api_keys/\(outsider.id)"), (.delete, "/v1/api_keys/\(other.id)"),
            (.delete, "/v1/api_keys/unknown"), (.post, "/v1/api_keys/\(other.id)/actions/rotate"),
        ]
        for (method, path) in calls {
            let response = try server.call(method, path, token: outsider.token, body: "no JSON")
            #expect(response.status == 403, "\(method) \(path)")
            #expect(response.errors == ["missing_required_scope"])
            #expect(response.string("/errors/0/metadata/required") == "api_keys_manage")
        }
        #expect(try server.isValid(other.token))
    }

    @Test("Any key can rotate and delete itself", arguments: Transport.allCases)
    func ownKey(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let key = try server.makeKey(.statusPageViewer)
        let path = "/v1/api_keys/\(key.id)"
        let rotated = try server.call(
            .post, "\(path)/actions/rotate", token: key.token, body: #"{"grace_period_minutes": 0}"#)
        #expect(rotated.status == 201)
        let token = try #require(rotated.string("/token"))
        #expect(try !server.isValid(key.token))
        #expect(try server.call(.delete, path, token: token).status == 204)
        #expect(try !server.isValid(token))
    }

    @Test("No key can change itself, not even one that manages keys")
    func noSelfPromotion() throws {
        let server = try TestServer()
        defer { server.remove() }
        let manager = try server.makeKey(.apiKeysManage)
        let refused = try server.call(.put, "/v1/api_keys/\(manager.id)", token: manager.token, body: "no JSON")
        #expect(refused.status == 403)
        #expect(refused.errors == ["own_key"])
    }

    @Test("A key grants only its own roles, and the error lists every missing role")
    func giving() throws {
        let server = try TestServer()
        defer { server.remove() }
        let manager = try server.makeKey(.apiKeysManage)
        let other = try server.createKey(by: manager)
        let body = Body.key("", roles: "status_page_viewer", "manage_settings", "status_page_publisher")
        for (method, path) in [(.post, "/v1/api_keys"), (.put, "/v1/api_keys/\(other.id)")]
            as [(HTTPRequest.Method, String)]
        {
            let refused = try server.call(method, path, token: manager.token, body: body)
            #expect(refused.status == 403)
            #expect(refused.errors == ["missing_required_scope /role_names/1", "missing_required_scope /role_names/2"])
            #expect(refused.string("/errors/0/metadata/required") == "manage_settings")
        }
        #expect(try server.call(.get, "/v1/api_keys", token: manager.token).count("/api_keys") == 2)
    }

    @Test("A request that lists a key's own roles keeps them, whatever roles the sender has")
    func keeping() throws {
        let server = try TestServer()
        defer { server.remove() }
        let manager = try server.makeKey(.apiKeysManage)
        let other = try server.makeKey(.apiKeysManage, .manageSettings)
        let path = "/v1/api_keys/\(other.id)"
        let renamed = try server.call(
            .put, path, token: manager.token, body: Body.key("New", roles: "api_keys_manage", "manage_settings"))
        #expect(renamed.status == 200, "\(renamed.text)")
        #expect(renamed.count("/api_key/roles") == 3)
        #expect(try server.call(.put, path, token: manager.token, body: Body.key()).count("/api_key/roles") == 1)
    }

    @Test("A key rotates only keys whose roles it has")
    func rotating() throws {
        let server = try TestServer()
        defer { server.remove() }
        let manager = try server.makeKey(.apiKeysManage)
        let publisher = try server.makeKey(.statusPagePublisher)
        let path = "/v1/api_keys/\(publisher.id)/actions/rotate"
        let refused = try server.call(.post, path, token: manager.token, body: "no JSON")
        #expect(refused.status == 403)
        #expect(refused.errors == ["missing_required_scope"])
        #expect(refused.string("/errors/0/metadata/required") == "status_page_publisher")
        let whole = try server.makeKey(.apiKeysManage, .statusPagePublisher)
        #expect(try server.call(.post, path, token: whole.token).status == 201)
        // A deletion grants no roles, so it needs only `api_keys_manage`.
        #expect(try server.call(.delete, "/v1/api_keys/\(publisher.id)", token: manager.token).status == 204)
    }

    @Test(
        "All problems of a key are reported at once",
        arguments: [
            (
                "{}",
                [
                    "is_required /name", "is_required /role_names", "is_required /team_ids",
                    "is_required /team_role_names",
                ]
            ),
            (
                """
                {"name": " ", "role_names": ["api_keys_manage", "viewer", 5], "team_ids": ["t"],
                 "team_role_names": ["r"]}
                """,
                [
                    "invalid_type /role_names/2", "too_short /name", "invalid_value /role_names/0",
                    "invalid_value /role_names/1", "invalid_value /team_ids", "invalid_value /team_role_names",
                ]
            ),
            (
                #"{"name": 1, "role_names": "viewer", "team_ids": {}, "team_role_names": 0, "comments": []}"#,
                [
                    "invalid_type /name", "invalid_type /role_names", "invalid_type /team_ids",
                    "invalid_type /team_role_names", "invalid_type /comments",
                ]
            ),
        ])
    func faults(body: String, errors: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        let manager = try server.makeKey(.apiKeysManage)
        let other = try server.makeKey(.statusPageViewer)
        for (method, path) in [(.post, "/v1/api_keys"), (.put, "/v1/api_keys/\(other.id)")]
            as [(HTTPRequest.Method, String)]
        {
            let refused = try server.call(method, path, token: manager.token, body: body)
            #expect(refused.status == 422)
            #expect(refused.errors == errors)
        }
    }

    @Test("There are at most 5,000 keys, and deleting one makes room")
    func most() throws {
        let server = try TestServer()
        defer { server.remove() }
        let manager = try server.makeKey(.apiKeysManage)
        var spare = manager.id
        try server.application.store.write { transaction in
            for number in 2...5_000 {
                let key = APIKey(
                    id: ID(IDSource().next()), name: "n", createdAt: Timestamp(milliseconds: 0), roles: [])
                let hash = (0..<32).map { UInt8(truncatingIfNeeded: $0 < 2 ? number >> (8 * $0) : 0) }
                try transaction.insert(key, tokenHash: hash)
                spare = key.id.description
            }
        }
        func create() throws -> TestResponse {
            try server.call(.post, "/v1/api_keys", token: manager.token, body: Body.key())
        }
        let refused = try create()
        #expect(refused.status == 422)
        #expect(refused.errors == ["too_many_keys"])
        #expect(throws: TooManyKeys.self) { try server.makeKey(.statusPageViewer) }
        #expect(try server.call(.delete, "/v1/api_keys/\(spare)", token: manager.token).status == 204)
        #expect(try create().status == 201)
    }

    @Test("An unknown key gets 404 before the body is checked")
    func unknown() throws {
        let server = try TestServer()
        defer { server.remove() }
        let manager = try server.makeKey(.apiKeysManage)
        let gone = try server.createKey(by: manager)
        #expect(try server.call(.delete, "/v1/api_keys/\(gone.id)", token: manager.token).status == 204)
        for id in [gone.id, "unknown", "01ARZ3NDEKTSV4RRFFQ69G5FAV"] {
            for (method, path) in [(.get, ""), (.put, ""), (.delete, ""), (.post, "/actions/rotate")]
                as [(HTTPRequest.Method, String)]
            {
                let response = try server.call(
                    method, "/v1/api_keys/\(id)\(path)", token: manager.token, body: "no JSON")
                #expect(response.status == 404, "\(method) \(id)")
            }
        }
        #expect(try server.call(.post, "/v1/api_keys", token: manager.token, body: "no JSON").status == 400)
    }
}
