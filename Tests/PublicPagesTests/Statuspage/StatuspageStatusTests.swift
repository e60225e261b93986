import Testing

@testable import PublicPages
@testable import StatusPages

@Suite("The state of a page in Statuspage's words")
struct StatuspageStatusTests {
    /// Ongoing events, and the state that the page shows. The page has visible components 1, 2, ...
    struct Row: Sendable, CustomTestStringConvertible {
        let statuses: [ShownStatus]
        var hasIncident = false
        let indicator: String
        let description: String

        init(_ statuses: [ShownStatus], incident: Bool = false, _ indicator: String, _ description: String) {
            self.statuses = statuses
            hasIncident = incident
            self.indicator = indicator
            self.description = description
        }

        var testDescription: String { "\(statuses.map(\.rawValue)) \(hasIncident ? "and an incident" : "")" }
    }

    @Test(
        "The first matching row decides",
        arguments: [
            Row([.fullOutage], "critical", "Major System Outage"),
            Row([.fullOutage, .fullOutage], "critical", "Major System Outage"),
            Row([.fullOutage, .operational], "major", "Partial System Outage"),
            Row([.partialOutage, .fullOutage], "major", "Partial System Outage"),
            Row([.partialOutage], "major", "Partial System Outage"),
            Row([.partialOutage, .partialOutage], "major", "Partial System Outage"),
            Row([.partialOutage, .operational], "minor", "Minor Service Outage"),
            Row([.degradedPerformance, .partialOutage], "minor", "Minor Service Outage"),
            Row([.degradedPerformance, .degradedPerformance], "minor", "Degraded System Service"),
            Row([.degradedPerformance], "minor", "Partially Degraded Service"),
            Row([.degradedPerformance, .operational], "minor", "Partially Degraded Service"),
            Row([.degradedPerformance, .underMaintenance], "minor", "Partially Degraded Service"),
            Row([.operational], incident: true, "minor", "Minor Service Outage"),
            Row([], incident: true, "minor", "Minor Service Outage"),
            Row([.underMaintenance, .operational], incident: true, "minor", "Minor Service Outage"),
            Row([.underMaintenance, .operational], "maintenance", "Service Under Maintenance"),
            Row([.underMaintenance], "maintenance", "Service Under Maintenance"),
            Row([.operational, .operational], "none", "All Systems Operational"),
            Row([], "none", "All Systems Operational"),
        ])
    func table(_ row: Row) throws {
        var given: [(UInt64, ComponentStatus)] = []
        var maintained: [UInt64] = []
        for (index, status) in row.statuses.enumerated() {
            if status == .underMaintenance { maintained.append(UInt64(index + 1)) }
            if let status = ComponentStatus(rawValue: status.rawValue) { given.append((UInt64(index + 1), status)) }
        }
        let isOngoing = row.hasIncident || given.contains { $0.1 != .operational }
        let maintenance = Maintenance.steps(
            90, open: maintained.map { ($0, 60) },
            MaintenanceStep(60, .inProgress, maintained.map { ($0, .underMaintenance) }))
        // The hidden components, all down, and their group do not count.
        let page = StatusPage.sample(
            row.statuses.indices.map { .component(UInt64($0 + 1)) } + [
                .component(70, isHidden: true), .group(80, isHidden: true, [.numbered(71)]),
            ])
        given += [(70, .fullOutage), (71, .fullOutage)]
        let documents = StatuspageDocuments(
            page, incidents: isOngoing ? [.steps(91, IncidentStep(1, .monitoring, given))] : [],
            maintenances: maintained.isEmpty ? [] : [maintenance])
        let expected = OrderedJSON.object([
            .init(name: "indicator", value: .string(row.indicator)),
            .init(name: "description", value: .string(row.description)),
        ])
        #expect(try #require(OrderedJSON(documents.status()))["status"] == expected)
        #expect(try #require(OrderedJSON(documents.summary()))["status"] == expected)
    }

    @Test("A sub-page counts its own components, and the incidents that name one")
    func subPage() throws {
        let page = StatusPage.sample([
            .component(1), .subPage(20, key: "eu", [.component(2)]), .subPage(21, key: "us", [.component(3)]),
        ])
        let incident = Incident.steps(91, IncidentStep(1, .identified, [(2, .fullOutage)]))
        let expected = [nil: "Partial System Outage", "eu": "Major System Outage", "us": "All Systems Operational"]
        for (key, description) in expected {
            let document = StatuspageDocuments(page, subPage: key, incidents: [incident]).status()
            #expect(try #require(OrderedJSON(document))["status"]?["description"]?.text == description)
        }
    }
}
