import HTTPTypes
import JSONInput
import Testing

@Suite struct IncidentListTests {
    private func names(_ response: TestResponse) -> [String] {
        (0..<(response.count("/status_page_incidents") ?? 0)).compactMap {
            response.string("/status_page_incidents/\($0)/id")
        }
    }

    @Test("Incidents are listed newest first, a page at a time, while new ones come in", arguments: Transport.allCases)
    func paging(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let declared = try (0..<7).map { try server.declare(key: "\($0)") }
        let base = "/v2/status_page_incidents?status_page_id={acme}&page_size=3"
        let first = try server.get(base)
        #expect(names(first) == Array(declared.reversed()[..<3]))
        #expect(first.json("/pagination_meta/page_size") == .integer(3))
        _ = try server.declare(key: "newer")
        let second = try server.get("\(base)&after=\(try #require(first.string("/pagination_meta/after")))")
        #expect(names(second) == Array(declared.reversed()[3..<6]))
        let third = try server.get("\(base)&after=\(try #require(second.string("/pagination_meta/after")))")
        #expect(names(third) == [declared[0]])
        #expect(third.json("/pagination_meta") == .object(["page_size": .integer(3)]))
    }

    @Test("Each incident has all its updates and impacts, and other pages' incidents are not listed")
    func content() throws {
        let server = try TestServer()
        defer { server.remove() }
        let id = try server.declare(key: "a", Body.components(["Login": "full_outage", "Core": "partial_outage"]))
        try server.update(id, #""incident_status": "resolved""#)
        let listed = try server.get("/v2/status_page_incidents?status_page_id={acme}")
        #expect(listed.json("/status_page_incidents/0") == (try server.show(id)).json("/status_page_incident"))
        #expect(names(try server.get("/v2/status_page_incidents?status_page_id={clients}")).isEmpty)
    }

    @Test(
        "A filter lists the incidents with a matching impact",
        arguments: [
            ("component_id={Login}", ["login"]),
            ("component_id={Website}", []),
            ("group_id={EU}", ["login"]),
            ("group_id={Empty}", []),
            ("sub_page_id={United Kingdom}", ["core"]),
            ("group_id={UK Core}&sub_page_id={United Kingdom}", ["core"]),
            ("group_id={EU}&sub_page_id={United Kingdom}", []),
            ("component_id={Login}&start_at=2000-01-01T00:00:00Z", ["login"]),
            ("component_id={Login}&end_at=2000-01-01T00:00:00Z", []),
            ("start_at=2999-01-01T00:00:00%2B01:00", ["core"]),
            ("start_at=2999-01-01T00:00:00+01:00", ["core"]),
            ("start_at=2000-01-01T00:00:00Z&end_at=2999-01-01T00:00:00Z", ["core", "login"]),
        ])
    func filters(query: String, expected: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        var ids: [String: String] = [:]
        ids["none"] = try server.declare(key: "none", Body.components(["Website": "operational"]))
        ids["login"] = try server.declare(key: "login", Body.components(["Login": "full_outage"]))
        ids["core"] = try server.declare(key: "core", Body.components(["Core": "full_outage"]))
        try server.update(try #require(ids["login"]), #""incident_status": "resolved""#)
        let response = try server.get("/v2/status_page_incidents?status_page_id={acme}&\(query)")
        #expect(names(response) == expected.compactMap { ids[$0] }, "\(response.text)")
    }

    @Test(
        "Unknown ids in a query get 404, and malformed values are rejected",
        arguments: [
            ("component_id={Portal}", 404, ["not_found"]),
            ("group_id={Website}", 404, ["not_found"]),
            ("sub_page_id=unknown&page_size=0", 404, ["not_found"]),
            ("start_at=yesterday", 422, ["invalid_format /start_at"]),
            ("end_at=2026-01-01T00:00:00", 422, ["invalid_format /end_at"]),
            ("start_at=2026-01-01T00:00:01Z&end_at=2026-01-01T00:00:00Z", 422, ["invalid_value /end_at"]),
            ("start_at=2026-01-01T01:00:00%2B01:00&end_at=2026-01-01T00:00:00Z", 200, []),
            ("after=unknown", 422, ["invalid_value /after"]),
            ("after={incident}", 200, []),
            ("component_id={Login}&after={incident}", 422, ["invalid_value /after"]),
            (
                "after=01ARZ3NDEKTSV4RRFFQ69G5FAV&page_size=0", 422,
                ["invalid_value /page_size", "invalid_value /after"]
            ),
        ])
    func refusals(query: String, status: Int, errors: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        let incident = try server.declare(key: "a", Body.components(["Website": "full_outage"]))
        let query = query.replacing("{incident}", with: incident)
        let response = try server.get("/v2/status_page_incidents?status_page_id={acme}&\(query)")
        #expect(response.status == status)
        #expect(response.errors == errors)
    }
}
