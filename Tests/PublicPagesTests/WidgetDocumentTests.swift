import Testing

@testable import PublicPages
@testable import StatusPages

@Suite("Widget documents as JSON")
struct WidgetDocumentTests {
    private static func json(_ page: StatusPage, _ ongoing: [Incident] = []) throws -> String {
        String(decoding: SummaryPreview.body(of: .sample(page, incidents: ongoing)), as: UTF8.self)
    }

    @Test("A page without events has empty lists")
    func empty() throws {
        let expected = """
            {"in_progress_maintenances":[],"ongoing_incidents":[],"page_title":"Page acme",\
            "page_url":"https://status.example/acme","scheduled_maintenances":[]}
            """
        #expect(try Self.json(.sample()) == expected)
    }

    @Test("An incident is written with the Widget API's names; a component outside a group has no group_name")
    func incident() throws {
        let page = StatusPage.sample([.component(11), .group(1, [.numbered(12)])])
        let json = try Self.json(page, [.sample(7, [[(11, .partialOutage), (12, .fullOutage)]])])
        let expected = """
            "ongoing_incidents":[{"affected_components":[\
            {"current_status":"partial_outage","id":"0000000000000000000000000B","name":"Component 11"},\
            {"current_status":"full_outage","group_name":"Group 1","id":"0000000000000000000000000C",\
            "name":"Component 12"}],"current_worst_impact":"full_outage","id":"00000000000000000000000007",\
            "last_update_at":"2023-11-14T22:13:20.000Z","last_update_message":"Message 0","name":"Incident 7",\
            "status":"investigating",\
            "url":"https://status.example/acme/incidents/00000000000000000000000007"}]
            """
        #expect(json.contains(expected))
    }

    @Test("Equal documents have equal bytes")
    func stable() throws {
        let page = StatusPage.sample([.component(11), .group(1, [.numbered(12)])])
        let incident = Incident.sample(7, [[(11, .partialOutage), (12, .fullOutage)]])
        let first = try Self.json(page, [incident])
        for _ in 0..<20 { #expect(try Self.json(page, [incident]) == first) }
    }
}
