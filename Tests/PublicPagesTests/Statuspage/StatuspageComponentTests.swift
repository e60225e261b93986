import Testing

@testable import PublicPages
@testable import StatusPages

@Suite("Components as Statuspage lists them")
struct StatuspageComponentTests {
    private static func rows(_ documents: StatuspageDocuments) throws -> [OrderedJSON] {
        try #require(OrderedJSON(documents.components())?["components"]).items
    }

    private static func row(_ documents: StatuspageDocuments, _ number: UInt64) throws -> OrderedJSON {
        let id = (makeID(number) as ID<Component>).description
        return try #require(try rows(documents).first { $0["id"]?.text == id })
    }

    private static let page = StatusPage.sample([
        .component(11), .component(12, isHidden: true),
        .group(50, [.numbered(13), .numbered(14, isHidden: true), .numbered(15)]),
        .group(51, isHidden: true, [.numbered(16)]),
        .subPage(60, key: "eu", [.group(52, [.numbered(17)]), .component(18, isHidden: true), .component(19)]),
        .component(20), .group(53, [.numbered(21, isHidden: true)]),
    ])

    @Test("Rows are in the page's order, a group before its components, without hidden ones")
    func order() throws {
        let rows = try Self.rows(StatuspageDocuments(Self.page))
        #expect(
            rows.compactMap { $0["name"]?.text } == [
                "Component 11", "Group 50", "Component 13", "Component 15", "Group 52", "Component 17",
                "Component 19", "Component 20", "Group 53",
            ])
        #expect(rows.map { $0["position"] } == [1, 2, 1, 2, 3, 1, 4, 5, 6].map { .integer($0) })
        #expect(
            rows.map { $0["group"] } == [false, true, false, false, true, false, false, false, true].map { .bool($0) })
        let groups: [UInt64?] = [nil, nil, 50, 50, nil, 52, nil, nil, nil]
        #expect(rows.map { $0["group_id"] } == groups.map { $0.map(Self.id) ?? .null })
        #expect(rows[1]["components"] == .array([Self.id(13), Self.id(15)]))
        #expect(rows[8]["components"] == .array([]))
        #expect(Set(rows.map { $0["page_id"]?.text }) == ["00000000000000000000000001"])
    }

    @Test("A sub-page has only its own components, and its own id and address")
    func subPage() throws {
        let documents = StatuspageDocuments(Self.page, subPage: "eu")
        let rows = try Self.rows(documents)
        #expect(rows.compactMap { $0["name"]?.text } == ["Group 52", "Component 17", "Component 19"])
        #expect(rows.map { $0["position"] } == [1, 1, 2].map { .integer($0) })
        #expect(rows.allSatisfy { $0["page_id"] == Self.id(60) })
        let page = try #require(OrderedJSON(documents.components())?["page"])
        #expect(page["id"] == Self.id(60))
        #expect(page["name"]?.text == "Sub-page 60")
        #expect(page["url"]?.text == "https://status.example/acme/eu")
    }

    private static func id(_ number: UInt64) -> OrderedJSON {
        .string((makeID(number) as ID<Component>).description)
    }

    @Test("A component has the worst status that events give it, a group the worst of its visible components")
    func statuses() throws {
        let documents = StatuspageDocuments(
            Self.page,
            incidents: [
                .steps(91, IncidentStep(1, .investigating, [(13, .degradedPerformance), (14, .fullOutage)])),
                .steps(92, IncidentStep(2, .identified, [(13, .partialOutage), (19, .fullOutage)])),
            ],
            maintenances: [
                .steps(
                    93, open: [(11, 60), (13, 60), (17, 60)],
                    MaintenanceStep(60, .inProgress, [11, 13, 17].map { ($0, .underMaintenance) }))
            ])
        let expected: [(UInt64, String)] = [
            (11, "under_maintenance"), (50, "partial_outage"), (13, "partial_outage"), (15, "operational"),
            (52, "under_maintenance"), (17, "under_maintenance"), (19, "major_outage"), (53, "operational"),
        ]
        for (number, status) in expected {
            #expect(try Self.row(documents, number)["status"]?.text == status, "\(number)")
        }
    }

    @Test("A component's updated_at is the last start or end of an event on it or, without one, its creation")
    func updatedAt() throws {
        func record(endedAt minutes: Int64?) -> ComponentRecord {
            ComponentRecord(createdAt: minute(-5), dataAvailableSince: nil, lastEndedAt: minutes.map(minute))
        }
        let documents = StatuspageDocuments(
            .sample([.component(1), .group(50, [2, 3, 4, 5, 6].map { .numbered($0) }), .component(7), .group(51, [])]),
            incidents: [
                .steps(
                    91, IncidentStep(10, .investigating, [(2, .partialOutage), (3, .degradedPerformance)]),
                    IncidentStep(20, .identified, [(3, .degradedPerformance)]),
                    IncidentStep(30, .identified, [(2, .fullOutage)])),
                .steps(92, IncidentStep(15, .monitoring, [(3, .operational)])),
            ],
            maintenances: [
                .steps(93, open: [(5, 70), (6, 500)], MaintenanceStep(75, .inProgress)),
                .steps(94, open: [(7, 60)], MaintenanceStep(0, .scheduled)),
            ],
            records: [
                1: record(endedAt: nil), 2: record(endedAt: 12), 3: record(endedAt: 25), 4: record(endedAt: 9),
                7: record(endedAt: nil),
            ])
        // A component without an entry is as old as the page. Component 6 has a period that was moved into the future.
        let expected: [(UInt64, Int64, Int64)] = [
            (1, -5, -5), (2, -5, 30), (3, -5, 25), (4, -5, 9), (5, 0, 70), (6, 0, 75), (7, -5, -5), (50, 0, 75),
            (51, 0, 0),
        ]
        for (number, created, updated) in expected {
            let row = try Self.row(documents, number)
            #expect(row["created_at"]?.text == minute(created).rfc3339, "\(number)")
            #expect(row["updated_at"]?.text == minute(updated).rfc3339, "\(number)")
        }
    }

    @Test(
        "A row shows whether it has a bar",
        arguments: [
            (StatusPage.DisplayUptimeMode.chartAndPercentage, [true, false, false, true]),
            (.chartOnly, [true, false, false, true]), (.nothing, [false, false, false, false]),
        ])
    func bars(_ mode: StatusPage.DisplayUptimeMode, _ expected: [Bool]) throws {
        var page = StatusPage.sample([
            .component(.numbered(1)),
            .component(Structure.PlacedComponent(Component(id: makeID(2), name: "Two"), displayUptime: false)),
            .group(.init(id: makeID(50), name: "Plain", displayAggregatedUptime: false, components: [])),
            .group(.init(id: makeID(51), name: "Bar", components: [])),
        ])
        page.displayUptimeMode = mode
        let rows = try Self.rows(StatuspageDocuments(page))
        #expect(rows.map { $0["showcase"] } == expected.map { .bool($0) })
    }

    @Test("Descriptions and first days of data are present, or null")
    func details() throws {
        let described = Component(id: makeID(1), name: "One", description: "Said \"so\"")
        let since = Timestamp(milliseconds: 1_700_006_399_999)
        let documents = StatuspageDocuments(
            .sample([
                .component(.init(described)), .component(2),
                .group(.init(id: makeID(50), name: "Three", description: "A group", components: [])),
            ]),
            records: [1: ComponentRecord(createdAt: minute(0), dataAvailableSince: since, lastEndedAt: nil)])
        let rows = try Self.rows(documents)
        #expect(rows.map { $0["description"] } == [.string("Said \"so\""), .null, .string("A group")])
        #expect(rows.map { $0["start_date"] } == [.string("2023-11-14"), .null, .null])
        #expect(rows.map { $0["only_show_if_degraded"] } == Array(repeating: .bool(false), count: 3))
    }
}
