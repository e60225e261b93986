import GRDB
import StatusPages
import Testing

@testable import Storage

@Suite("Stored uses of a component")
struct ComponentUseTests {
    private let test: TestStore
    private let page: StatusPage
    private let component: ID<Component>

    init() throws {
        test = try TestStore()
        page = try #require(try test.declare(Fixture.page).first)
        component = try #require(page.structure.placements.first).component.id
    }

    private func found() throws -> [ComponentUse] { try test.store.read { try $0.uses(of: component) } }

    private func change(_ sql: String) throws { try test.store.pool.write { try $0.execute(sql: sql) } }

    @Test("Pages that show a component, and unfinished events that name it, count as uses")
    func uses() throws {
        let named = [[StatusChange(componentID: component, status: ComponentStatus.operational)], []]
        try test.insert(
            Fixture.incident(1, on: page.id, named), Fixture.incident(2, on: page.id, status: .resolved, named),
            Fixture.incident(3, on: page.id))
        try test.insert(
            Fixture.maintenance(4, on: page.id, naming: [component]),
            Fixture.maintenance(5, on: page.id, status: .complete, naming: [component]),
            Fixture.maintenance(6, on: page.id))
        let shown = ComponentUse(.page, name: "Main")
        let events = [ComponentUse(.incident, name: "Incident 1"), ComponentUse(.maintenance, name: "Maintenance 4")]
        #expect(try found() == [shown] + events)
        try change("UPDATE structure_items SET archived_at = 5")
        #expect(try found() == events)
        try change("UPDATE pages SET kind = 'internal'")
        #expect(try found() == [ComponentUse(.incident, name: nil), ComponentUse(.maintenance, name: nil)])
        try change("UPDATE pages SET archived_at = 5")
        #expect(try found() == [])
    }
}
