import HTTPTypes
import StatusPages
import Testing

@Suite struct MaintenanceAccessTests {
    static let order: [(HTTPRequest.Method, String, body: String, status: Int, errors: [String])] = [
        (.get, "/v2/status_page_maintenances/unknown", "", 404, ["not_found"]),
        (.get, "/v2/status_page_maintenances/01ARZ3NDEKTSV4RRFFQ69G5FAV", "", 404, ["not_found"]),
        (.put, "/v2/status_page_maintenances/01ARZ3NDEKTSV4RRFFQ69G5FAV", "no JSON", 404, ["not_found"]),
        (.delete, "/v2/status_page_maintenances/01ARZ3NDEKTSV4RRFFQ69G5FAV", "", 404, ["not_found"]),
        (.delete, "/v2/status_page_maintenances", "", 405, ["method_not_allowed"]),
        (.get, "/v2/status_page_maintenance_updates", "", 405, ["method_not_allowed"]),
        (.post, "/v2/status_page_maintenances", "[]", 400, ["invalid_json"]),
        (.post, "/v2/status_page_maintenances", #"{"status_page_id": "unknown"}"#, 404, ["not_found"]),
        (.post, "/v2/status_page_maintenances", #"{"status_page_id": "{inside}"}"#, 404, ["not_found"]),
        (.post, "/v2/status_page_maintenance_updates", "no JSON", 400, ["invalid_json"]),
        (
            .post, "/v2/status_page_maintenance_updates", #"{"status_page_maintenance_id": "unknown"}"#, 404,
            ["not_found"]
        ),
        (
            .post, "/v2/status_page_maintenance_updates",
            #"{"status_page_maintenance_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}"#, 404, ["not_found"]
        ),
        (.get, "/v2/status_page_maintenances?status_page_id={inside}", "", 404, ["not_found"]),
        (.get, "/v2/status_page_maintenances", "", 422, ["is_required /status_page_id"]),
    ]

    @Test("Errors are reported in the order of the checks", arguments: Transport.allCases)
    func precedence(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let token = try server.token(.statusPagePublisher)
        for (method, path, body, status, errors) in Self.order {
            let response = try server.call(method, path, token: token, body: body)
            #expect(response.status == status, "\(method) \(path) \(body)")
            #expect(response.errors == errors, "\(method) \(path) \(body)")
        }
    }

    @Test("Writing requires the publisher role, and reading any key", arguments: Transport.allCases)
    func roles(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let id = try server.schedule(key: "a")
        let reader = try server.token(.statusPageViewer, .manageSettings, .apiKeysManage)
        let writes: [(HTTPRequest.Method, String)] = [
            (.post, maintenancesPath), (.post, "/v2/status_page_maintenance_updates"),
            (.put, "\(maintenancesPath)/\(id)"), (.delete, "\(maintenancesPath)/\(id)"),
            (.delete, "\(maintenancesPath)/unknown"),
        ]
        for (method, path) in writes {
            let response = try server.call(method, path, token: reader, body: "no JSON")
            #expect(response.status == 403)
            #expect(response.errors == ["missing_required_scope"])
            for name in ["scope", "required"] {
                #expect(response.string("/errors/0/metadata/\(name)") == "status_page_publisher")
            }
        }
        #expect(try server.call(.get, "\(maintenancesPath)/\(id)", token: reader).status == 200)
        #expect(try server.call(.get, "\(maintenancesPath)/\(id)", token: nil).status == 401)
    }

    @Test("Every path lists its methods")
    func allow() throws {
        let server = try TestServer()
        defer { server.remove() }
        #expect(try server.publish(.patch, maintenancesPath, "").fields[.allow] == "GET, HEAD, POST")
        #expect(try server.publish(.post, "\(maintenancesPath)/x", "").fields[.allow] == "GET, HEAD, PUT, DELETE")
    }
}
