import HTTPTypes
import JSONInput
import Testing

@Suite struct AvailabilityEndpointTests {
    private static let path = "/v2/status_pages/{acme}/components/{Login}/availability"

    @Test("Past outages count once, and degraded performance does not count", arguments: Transport.allCases)
    func outages(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        func record(_ key: String, _ status: String, _ from: String, _ to: String) throws {
            let body = """
                {"status_page_id": "{acme}", "name": "Old", "idempotency_key": "\(key)", "updates": [
                 {"incident_status": "investigating", "message": "m", "published_at": "2026-01-\(from)T00:00:00Z",
                  \(Body.components(["Login": status]))},
                 {"incident_status": "resolved", "message": "m", "published_at": "2026-01-\(to)T00:00:00Z"}]}
                """
            let response = try server.publish(.post, "/v2/status_page_retrospective_incidents", body)
            try #require(response.status == 201, "\(response.text)")
        }
        try record("a", "full_outage", "02", "04")
        try record("b", "partial_outage", "03", "05")
        try record("c", "degraded_performance", "06", "09")
        let response = try server.get("\(Self.path)?start_at=2026-01-01T00:00:00Z&end_at=2026-01-11T01:00:00%2B01:00")
        #expect(response.status == 200)
        // Data starts with the first impact, on January 2nd. The outages cover three of the nine days since then.
        #expect(response.string("/availability/data_available_since") == "2026-01-02T00:00:00.000Z")
        #expect(response.string("/availability/availability_percent") == "66.66")
        #expect(response.string("/availability/start_at") == "2026-01-01T00:00:00.000Z")
        #expect(response.string("/availability/end_at") == "2026-01-11T00:00:00.000Z")
        #expect(response.string("/availability/component_id") == server.ids["Login"])
        #expect(response.string("/availability/status_page_id") == server.ids["acme"])
        let website = try server.get(
            "/v2/status_pages/{acme}/components/{Website}/availability"
                + "?start_at=2026-01-03T00:00:00Z&end_at=2026-01-04T00:00:00Z")
        #expect(website.string("/availability/availability_percent") == "100.00")
    }

    @Test("A window without data has no availability")
    func noData() throws {
        let server = try TestServer()
        defer { server.remove() }
        let response = try server.get("\(Self.path)?start_at=2020-01-01T00:00:00Z&end_at=2020-02-01T00:00:00Z")
        #expect(response.status == 200)
        #expect(response.json("/availability/availability_percent") == nil)
    }

    @Test(
        "An invalid window is rejected",
        arguments: [
            ("", ["is_required /start_at", "is_required /end_at"]),
            ("start_at=2026-01-01T00:00:00Z&end_at=2026-01-01T00:00:00Z", ["invalid_value /end_at"]),
            ("start_at=2026-01-01T00:00:00Z&end_at=2027-01-03T00:00:00Z", ["invalid_value /end_at"]),
            ("start_at=now&end_at=2027-01-03", ["invalid_format /start_at", "invalid_format /end_at"]),
        ])
    func refusals(query: String, errors: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        let response = try server.get("\(Self.path)?\(query)")
        #expect(response.status == 422)
        #expect(response.errors == errors)
    }

    @Test("A window is at most 366 days long")
    func longest() throws {
        let server = try TestServer()
        defer { server.remove() }
        let query = "start_at=2026-01-01T00:00:00Z&end_at=2027-01-02T00:00:00Z"
        #expect(try server.get("\(Self.path)?\(query)").status == 200)
    }

    @Test(
        "Only components on the page are found",
        arguments: ["{acme}/components/{Portal}", "{inside}/components/{Wiki}", "x/components/y"])
    func unknown(place: String) throws {
        let server = try TestServer()
        defer { server.remove() }
        let path = "/v2/status_pages/\(place)/availability"
        #expect(try server.get(path).errors == ["not_found"])
    }
}
