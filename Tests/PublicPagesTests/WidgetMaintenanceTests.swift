import Testing

@testable import PublicPages
@testable import StatusPages

@Suite("Maintenances in widget documents")
struct WidgetMaintenanceTests {
    private static func document(_ page: StatusPage, _ maintenances: [Maintenance]) -> WidgetDocument {
        builder(page, maintenances).document()
    }

    private static func builder(_ page: StatusPage, _ maintenances: [Maintenance]) -> WidgetBuilder {
        WidgetBuilder(.sample(page, maintenances: maintenances))
    }

    /// The page of these tests: a component, one in a group, a hidden one, and one in a sub-page.
    private static let page = StatusPage.sample([
        .component(11), .group(1, [.numbered(12)]), .component(13, isHidden: true),
        .subPage(2, key: "eu", [.component(14)]),
    ])

    @Test("Each maintenance is in the list of its status, and a complete one is in none")
    func lists() {
        let document = Self.document(
            Self.page,
            [.sample(1), .sample(2, .inProgress), .sample(3, .complete), .sample(4)])
        #expect(document.scheduledMaintenances.map(\.event.name) == ["Maintenance 1", "Maintenance 4"])
        #expect(document.inProgressMaintenances.map(\.event.name) == ["Maintenance 2"])
        #expect(document.ongoingIncidents.isEmpty)
    }

    @Test("A scheduled maintenance shows its window and last update, and its components are still operational")
    func scheduled() throws {
        let document = Self.document(Self.page, [.sample(7, affecting: [12, 11])])
        let maintenance = try #require(document.scheduledMaintenances.first)
        #expect(maintenance.startsAt == "2023-11-14T23:13:20.000Z")
        #expect(maintenance.endsAt == "2023-11-15T00:13:20.000Z")
        #expect(
            maintenance.event
                == WidgetDocument.Event(
                    id: "00000000000000000000000007", name: "Maintenance 7", status: "maintenance_scheduled",
                    url: "https://status.example/acme/maintenances/00000000000000000000000007",
                    lastUpdateAt: "2023-11-14T22:13:20.000Z", lastUpdateMessage: "Message 0",
                    affectedComponents: [
                        WidgetDocument.AffectedComponent(
                            id: "0000000000000000000000000B", name: "Component 11", groupName: nil,
                            currentStatus: "operational"),
                        WidgetDocument.AffectedComponent(
                            id: "0000000000000000000000000C", name: "Component 12", groupName: "Group 1",
                            currentStatus: "operational"),
                    ]))
    }

    @Test(
        "A maintenance in progress shows the earlier of its planned and actual start, and its planned end",
        arguments: [
            (-10, "2023-11-14T23:03:20.000Z"), (0, "2023-11-14T23:13:20.000Z"), (10, "2023-11-14T23:13:20.000Z"),
        ])
    func inProgress(minutesLate: Int64, expected: String) throws {
        var maintenance = Maintenance.sample(7)
        try maintenance.publish(.inProgress, minutes: 60 + minutesLate)
        let shown = try #require(Self.document(Self.page, [maintenance]).inProgressMaintenances.first)
        #expect(shown.startedAt == expected)
        #expect(shown.scheduledEndAt == "2023-11-15T00:13:20.000Z")
        #expect(shown.event.status == "maintenance_in_progress")
        #expect(shown.event.lastUpdateMessage == "News.")
        #expect(shown.event.lastUpdateAt == maintenance.updates.last?.publishedAt.rfc3339)
    }

    @Test("A component is under maintenance while its period is open, even after the end of the window")
    func componentStatuses() throws {
        var maintenance = Maintenance.sample(7, affecting: [11, 12])
        try maintenance.publish(.inProgress, minutes: 60)
        #expect(try Self.statuses(of: maintenance) == ["under_maintenance", "under_maintenance"])
        try maintenance.publish(nil, [(11, .operational)], minutes: 90)
        #expect(try Self.statuses(of: maintenance) == ["operational", "under_maintenance"])
        try maintenance.publish(nil, [(14, .underMaintenance)], minutes: 500)
        #expect(try Self.statuses(of: maintenance) == ["operational", "under_maintenance", "under_maintenance"])
    }

    private static func statuses(of maintenance: Maintenance) throws -> [String] {
        try #require(document(page, [maintenance]).inProgressMaintenances.first).event.affectedComponents
            .map(\.currentStatus)
    }

    @Test("Hidden components, and those of hidden groups, are left out; the maintenance is not")
    func hidden() throws {
        let page = StatusPage.sample([
            .component(11, isHidden: true), .group(1, isHidden: true, [.numbered(12)]), .component(13),
        ])
        let document = Self.document(
            page, [.sample(7, affecting: [11, 12, 13]), .sample(8, .inProgress, affecting: [11])])
        #expect(document.scheduledMaintenances.first?.event.affectedComponents.map(\.name) == ["Component 13"])
        #expect(document.inProgressMaintenances.first?.event.affectedComponents.isEmpty == true)
    }

    @Test("A sub-page shows only maintenances of its components, and only those components")
    func subPage() throws {
        let builder = Self.builder(
            Self.page,
            [
                .sample(5, affecting: [11]), .sample(6, affecting: [11, 14]), .sample(7, .inProgress, affecting: [14]),
                .sample(8, .inProgress),
            ])
        let document = builder.document(of: try #require(Self.page.structure.subPages.first))
        #expect(document.scheduledMaintenances.map(\.event.name) == ["Maintenance 6"])
        #expect(document.inProgressMaintenances.map(\.event.name) == ["Maintenance 7"])
        let event = try #require(document.scheduledMaintenances.first).event
        #expect(event.url == "https://status.example/acme/eu/maintenances/00000000000000000000000006")
        #expect(event.affectedComponents.map(\.name) == ["Component 14"])
    }

    @Test("Maintenances are ordered by start, soonest first, and then by id")
    func order() throws {
        var early = Maintenance.sample(9, startMinute: 300)
        try early.publish(.inProgress, minutes: 30)
        let document = Self.document(
            Self.page,
            [
                .sample(3, startMinute: 120), .sample(2), .sample(1, startMinute: 120),
                .sample(8, .inProgress), .sample(7, .inProgress, startMinute: 200), early,
            ])
        #expect(document.scheduledMaintenances.map(\.event.name) == [2, 1, 3].map { "Maintenance \($0)" })
        #expect(document.inProgressMaintenances.map(\.event.name) == [9, 8, 7].map { "Maintenance \($0)" })
    }
}

