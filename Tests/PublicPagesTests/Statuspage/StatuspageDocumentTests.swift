import Testing

@testable import PublicPages
@testable import StatusPages

@Suite("Statuspage's documents")
struct StatuspageDocumentTests {
    /// A document, the call that renders it, and its required shape.
    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let shape: @Sendable () -> Shape
        let render: @Sendable (StatuspageDocuments) -> [UInt8]

        var testDescription: String { name }
    }

    private static let kinds = [
        Kind(
            name: "summary",
            shape: {
                .document(
                    ("components", .components), ("incidents", .incidents), ("scheduled_maintenances", .maintenances),
                    ("status", .status))
            }, render: { $0.summary() }),
        Kind(name: "status", shape: { .document(("status", .status)) }, render: { $0.status() }),
        Kind(name: "components", shape: { .document(("components", .components)) }, render: { $0.components() }),
        Kind(
            name: "incidents", shape: { .document(("incidents", .incidents)) },
            render: { $0.incidents(ongoing + [past]) }),
        Kind(
            name: "unresolved", shape: { .document(("incidents", .incidents)) },
            render: { $0.unresolvedIncidents() }),
        Kind(name: "incident", shape: { .document(("incident", .incident)) }, render: { $0.incident(past) }),
        Kind(
            name: "scheduled", shape: { .document(("scheduled_maintenances", .maintenances)) },
            render: { $0.scheduledMaintenances(planned + [done]) }),
        Kind(
            name: "upcoming", shape: { .document(("scheduled_maintenances", .maintenances)) },
            render: { $0.upcomingMaintenances() }),
        Kind(
            name: "active", shape: { .document(("scheduled_maintenances", .maintenances)) },
            render: { $0.activeMaintenances() }),
    ]

    private static let page = StatusPage.sample([
        .component(11), .group(50, [.numbered(12), .numbered(13, isHidden: true)]),
        .group(51, isHidden: true, [.numbered(14)]), .subPage(60, key: "eu", [.component(15)]),
    ])
    private static let ongoing = [
        Incident.steps(
            71, IncidentStep(5, .investigating, [(11, .partialOutage), (13, .fullOutage)]),
            IncidentStep(6, .monitoring, [(11, .operational)])),
        Incident.steps(72, IncidentStep(8, .identified, [(15, .degradedPerformance)])),
    ]
    private static let past = Incident.steps(
        73, IncidentStep(1, .monitoring, [(12, .fullOutage)]), IncidentStep(2, .resolved, [(12, .operational)]))
    private static let planned = [
        Maintenance.steps(81, window: (300, 400), MaintenanceStep(7, .scheduled, [(11, .underMaintenance)])),
        Maintenance.steps(82, window: (200, 400), MaintenanceStep(7, .scheduled, [(15, .underMaintenance)])),
        Maintenance.steps(
            83, open: [(12, 60)], MaintenanceStep(7, .inProgress, [(12, .underMaintenance), (14, .underMaintenance)])),
    ]
    private static let done = Maintenance.steps(
        84, window: (10, 20), MaintenanceStep(1, .scheduled), MaintenanceStep(20, .complete))

    private static func documents(subPage: String? = nil) -> StatuspageDocuments {
        StatuspageDocuments(
            page, subPage: subPage, incidents: ongoing, maintenances: planned,
            records: [
                11: ComponentRecord(createdAt: minute(0), dataAvailableSince: minute(0), lastEndedAt: minute(6))
            ], updatedAt: minute(8))
    }

    @Test("Every document has exactly its members, in order, on pages, sub-pages and empty pages", arguments: kinds)
    func shapes(_ kind: Kind) throws {
        for documents in [
            Self.documents(), Self.documents(subPage: "eu"), StatuspageDocuments(.sample()),
            StatuspageDocuments(.sample(domain: "status.acme.example")),
        ] {
            let document = try #require(OrderedJSON(kind.render(documents)))
            #expect(kind.shape().faults(document) == [])
        }
    }

    @Test("No document contains hidden components or groups", arguments: kinds)
    func hidden(_ kind: Kind) {
        let text = String(decoding: kind.render(Self.documents()), as: UTF8.self)
        for word in ["Component 13", "Component 14", "Group 51"] { #expect(!text.contains(word)) }
        for number: UInt64 in [13, 14, 51] {
            #expect(!text.contains((makeID(number) as ID<Component>).description))
        }
    }

    @Test("Rendering twice gives the same bytes", arguments: kinds)
    func bytes(_ kind: Kind) {
        #expect(kind.render(Self.documents()) == kind.render(Self.documents()))
    }

    @Test("A page without components and events")
    func empty() {
        let documents = StatuspageDocuments(.sample(domain: "status.acme.example"), updatedAt: minute(3))
        let page =
            #"{"id":"00000000000000000000000001","name":"Page acme","url":"https://status.acme.example","#
            + #""time_zone":"Etc/UTC","updated_at":"2023-11-14T22:16:20.000Z"}"#
        let status = #"{"indicator":"none","description":"All Systems Operational"}"#
        #expect(
            String(decoding: documents.summary(), as: UTF8.self)
                == #"{"page":\#(page),"components":[],"incidents":[],"scheduled_maintenances":[],"status":\#(status)}"#)
    }

    @Test(
        "Each list has its events in its order",
        arguments: [
            ("summary", "incidents", [72, 71]), ("summary", "scheduled_maintenances", [83, 82, 81]),
            ("incidents", "incidents", [72, 71, 73]), ("unresolved", "incidents", [72, 71]),
            ("scheduled", "scheduled_maintenances", [81, 82, 83, 84]),
            ("upcoming", "scheduled_maintenances", [82, 81]), ("active", "scheduled_maintenances", [83]),
        ] as [(String, String, [UInt64])])
    func lists(_ name: String, _ member: String, _ expected: [UInt64]) throws {
        let kind = try #require(Self.kinds.first { $0.name == name })
        let document = try #require(OrderedJSON(kind.render(Self.documents())))
        let ids = expected.map { (makeID($0) as ID<Incident>).description }
        #expect(document[member]?.items.map { $0["id"]?.text } == ids)
    }

    @Test("Events with the same time are in the order of their ids")
    func ties() throws {
        let incidents = [75, 77, 76].map { Incident.steps($0, IncidentStep(1, .identified)) }
        let maintenances = [85, 87, 86].map { Maintenance.steps($0, MaintenanceStep(1, .scheduled)) }
        let documents = StatuspageDocuments(Self.page, maintenances: maintenances)
        func names(_ bytes: [UInt8], _ member: String) throws -> [String?] {
            try #require(OrderedJSON(bytes)?[member]).items.map { $0["name"]?.text }
        }
        #expect(try names(documents.incidents(incidents), "incidents") == [77, 76, 75].map { "Incident \($0)" })
        let latest = try names(documents.scheduledMaintenances(maintenances), "scheduled_maintenances")
        #expect(latest == [87, 86, 85].map { "Maintenance \($0)" })
        let soonest = try names(documents.upcomingMaintenances(), "scheduled_maintenances")
        #expect(soonest == [85, 86, 87].map { "Maintenance \($0)" })
    }

    @Test("A sub-page has only the events that name one of its components")
    func subPage() throws {
        let document = try #require(OrderedJSON(Self.documents(subPage: "eu").summary()))
        #expect(document["incidents"]?.items.map { $0["name"]?.text } == ["Incident 72"])
        #expect(document["scheduled_maintenances"]?.items.map { $0["name"]?.text } == ["Maintenance 82"])
        #expect(document["status"]?["description"]?.text == "Partially Degraded Service")
    }

    @Test(
        "Text from users is unchanged",
        arguments: [
            "\u{1}\u{8}\t\n\u{C}\r\u{1F}\u{7F}", "\"\\/", "]]> <script>&amp;", "\u{202E}\u{5E9}\u{5DC}",
            "\u{2028}\u{FFFE}",
            "e\u{301} \u{E9}", String(repeating: "\u{1F680}", count: 4_096), "\u{1F469}\u{200D}\u{1F680}\u{10FFFF}",
        ])
    func text(_ text: String) throws {
        let component = Component(id: makeID(1), name: text, description: text)
        var page = StatusPage.sample([
            .group(
                Structure.Group(id: makeID(50), name: text, description: text, components: [.init(component)]))
        ])
        page.name = text
        var incident = Incident.steps(7, IncidentStep(1, .identified))
        incident.name = text
        incident.updates = [
            IncidentUpdate(
                id: makeID(8), publishedAt: minute(1), message: text, status: .identified,
                componentStatuses: [ComponentStatusChange(componentID: makeID(1), status: .fullOutage)],
                notifiesSubscribers: false)
        ]
        let documents = StatuspageDocuments(page, incidents: [incident])
        let document = try #require(OrderedJSON(documents.summary()))
        #expect(Self.kinds[0].shape().faults(document) == [])
        func isEqual(_ value: OrderedJSON?, _ expected: String) -> Bool {
            value?.text.map { Array($0.utf8) } == Array(expected.utf8)
        }
        #expect(isEqual(document["page"]?["name"], text))
        for row in document["components"]?.items ?? [] {
            #expect(isEqual(row["name"], text) && isEqual(row["description"], text))
        }
        let shown = try #require(document["incidents"]?[0])
        let update = try #require(shown["incident_updates"]?[0])
        #expect(isEqual(shown["name"], text))
        #expect(isEqual(update["body"], text))
        #expect(isEqual(update["affected_components"]?[0]?["name"], "\(text) - \(text)"))
    }
}
