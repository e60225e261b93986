import HTTPTypes
import Publishing
import StatusPages
import TestSupport
import Testing

@testable import ManagementAPI
@testable import allclear

@Suite("Ignored fields and parameters")
struct IgnoredNamesTests {
    private static let field = "Allclear-Ignored"

    private static let window = #""start_at": "2990-02-01T10:00:00Z", "end_at": "2990-02-01T12:00:00Z""#
    private static let keyBody = #"{"name": "x", "role_names": [], "team_ids": [], "team_role_names": [], "nmae": 1}"#

    @Test("Every route lists ignored names, in bodies and queries", arguments: Transport.allCases)
    func routes(transport: Transport) throws {
        let server = try TestServer.mailing(transport)
        defer { server.remove() }
        let token = try server.token(.statusPagePublisher, .manageSettings, .apiKeysManage, .subscribersManage)
        let incident = try server.declare(key: "a")
        let update = try #require(try server.show(incident).string("/status_page_incident/updates/0/id"))
        let maintenance = try server.schedule(key: "b")
        let note = try #require(
            try server.showMaintenance(maintenance).string("/status_page_maintenance/updates/0/id"))
        let made = try server.call(
            .post, "/v2/status_page_components", token: token, body: #"{"name": "x", "nmae": 1}"#)
        #expect(made.field(Self.field) == "/nmae")
        let component = try #require(made.string("/status_page_component/id"))
        let issued = try server.call(.post, "/v1/api_keys", token: token, body: Self.keyBody)
        #expect(issued.field(Self.field) == "/nmae")
        let key = try #require(issued.string("/api_key/id"))
        let page = try server.makePage("made")
        let structure = #"{"items": [{"component": {"component_id": "{Login}", "nmae": 1}, "x": 1}]}"#
        let claim = #""resource_type": "status_page_structure", "resource_id": "\#(page)", "annotations": {"a": "b"}"#
        let resolved = """
            {"incident_status": "resolved", "message": "Was.", "published_at": "2025-01-01T01:00:00Z", "nmae": 1}
            """
        let percent = "start_at=2025-01-01T00:00:00Z&end_at=2025-02-01T00:00:00Z"
        let statuses =
            #""component_statuses": [{"component_id": "{Login}", "component_status": "full_outage", "x": 1}]"#
        let requests: [(HTTPRequest.Method, String, String, String)] = [
            (
                .post, "/v2/status_page_incidents?status=x", Body.incident(key: "c", #""component_statues": []"#),
                "/component_statues, ?status"
            ),
            (.post, "/v2/status_page_incidents", Body.incident(key: "d", statuses), "/component_statuses/0/x"),
            (.post, "/v2/status_page_incidents", Body.incident(key: "d", #""nmae": 1"#), "/nmae"),
            (.post, "/v2/status_page_incident_updates", Body.update(of: incident, #""nmae": 1"#), "/nmae"),
            (.put, "/v2/status_page_incident_updates/\(update)?q", #"{"message": "New", "nmae": 1}"#, "/nmae, ?q"),
            (.put, "/v2/status_page_incidents/\(incident)", #"{"name": "x", "nmae": 1}"#, "/nmae"),
            (.get, "/v2/status_page_incidents/\(incident)?q=1", "", "?q"),
            (.get, "/v2/status_page_incidents?status_page_id={acme}&component=x&page=2", "", "?component, ?page"),
            (.get, "/v1/status-pages/{acme}/incidents/\(incident)/response-incidents?q=1", "", "?q"),
            (
                .post, "/v2/status_page_retrospective_incidents",
                #"{"status_page_id": "{acme}", "name": "x", "idempotency_key": "e", "updates": [\#(resolved)]}"#,
                "/updates/0/nmae"
            ),
            (.post, maintenancesPath, Body.maintenance(key: "f", ["nmae": "1"]), "/nmae"),
            (
                .post, "/v2/status_page_maintenance_updates", Body.maintenanceUpdate(of: maintenance, #""nmae": 1"#),
                "/nmae"
            ),
            (.put, "/v2/status_page_maintenance_updates/\(note)", #"{"message": "New", "nmae": 1}"#, "/nmae"),
            (.put, "\(maintenancesPath)/\(maintenance)", #"{"name": "x", "nmae": 1, \#(Self.window)}"#, "/nmae"),
            (.get, "\(maintenancesPath)/\(maintenance)?q=1", "", "?q"),
            (.get, "\(maintenancesPath)?status_page_id={acme}&q=1", "", "?q"),
            (.put, "/v2/status_page_components/\(component)", #"{"name": "x", "nmae": 1}"#, "/nmae"),
            (.get, "/v2/status_page_components?page_size=5", "", "?page_size"),
            (.get, "/v2/status_page_components/\(component)?q=1", "", "?q"),
            (.delete, "/v2/status_page_components/\(component)?q=1", "", "?q"),
            (.get, "/v2/status_pages?q=1", "", "?q"), (.get, "/v2/status_pages/{acme}?q=1", "", "?q"),
            (.get, "/v2/status_page_structures/{acme}?q=1", "", "?q"),
            (
                .put, "/v2/status_page_structures/\(page)", structure, "/items/0/x, /items/0/component/nmae"
            ),
            (.post, "/v2/managed_resources", #"{"source_url": "x", \#(claim)}"#, "/source_url"),
            (.get, "/v2/status_pages/{acme}/widget?q=1", "", "?q"),
            (.get, "/v2/status_pages/{acme}/components/{Login}/availability?\(percent)&q=1", "", "?q"),
            (.get, "/v1/identity?q=1", "", "?q"), (.get, "/v1/openapiV3.json?q=1", "", "?q"),
            (.get, "/v1/api_keys?q=1", "", "?q"), (.get, "/v1/api_keys/\(key)?q=1", "", "?q"),
            (.put, "/v1/api_keys/\(key)", Self.keyBody, "/nmae"),
            (.post, "/v1/api_keys/\(key)/actions/rotate", #"{"nmae": 1}"#, "/nmae"),
            (.delete, "/v1/api_keys/\(key)?q=1", "", "?q"), (.get, "/v2/audit_events?q=1", "", "?q"),
            (.delete, "\(maintenancesPath)/\(maintenance)?q=1", "", "?q"),
            (.delete, "/v2/status_page_incidents/\(incident)?q=1", "", "?q"),
        ]
        let api = try server.described()
        var left = Set(api.apiOperations.map(\.name)).subtracting([
            "POST /v1/api_keys", "POST /v2/status_page_components",
        ])
        let subscribers = try server.subscriberRequests().map { method, path, body in
            guard let body else { return (method, "\(path)\(path.contains("?") ? "&" : "?")q=1", "", "?q") }
            return (method, path, #"{"nmae": 1\#(body == "{}" ? "" : ", ")\#(body.dropFirst())"#, "/nmae")
        }
        for (method, path, body, expected) in requests + subscribers {
            let answer = try server.call(method, path, token: token, body: body)
            #expect((200..<300).contains(answer.status), "\(method) \(path): \(answer.text)")
            #expect(answer.field(Self.field) == expected, "\(method) \(path)")
            if let operation = api.operation(method, path) { left.remove(operation.name) }
        }
        #expect(left.isEmpty, "add a request to each of these: \(left.sorted().joined(separator: ", "))")
    }

    @Test("A response without ignored names lists none, and neither does an error")
    func none() throws {
        let server = try TestServer()
        defer { server.remove() }
        let known = try server.publish(.post, "/v2/status_page_incidents", Body.incident(#""nothing": null"#))
        #expect(known.status == 201)
        #expect(known.field(Self.field) == nil)
        let wrong = try server.publish(.post, "/v2/status_page_incidents", #"{"status_page_id": "{acme}", "nmae": 1}"#)
        #expect(wrong.status == 422)
        #expect(wrong.field(Self.field) == nil)
    }

    @Test("The log line of the request lists ignored names, but contains no key")
    func log() throws {
        let server = try TestServer()
        defer { server.remove() }
        let secret = try AccessToken.generate().text
        let members = #""component_statues": [], "\#(secret)": 1"#
        let answer = try server.publish(.post, "/v2/status_page_incidents?status=value-sent", Body.incident(members))
        #expect(answer.field(Self.field) == "/allclear_[redacted], /component_statues, ?status")
        let line = try #require(server.log.lines.first { $0.message == "request" })
        #expect(line.metadata["ignored"] == "/allclear_[redacted], /component_statues, ?status")
        #expect(!server.log.lines.contains { "\($0)".contains("value-sent") || "\($0)".contains(secret.dropFirst(9)) })
    }

    @Test("Only the first ten ignored names are listed")
    func most() throws {
        let server = try TestServer()
        defer { server.remove() }
        let members = (10...30).map { #""f\#($0)": 1"# }.joined(separator: ", ")
        let answer = try server.publish(.post, "/v2/status_page_incidents?q=1", Body.incident(members))
        #expect(answer.field(Self.field) == (10...19).map { "/f\($0)" }.joined(separator: ", "))
    }

    @Test(
        "Names are written in visible ASCII, with commas encoded",
        arguments: [
            (#""a b""#, "/a%20b"), (#""a,b""#, "/a%2Cb"), (#""100%""#, "/100%25"), (#""\r\nX: y""#, "/%0D%0AX:%20y"),
            (#""é""#, "/%C3%A9"), (#""a/b~c""#, "/a~1b~0c"), (#""\u0000\u007f""#, "/%00%7F"), (#""""#, "/"),
            ("\"\(String(repeating: "x", count: 200))\"", "/\(String(repeating: "x", count: 99))[cut]"),
            ("\"\(String(repeating: "é", count: 200))\"", "/\(String(repeating: "%C3%A9", count: 16))%C3[cut]"),
        ])
    func encoding(name: String, expected: String) throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let answer = try server.publish(.post, "/v2/status_page_incidents", Body.incident("\(name): 1"))
        #expect(answer.status == 201)
        #expect(answer.field(Self.field) == expected)
    }

    @Test("Parameters are listed decoded, each once")
    func parameters() throws {
        let server = try TestServer()
        defer { server.remove() }
        let answer = try server.get("/v1/identity?b=1&a%2Cb=2&b=3&c&%zz=1&=5&page%5Fsize=1")
        #expect(answer.field(Self.field) == "?b, ?a%2Cb, ?c, ?%25zz, ?, ?page_size")
    }
}
