import StatusPages
import Testing

@testable import Storage

@Suite("Stored maintenances")
struct MaintenanceStoreTests {
    private let test: TestStore
    private let page: StatusPage
    private let components: [ID<Component>]

    init() throws {
        test = try TestStore()
        page = try #require(try test.declare(Fixture.page).first)
        components = page.structure.placements.map(\.component.id)
    }

    private func stored(_ number: UInt64) throws -> Maintenance? {
        try test.store.read { try $0.maintenance(id(number)) }
    }

    @Test("A maintenance is read as it was stored", arguments: Maintenance.Status.allCases)
    func roundTrip(status: Maintenance.Status) throws {
        let maintenance = Fixture.maintenance(
            1, on: page.id, status: status, isAutomated: true,
            // Not in the order of their ids.
            naming: [components[2], components[0]],
            [
                Fixture.period(components[2], 100, 150), Fixture.period(components[0], 100, 200, isOpen: true),
                Fixture.period(components[2], 250, nil, isOpen: true),
            ])
        try test.insert(maintenance, Fixture.maintenance(2, on: page.id))
        #expect(try stored(1) == maintenance)
        #expect(try stored(3) == nil)
    }

    @Test("An update is stored with its changes")
    func publishing() throws {
        var maintenance = Fixture.maintenance(
            1, on: page.id, isAutomated: true, naming: [components[0]],
            [Fixture.period(components[0], 100, 200, isOpen: true)])
        try test.insert(maintenance)
        let update = try maintenance.publish(
            MaintenancePublication(
                message: "Begun.", status: .inProgress,
                componentStatuses: [StatusDraft(componentID: components[1].description, status: .underMaintenance)],
                notifiesSubscribers: true), page: page, at: second(50), newID: TestIDs().next)
        try test.store.write { try $0.save(maintenance, publishing: update) }
        #expect(try stored(1) == maintenance)
        #expect(try stored(1)?.periods.count == 2)
    }

    @Test("A new name and window are stored without an update")
    func revision() throws {
        var maintenance = Fixture.maintenance(
            1, on: page.id, naming: [components[0]], [Fixture.period(components[0], 100, 200, isOpen: true)])
        try test.insert(maintenance)
        try maintenance.revise(
            MaintenanceRevision(
                name: "Later", window: MaintenanceWindowDraft(startAt: second(300), endAt: second(400))),
            at: second(0))
        try test.store.write { try $0.save(maintenance, publishing: nil) }
        #expect(try stored(1) == maintenance)
    }

    @Test("The text of an update is stored with the time of the edit, and the update is found by its id")
    func edit() throws {
        var maintenance = Fixture.maintenance(
            1, on: page.id, naming: [components[0]], [Fixture.period(components[0], 100, 200)])
        try test.insert(maintenance)
        let update = maintenance.updates[1].id
        #expect(try test.store.read { try $0.maintenance(of: update) } == maintenance.id)
        try maintenance.updates[1].edit(message: "Other", at: second(600))
        try test.store.write { try $0.saveText(ofUpdateAt: 1, of: maintenance) }
        #expect(try stored(1) == maintenance)
        #expect(try test.store.read { try $0.maintenance(of: id(99)) } == nil)
    }

    @Test("A deleted maintenance leaves nothing, and other maintenances stay unchanged")
    func deletion() throws {
        let period = Fixture.period(components[0], 100, 200)
        let kept = Fixture.maintenance(2, on: page.id, naming: components, [period])
        let deleted = Fixture.maintenance(1, on: page.id, isAutomated: true, naming: components, [period])
        try test.insert(deleted, kept)
        try test.store.write { try $0.delete(deleted) }
        #expect(try stored(1) == nil)
        #expect(try stored(2) == kept)
        #expect(try test.store.read { try $0.maintenances(of: page.id, limit: 10) } == [kept])
        #expect(try test.store.read { try $0.unfinishedMaintenances(of: page.id) } == [kept])
        #expect(try test.store.read { try $0.dueMaintenances(at: second(1_000)) }.isEmpty)
        #expect(try test.count("maintenance_updates") == 2)
        #expect(try test.count("maintenance_update_components") == 2 * components.count)
        #expect(try test.count("maintenance_periods") == 1)
    }

    @Test("The unfinished maintenances of a page are those that are not complete")
    func unfinished() throws {
        let other = try #require(try test.declare(Fixture.page, PageDeclaration(slug: "other", name: "Other")).last)
        try test.insert(
            Fixture.maintenance(1, on: page.id), Fixture.maintenance(2, on: page.id, status: .complete),
            Fixture.maintenance(3, on: page.id, status: .inProgress), Fixture.maintenance(4, on: other.id))
        #expect(try test.store.read { try $0.unfinishedMaintenances(of: page.id) }.map(\.id) == [id(1), id(3)])
    }

    @Test("Maintenances survive the removal of their components from the page")
    func archivedComponent() throws {
        let maintenance = Fixture.maintenance(
            1, on: page.id, naming: components, [Fixture.period(components[0], 100, 200)])
        try test.insert(maintenance)
        try test.declare(PageDeclaration(slug: "main", name: "Main"), at: second(60))
        #expect(try stored(1) == maintenance)
    }
}
