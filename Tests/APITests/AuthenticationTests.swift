import Dashboard
import HTTPServer
import HTTPTypes
import JSONInput
import ManagementAPI
import Publishing
import StatusPages
import Storage
import Testing

@testable import allclear

@Suite struct AuthenticationTests {
    @Test("Without a valid key, a response reveals nothing", arguments: Transport.allCases)
    func refusals(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let valid = try server.token(.statusPageViewer)
        let changed = valid.dropLast() + (valid.hasSuffix("x") ? "y" : "x")
        let cases: [(String?, code: String)] = [
            (nil, "missing_authorization_material"),
            ("Bearer", "access_token_invalid"),
            ("Bearer ", "access_token_invalid"),
            ("Basic \(valid)", "access_token_invalid"),
            (valid, "access_token_invalid"),
            ("Bearer \(changed)", "access_token_invalid"),
            ("Bearer nonsense", "access_token_invalid"),
        ]
        for (authorization, code) in cases {
            for path in ["/v2/status_pages", "/v2/nothing/here", "/v1"] {
                var fields = HTTPFields()
                fields[.authorization] = authorization
                let response = try server.call(.get, path, token: nil, fields: fields)
                #expect(response.status == 401)
                #expect(response.string("/type") == "authentication_error")
                #expect(response.errors == [code], "\(authorization ?? "none")")
                #expect(response.fields[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
            }
        }
    }

    @Test("The error for a malformed key says how to send one")
    func malformed() throws {
        let server = try TestServer()
        defer { server.remove() }
        let valid = try server.token(.statusPageViewer)
        let changed = valid.dropLast() + (valid.hasSuffix("x") ? "y" : "x")
        for authorization in [valid, "Token \(valid)", "Bearer \"\(valid)\"", "Bearer $KEY", "Bearer \(changed)"] {
            let fields: HTTPFields = [.authorization: authorization]
            let message = try server.call(.get, "/v1/identity", token: nil, fields: fields).string("/errors/0/message")
            #expect(message?.hasPrefix("The Authorization header must be Bearer, a space, and an API key") == true)
        }
        let unknown = try AccessToken.generate().text
        let message = try server.call(.get, "/v1/identity", token: unknown).string("/errors/0/message")
        #expect(message == "The API key is unknown, revoked or expired.")
    }

    @Test("The scheme's name is not case-sensitive", arguments: ["bearer", "BEARER", "Bearer "])
    func scheme(_ scheme: String) throws {
        let server = try TestServer()
        defer { server.remove() }
        let fields: HTTPFields = [.authorization: "\(scheme) \(try server.token(.statusPageViewer))"]
        #expect(try server.call(.get, "/v1/identity", token: nil, fields: fields).status == 200)
    }

    @Test("A revoked key stops working at once")
    func revoked() throws {
        let server = try TestServer()
        defer { server.remove() }
        let token = try server.token(.statusPageViewer)
        #expect(try server.call(.get, "/v1/identity", token: token).status == 200)
        for key in try server.application.store.read({ try $0.apiKeys() }) {
            #expect(try server.application.store.write { try $0.revokeAPIKey(key.id, at: key.createdAt) })
        }
        let response = try server.call(.get, "/v1/identity", token: token)
        #expect(response.errors == ["access_token_invalid"])
    }

    @Test(
        "Publishing requires the publisher role, which the roles for keys and settings do not include",
        arguments: [
            [], [APIKey.Role.statusPageViewer], [.manageSettings, .apiKeysManage],
        ])
    func roles(_ roles: [APIKey.Role]) throws {
        let server = try TestServer()
        defer { server.remove() }
        let maker = server.maker
        let token = try maker.make(name: "reader", roles: roles, in: server.application.store).token.text
        let incident = try server.declare(key: "a")
        let writes: [(HTTPRequest.Method, String)] = [
            (.post, "/v2/status_page_incidents"), (.post, "/v2/status_page_incident_updates"),
            (.put, "/v2/status_page_incidents/\(incident)"), (.put, "/v2/status_page_incidents/unknown"),
        ]
        for (method, path) in writes {
            let response = try server.call(method, path, token: token, body: "no JSON")
            #expect(response.status == 403)
            #expect(response.string("/type") == "resource_forbidden")
            #expect(response.errors == ["missing_required_scope"])
            #expect(response.string("/errors/0/metadata/required") == "status_page_publisher")
        }
        #expect(try server.call(.get, "/v2/status_page_incidents/\(incident)", token: token).status == 200)
    }

    @Test(
        "The identity links to the dashboard, if there is one",
        arguments: [
            (true, nil, "http://status.test/dashboard"), (true, "admin.test", "http://admin.test/dashboard"),
            (false, nil, "http://status.test"),
        ] as [(Bool, String?, String)])
    func dashboardURL(isEnabled: Bool, host: String?, url: String) throws {
        let server = try TestServer { configuration in
            configuration.dashboard.isEnabled = isEnabled
            configuration.dashboard.host = host
        }
        defer { server.remove() }
        let response = try server.call(.get, "/v1/identity", token: try server.token(.statusPageViewer))
        #expect(response.string("/identity/dashboard_url") == url)
    }

    @Test("The identity shows the key's name and roles", arguments: Transport.allCases)
    func identity(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let response = try server.call(.get, "/v1/identity", token: try server.token(.statusPagePublisher))
        #expect(response.status == 200)
        #expect(response.string("/identity/name") == "status_page_publisher")
        #expect(response.string("/identity/dashboard_url") == "http://status.test/dashboard")
        #expect(
            response.json("/identity/roles")
                == .array([.string("status_page_viewer"), .string("status_page_publisher")]))
        #expect(response.json("/identity/teams") == .array([]))
        #expect(response.json("/identity/team_roles") == .array([]))
    }
}
