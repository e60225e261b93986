import HTTPTypes
import JSONInput
import Testing

@Suite struct MaintenanceListTests {
    @Test("Maintenances are listed newest first, a page at a time", arguments: Transport.allCases)
    func paging(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let made = try (0..<5).map { try server.schedule(key: "\($0)") }
        let base = "\(maintenancesPath)?status_page_id={acme}&page_size=2"
        var seen: [String] = []
        var after = ""
        for _ in 0..<3 {
            let response = try server.get("\(base)\(after)")
            seen += (0...1).compactMap { response.string("/status_page_maintenances/\($0)/id") }
            if let last = response.string("/pagination_meta/after") {
                #expect(last == seen.last)
                after = "&after=\(last)"
            } else {
                #expect(response.json("/pagination_meta") == .object(["page_size": .integer(2)]))
            }
            // Newer maintenances do not shift the pages of the list.
            _ = try server.schedule(key: "newer \(seen.count)")
        }
        #expect(seen == made.reversed())
    }

    @Test("Each maintenance has all its updates and periods, and other pages' maintenances are not listed")
    func content() throws {
        let server = try TestServer()
        defer { server.remove() }
        let id = try server.schedule(key: "a")
        try server.updateMaintenance(id)
        let listed = try server.get("\(maintenancesPath)?status_page_id={acme}")
        #expect(
            listed.json("/status_page_maintenances/0")
                == (try server.showMaintenance(id)).json("/status_page_maintenance"))
        let other = try server.get("\(maintenancesPath)?status_page_id={clients}")
        #expect(other.json("/status_page_maintenances") == .array([]))
    }

    @Test(
        "A filter lists the maintenances with a matching period",
        arguments: [
            ("", ["both", "login", "none"]),
            ("component_id={Login}", ["both", "login"]), ("component_id={Website}", []),
            ("group_id={EU}", ["both", "login"]), ("group_id={Empty}", []),
            ("sub_page_id={United Kingdom}", ["both"]), ("group_id={EU}&sub_page_id={United Kingdom}", []),
            ("start_at=2990-01-01T12:00:00Z", ["both", "login"]), ("start_at=2990-01-01T12:00:00.001Z", ["login"]),
            ("end_at=2990-01-01T10:00:00Z", ["both"]), ("end_at=2990-01-01T09:59:59.999Z", []),
            ("component_id={Core}&start_at=2991-01-01T00:00:00%2B01:00", []),
            ("component_id={Login}&start_at=2990-06-01T00:00:00Z&end_at=2992-01-01T00:00:00Z", ["login"]),
        ])
    func filters(query: String, expected: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        var names: [String: String] = [:]
        names[try server.schedule(key: "none", ["affected_component_ids": "[]"])] = "none"
        let later: KeyValuePairs = [
            "affected_component_ids": #"["{Login}"]"#, "start_at": #""2991-01-01T10:00:00Z""#,
            "end_at": #""2991-01-01T12:00:00Z""#,
        ]
        names[try server.schedule(key: "login", later)] = "login"
        names[try server.schedule(key: "both")] = "both"
        #expect(try server.listMaintenances(query).map { names[$0] } == expected)
    }

    @Test(
        "Unknown ids in a query get 404, and malformed values are rejected",
        arguments: [
            ("component_id={Portal}", 404, ["not_found"]), ("group_id={Website}", 404, ["not_found"]),
            ("sub_page_id=unknown", 404, ["not_found"]), ("start_at=yesterday", 422, ["invalid_format /start_at"]),
            ("page_size=251", 422, ["invalid_value /page_size"]), ("after=unknown", 422, ["invalid_value /after"]),
            ("after={incident}", 422, ["invalid_value /after"]), ("after={maintenance}", 200, []),
            ("component_id={Website}&after={maintenance}", 422, ["invalid_value /after"]),
        ])
    func refusals(query: String, status: Int, errors: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        let query = query.replacing("{incident}", with: try server.declare(key: "a"))
            .replacing("{maintenance}", with: try server.schedule(key: "a"))
        let response = try server.get("\(maintenancesPath)?status_page_id={acme}&\(query)")
        #expect(response.status == status)
        #expect(response.errors == errors)
    }
}
