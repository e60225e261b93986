import HTTPServer
import HTTPTypes
import JSONInput
import ManagementAPI
import StatusPages
import Testing

@testable import allclear

@Suite struct ErrorTests {
    /// Each request has more than one error. The status shows which check comes first.
    static let order: [(HTTPRequest.Method, String, body: String, status: Int, errors: [String])] = [
        (.get, "/v2/nothing", "", 404, ["not_found"]),
        (.get, "/v2/status_pages/", "", 404, ["not_found"]),
        (.get, "/v2//status_pages", "", 404, ["not_found"]),
        (.delete, "/v2/status_pages", "", 405, ["method_not_allowed"]),
        (.options, "/v2/status_pages", "", 405, ["method_not_allowed"]),
        (.patch, "/v2/status_page_incidents/x", "no JSON", 405, ["method_not_allowed"]),
        (.get, "/v2/status_pages/unknown", "", 404, ["not_found"]),
        (.get, "/v2/status_pages/01ARZ3NDEKTSV4RRFFQ69G5FAV", "", 404, ["not_found"]),
        (.get, "/v2/status_pages/{inside}", "", 404, ["not_found"]),
        (.get, "/v2/status_page_structures/{inside}", "", 404, ["not_found"]),
        (.get, "/v2/status_page_incidents/unknown", "", 404, ["not_found"]),
        (.put, "/v2/status_page_incidents/unknown", "no JSON", 404, ["not_found"]),
        (.post, "/v2/status_page_incidents", "no JSON", 400, ["invalid_json"]),
        (.post, "/v2/status_page_incidents", "", 400, ["invalid_json"]),
        (.post, "/v2/status_page_incidents", "[]", 400, ["invalid_json"]),
        (.post, "/v2/status_page_incidents", "null", 400, ["invalid_json"]),
        (.post, "/v2/status_page_incidents", #"{"name": "\ud800"}"#, 400, ["invalid_json"]),
        (.post, "/v2/status_page_incidents", #"{"status_page_id": "unknown"}"#, 404, ["not_found"]),
        (.post, "/v2/status_page_incidents", #"{"status_page_id": "{inside}"}"#, 404, ["not_found"]),
        (.post, "/v2/status_page_incident_updates", #"{"status_page_incident_id": "unknown"}"#, 404, ["not_found"]),
        (.get, "/v2/status_page_incidents?status_page_id=unknown&page_size=x", "", 404, ["not_found"]),
        (.get, "/v2/status_page_incidents?status_page_id={inside}", "", 404, ["not_found"]),
        (.get, "/v2/status_page_incidents", "", 422, ["is_required /status_page_id"]),
    ]

    @Test("Errors are reported in the order of the checks", arguments: Transport.allCases)
    func precedence(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        for (method, path, body, status, errors) in Self.order {
            let token = try server.token(.statusPagePublisher)
            let response = try server.call(method, path, token: token, body: body)
            #expect(response.status == status, "\(method) \(path) \(body)")
            #expect(response.errors == errors, "\(method) \(path) \(body)")
        }
    }

    @Test(
        "Malformed JSON is reported with its position",
        arguments: [
            ("", "The body is empty; it must be a JSON object."),
            (" \n", "The body is empty; it must be a JSON object."),
            ("{\"a\": 1 \"b\": 2}", "The JSON is malformed: line 1, column 9: expected a comma or `}`, not `\"`."),
            (
                "{\"name\": \"Überlast 😀\",\n \"x\": nope}",
                "The JSON is malformed: line 2, column 7: expected a value, not `n`."
            ),
            ("{\"a\": 1,}", "The JSON is malformed: line 1, column 8: a comma is not allowed before `}`."),
            (
                "{\"a\": \"one\ntwo\"}",
                "The JSON is malformed: line 1, column 7: this string does not end on its line; write a line break as \\n "
                    + "and a tab as \\t."
            ),
            (#"{"a": "\ud83d"}"#, "The JSON contains an unpaired surrogate, such as \\ud83d alone."),
            (#"{"a": "\ude00"}"#, "The JSON contains an unpaired surrogate, such as \\ud83d alone."),
            ("[]", "The body must be a JSON object, not an array."),
        ])
    func malformedJSON(body: String, message: String) throws {
        let server = try TestServer()
        defer { server.remove() }
        let token = try server.token(.statusPagePublisher)
        let response = try server.call(.post, "/v2/status_page_incidents", token: token, body: body)
        #expect(response.status == 400)
        #expect(response.string("/errors/0/message") == message)
    }

    @Test("An error has a status, a type and the request id", arguments: Transport.allCases)
    func shape(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let response = try server.get("/v2/nothing")
        #expect(response.json("/status") == .integer(404))
        #expect(response.string("/type") == "not_found")
        #expect(response.fields[.contentType] == "application/json")
        let id = try #require(response.string("/request_id"))
        #expect(response.field("X-Request-ID") == id)
        #expect(ULID(id) != nil)
    }

    @Test("Successful responses have the request id, too")
    func requestID() throws {
        let server = try TestServer()
        defer { server.remove() }
        let first = try server.get("/v1/identity").field("X-Request-ID")
        let second = try server.get("/v1/identity").field("X-Request-ID")
        #expect(first != nil)
        #expect(first != second)
    }

    @Test("The error for an unsupported method lists the supported ones")
    func allow() throws {
        let server = try TestServer()
        defer { server.remove() }
        let response = try server.publish(.post, "/v2/status_page_incidents/x", "")
        #expect(response.fields[.allow] == "GET, HEAD, PUT, DELETE")
        #expect(response.string("/type") == "method_not_allowed")
    }

    @Test("A body over the limit is rejected only after the key was checked")
    func size() throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let body = #"{"name": "\#(String(repeating: "x", count: 1_100_000))"}"#
        let response = try server.publish(.post, "/v2/status_page_incidents", body)
        #expect(response.status == 413)
        #expect(response.string("/type") == "payload_too_large")
        #expect(response.errors == ["payload_too_large"])
        let reader = try server.token(.statusPageViewer)
        #expect(try server.call(.post, "/v2/status_page_incidents", token: reader, body: body).status == 403)
        #expect(try server.call(.post, "/v2/status_page_incidents", token: nil, body: body).status == 401)
        #expect(try server.publish(.post, "/v2/nothing", body).status == 404)
        // The lookup of IDs in the path comes after the size check.
        for path in ["status_page_incidents", "status_page_incident_updates", "status_page_maintenances"] {
            #expect(try server.publish(.put, "/v2/\(path)/unknown", body).status == 413)
        }
    }

    @Test("Paths outside the two APIs get 404, readable for scripts of any origin", arguments: Transport.allCases)
    func elsewhere(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        for path in ["/", "/nobody", "/nobody/api/v1/summary", "/v3/status_pages", "/v1x"] {
            let response = try server.call(.get, path, token: nil)
            #expect(response.status == 404, "\(path)")
            #expect(response.errors == ["not_found"])
            #expect(response.fields[.accessControlAllowOrigin] == "*")
        }
    }
}
