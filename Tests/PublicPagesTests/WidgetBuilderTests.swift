import Testing

@testable import PublicPages
@testable import StatusPages

@Suite("Widget documents")
struct WidgetBuilderTests {
    private static func builder(_ page: StatusPage, _ ongoing: [Incident] = []) -> WidgetBuilder {
        WidgetBuilder(.sample(page, incidents: ongoing))
    }

    @Test("A page under the server's address has URLs under its slug")
    func slugURL() throws {
        let document = Self.builder(.sample(), [.sample(7, [[]])]).document()
        #expect(document.pageTitle == "Page acme")
        #expect(document.pageURL == "https://status.example/acme")
        let incident = try #require(document.ongoingIncidents.first)
        #expect(incident.event.url == "https://status.example/acme/incidents/00000000000000000000000007")
    }

    @Test("A page with its own domain has its URLs there")
    func domainURL() throws {
        let document = Self.builder(.sample(domain: "status.acme.example"), [.sample(7, [[]])]).document()
        #expect(document.pageURL == "https://status.acme.example")
        let incident = try #require(document.ongoingIncidents.first)
        #expect(incident.event.url == "https://status.acme.example/incidents/00000000000000000000000007")
    }

    @Test("An incident shows its last update")
    func lastUpdate() throws {
        let document = Self.builder(.sample(), [.sample(7, status: .monitoring, [[], [], []])]).document()
        let incident = try #require(document.ongoingIncidents.first)
        #expect(incident.event.id == "00000000000000000000000007")
        #expect(incident.event.name == "Incident 7")
        #expect(incident.event.status == "monitoring")
        #expect(incident.event.lastUpdateMessage == "Message 2")
        #expect(incident.event.lastUpdateAt == "2023-11-14T22:15:20.000Z")
        #expect(incident.currentWorstImpact == "operational")
        #expect(incident.event.affectedComponents.isEmpty)
    }

    @Test("Incidents keep their order")
    func incidentOrder() {
        let document = Self.builder(.sample(), [.sample(9, [[]]), .sample(7, [[]]), .sample(8, [[]])]).document()
        #expect(document.ongoingIncidents.map(\.event.name) == ["Incident 9", "Incident 7", "Incident 8"])
    }

    @Test("Components are in the order of the structure, with their group names and current statuses")
    func components() throws {
        let page = StatusPage.sample([
            .component(11), .group(1, [.numbered(12), .numbered(13)]),
            .subPage(2, key: "eu", [.group(3, [.numbered(14)]), .component(15)]), .component(16),
        ])
        let incident = Incident.sample(
            7,
            [
                [(16, .partialOutage), (15, .fullOutage), (14, .degradedPerformance)],
                [(15, .operational), (13, .degradedPerformance), (11, .degradedPerformance)],
            ])
        let document = Self.builder(page, [incident]).document()
        let affected = try #require(document.ongoingIncidents.first).event.affectedComponents
        #expect(affected.map(\.name) == [11, 13, 14, 15, 16].map { "Component \($0)" })
        #expect(affected.map(\.groupName) == [nil, "Group 1", "Group 3", nil, nil])
        let expected: [ComponentStatus] = [
            .degradedPerformance, .degradedPerformance, .degradedPerformance, .operational, .partialOutage,
        ]
        #expect(affected.map(\.currentStatus) == expected.map(\.rawValue))
        #expect(affected.first?.id == "0000000000000000000000000B")
    }

    @Test(
        "The worst impact is the worst current status of the shown components",
        arguments: [
            ([(11, .degradedPerformance), (12, .fullOutage)], .fullOutage),
            ([(11, .partialOutage), (12, .degradedPerformance)], .partialOutage),
            ([(11, .operational), (12, .degradedPerformance)], .degradedPerformance),
            ([(11, .operational)], .operational), ([], .operational),
            // These components are hidden, or not on the page.
            ([(13, .fullOutage), (14, .fullOutage), (99, .fullOutage)], .operational),
            ([(13, .fullOutage), (11, .degradedPerformance)], .degradedPerformance),
        ] as [([(UInt64, ComponentStatus)], ComponentStatus)])
    func worstImpact(_ statuses: [(UInt64, ComponentStatus)], _ worst: ComponentStatus) throws {
        let page = StatusPage.sample([
            .component(11), .component(12), .component(13, isHidden: true), .group(1, isHidden: true, [.numbered(14)]),
        ])
        let document = Self.builder(page, [.sample(7, [statuses])]).document()
        #expect(try #require(document.ongoingIncidents.first).currentWorstImpact == worst.rawValue)
    }

    @Test("Hidden components, and those of hidden groups, are left out")
    func hidden() throws {
        let page = StatusPage.sample([
            .component(11, isHidden: true), .group(1, isHidden: true, [.numbered(12)]),
            .group(2, [.numbered(13), .numbered(14, isHidden: true)]),
        ])
        let incident = Incident.sample(7, [[11, 12, 13, 14].map { ($0, .fullOutage) }])
        let document = Self.builder(page, [incident]).document()
        #expect(try #require(document.ongoingIncidents.first).event.affectedComponents.map(\.name) == ["Component 13"])
    }

    @Test("A sub-page shows only incidents on its components, and only those components")
    func subPage() throws {
        let page = StatusPage.sample([
            .component(11), .subPage(2, key: "eu", [.component(12), .group(3, [.numbered(13)])]),
            .subPage(4, key: "us", [.component(14)]),
        ])
        let incidents = [
            Incident.sample(9, [[(11, .fullOutage), (13, .degradedPerformance), (14, .fullOutage)]]),
            Incident.sample(8, [[(11, .fullOutage), (14, .fullOutage)]]),
            Incident.sample(7, [[(12, .partialOutage)], [(12, .operational)]]),
            Incident.sample(6, [[]]),
        ]
        let builder = Self.builder(page, incidents)
        let document = builder.document(of: try #require(page.structure.subPages.first))
        #expect(document.pageTitle == "Sub-page 2")
        #expect(document.pageURL == "https://status.example/acme/eu")
        #expect(document.ongoingIncidents.map(\.event.name) == ["Incident 9", "Incident 7"])
        let first = try #require(document.ongoingIncidents.first)
        #expect(first.event.url == "https://status.example/acme/eu/incidents/00000000000000000000000009")
        #expect(first.event.affectedComponents.map(\.name) == ["Component 13"])
        #expect(first.event.affectedComponents.map(\.groupName) == ["Group 3"])
        #expect(first.currentWorstImpact == "degraded_performance")
        #expect(builder.document().ongoingIncidents.count == 4)
    }

    @Test("A sub-page of a page with a domain has its URL there")
    func subPageDomain() throws {
        let page = StatusPage.sample(domain: "status.acme.example", [.subPage(2, key: "eu", [])])
        let subPage = try #require(page.structure.subPages.first)
        #expect(Self.builder(page).document(of: subPage).pageURL == "https://status.acme.example/eu")
    }
}
