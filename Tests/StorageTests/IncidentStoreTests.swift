import StatusPages
import Testing

@testable import Storage

@Suite("Stored incidents")
struct IncidentStoreTests {
    private let test: TestStore
    private let page: StatusPage
    private let components: [ID<Component>]

    init() throws {
        test = try TestStore()
        page = try #require(try test.declare(Fixture.page).first)
        components = page.structure.placements.map(\.component.id)
    }

    private func stored(_ number: UInt64) throws -> Incident? { try test.store.read { try $0.incident(id(number)) } }

    @Test("An incident is read as it was stored")
    func roundTrip() throws {
        let incident = Fixture.incident(
            1, on: page.id,
            [
                // Not in the order of their ids.
                [change(components[2], .fullOutage), change(components[0], .operational)], [],
                [change(components[1], .partialOutage), change(components[2], .degradedPerformance)],
            ])
        try test.insert(incident)
        #expect(try stored(1) == incident)
        #expect(try stored(2) == nil)
    }

    @Test(
        "Text is read exactly as it was stored",
        arguments: ["e\u{301}", "é", "😀👨‍👩‍👧", "'; DROP TABLE incidents; --", "a\r\nb\t", "\u{FEFF}x"])
    func text(text: String) throws {
        var incident = Fixture.incident(1, on: page.id)
        incident.name = text
        try test.insert(incident)
        let name = try #require(try stored(1)).name
        #expect(Array(name.unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test("An update is stored with its changes")
    func publishing() throws {
        var incident = Fixture.incident(1, on: page.id, [[change(components[0], .fullOutage)]])
        try test.insert(incident)
        let update = try incident.publish(
            IncidentPublication(message: "Done.", status: .resolved, componentStatuses: nil, notifiesSubscribers: true),
            page: page, at: second(600), newID: TestIDs().next)
        try test.store.write { try $0.save(incident, publishing: update) }
        #expect(try stored(1) == incident)
        #expect(try test.store.read { try $0.ongoingIncidents(of: page.id) }.isEmpty)
    }

    @Test("The text of an update is stored with the time of the edit, and the update is found by its id")
    func edit() throws {
        var incident = Fixture.incident(1, on: page.id, [[change(components[0], .fullOutage)], [], []])
        try test.insert(incident, Fixture.incident(2, on: page.id, [[], [], []]))
        let update = incident.updates[1].id
        #expect(try test.store.read { try $0.incident(of: update) } == incident.id)
        try incident.updates[1].edit(message: "Other", at: second(600))
        try test.store.write { try $0.saveText(ofUpdateAt: 1, of: incident) }
        #expect(try stored(1) == incident)
        #expect(try stored(2) == Fixture.incident(2, on: page.id, [[], [], []]))
        #expect(try test.store.read { try $0.incident(of: id(99)) } == nil)
    }

    @Test("A deleted incident leaves nothing, and other incidents stay unchanged")
    func deletion() throws {
        let changes = [[change(components[0], .fullOutage)], [change(components[1], .partialOutage)]]
        let (deleted, kept) = (Fixture.incident(1, on: page.id, changes), Fixture.incident(2, on: page.id, changes))
        let tables = [
            "incidents", "incident_updates", "incident_update_components", "incident_impacts", "incident_reaches",
        ]
        try test.insert(kept)
        let before = try tables.map(test.count)
        try test.insert(deleted)
        let update = deleted.updates[1].id
        try test.store.write { try $0.delete(deleted) }
        #expect(try stored(1) == nil)
        #expect(try test.store.read { try $0.incident(of: update) } == nil)
        #expect(try stored(2) == kept)
        #expect(try tables.map(test.count) == before)
        #expect(try test.store.read { try $0.incidents(of: page.id, limit: 9) } == [kept])
    }

    @Test("A new name is stored without an update")
    func renaming() throws {
        var incident = Fixture.incident(1, on: page.id)
        try test.insert(incident)
        incident.name = "Renamed"
        try test.store.write { try $0.save(incident, publishing: nil) }
        #expect(try stored(1) == incident)
    }

    @Test("Ongoing incidents are those of the page that are not resolved, newest first")
    func ongoing() throws {
        let other = try #require(try test.declare(Fixture.page, PageDeclaration(slug: "other", name: "Other")).last)
        try test.insert(
            Fixture.incident(1, on: page.id, at: second(0), status: .investigating),
            Fixture.incident(2, on: page.id, at: second(60), status: .resolved),
            Fixture.incident(3, on: page.id, at: second(30), status: .monitoring),
            Fixture.incident(4, on: other.id, at: second(90)),
            Fixture.incident(5, on: page.id, at: second(30), status: .identified))
        #expect(try test.store.read { try $0.ongoingIncidents(of: page.id) }.map(\.id) == [id(5), id(3), id(1)])
    }

    @Test("An incident with a hundred updates comes back in order")
    func manyUpdates() throws {
        let incident = Fixture.incident(
            1, on: page.id, Array(repeating: [change(components[0], .fullOutage)], count: 100))
        try test.insert(incident)
        #expect(try stored(1) == incident)
    }

    @Test("Incidents survive the removal of their components from the page")
    func archivedComponent() throws {
        let incident = Fixture.incident(1, on: page.id, [[change(components[0], .fullOutage)]])
        try test.insert(incident)
        try test.declare(PageDeclaration(slug: "main", name: "Main"), at: second(60))
        #expect(try stored(1) == incident)
    }
}
