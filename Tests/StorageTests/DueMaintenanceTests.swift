import StatusPages
import Testing

@testable import Storage

@Suite("Maintenances that are due")
struct DueMaintenanceTests {
    private let test: TestStore
    private let page: StatusPage

    init() throws {
        test = try TestStore()
        page = try #require(try test.declare(Fixture.page).first)
    }

    private func due(at time: Int64) throws -> [ID<Maintenance>] {
        try test.store.read { try $0.dueMaintenances(at: second(time)) }.map(\.id)
    }

    @Test(
        "A maintenance is due when its next automatic change is",
        arguments: [
            (.scheduled, 99, false), (.scheduled, 100, true), (.scheduled, 1_000, true),
            (.inProgress, 199, false), (.inProgress, 200, true), (.complete, 1_000, false),
        ] as [(Maintenance.Status, Int64, Bool)])
    func moments(status: Maintenance.Status, time: Int64, expected: Bool) throws {
        try test.insert(
            Fixture.maintenance(1, on: page.id, status: status, isAutomated: true),
            Fixture.maintenance(2, on: page.id, status: status))
        #expect(try due(at: time) == (expected ? [id(1)] : []))
    }

    @Test("The maintenance that has been due for longest comes first")
    func order() throws {
        try test.insert(
            Fixture.maintenance(1, on: page.id, status: .inProgress, isAutomated: true),
            Fixture.maintenance(3, on: page.id, isAutomated: true),
            Fixture.maintenance(2, on: page.id, isAutomated: true))
        #expect(try due(at: 1_000) == [id(2), id(3), id(1)])
        #expect(try due(at: 150) == [id(2), id(3)])
    }

    @Test("The time of the next change follows the window, the status and the automation")
    func changes() throws {
        var maintenance = Fixture.maintenance(1, on: page.id, isAutomated: true)
        try test.insert(maintenance)
        func save(_ change: (inout Maintenance) -> Void) throws {
            change(&maintenance)
            let changed = maintenance
            try test.store.write { try $0.save(changed, publishing: nil) }
        }
        try save { $0.window = Maintenance.Window(startAt: second(300), endAt: second(400)) }
        #expect(try due(at: 299).isEmpty)
        #expect(try due(at: 300) == [id(1)])
        try save { $0.status = .inProgress }
        #expect(try due(at: 399).isEmpty)
        #expect(try due(at: 400) == [id(1)])
        try save { $0.isAutomated = false }
        #expect(try due(at: 1_000).isEmpty)
    }
}