extension Maintenance {
    private static let epoch = Timestamp(milliseconds: 1_700_000_000_000)

    private static func minute(_ minute: Int64) -> Timestamp { epoch.advanced(byMilliseconds: minute * 60_000) }

    /// A maintenance published at minute 0, with a window of one hour from minute 60 by default. With another first
    /// status, it was published when the window began.
    fileprivate static func sample(
        _ number: UInt64, _ status: Status = .scheduled, startMinute: Int64 = 60, affecting components: [UInt64] = []
    ) -> Maintenance {
        let window = Window(startAt: minute(startMinute), endAt: minute(startMinute + 60))
        let time = status == .scheduled ? epoch : window.startAt
        let affected: [ID<Component>] = components.map { makeID($0) }
        let first = MaintenanceUpdate(
            id: makeID(number * 100), publishedAt: time, message: "Message 0", status: status,
            componentStatuses: affected.map { MaintenanceComponentChange(componentID: $0, status: .underMaintenance) },
            notifiesSubscribers: false)
        return Maintenance(
            id: makeID(number), pageID: makeID(1), name: "Maintenance \(number)", publishedAt: time, status: status,
            window: window, isAutomated: false, updates: [first],
            periods: affected.map {
                MaintenancePeriod(componentID: $0, startAt: window.startAt, endAt: window.endAt, isOpen: true)
            })
    }

    fileprivate mutating func publish(
        _ status: Status?, _ changes: [(UInt64, MaintenanceComponentStatus)] = [], minutes: Int64
    ) throws {
        let items = changes.map { number, _ in Structure.Item.component(number) }
        let drafts = changes.map { number, status in
            StatusDraft(componentID: (makeID(number) as ID<Component>).description, status: status)
        }
        try publish(
            MaintenancePublication(
                message: "News.", status: status, componentStatuses: drafts, notifiesSubscribers: false),
            page: .sample(items), at: Self.minute(minutes), newID: { ULID(high: 1, low: 1) })
    }
}
