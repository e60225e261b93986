import StatusPages
import Storage
import Testing

@Suite("Events that ended") struct EndedEventTests {
    @Test("The events that ended last are found, however many others were edited since")
    func latestEnd() throws {
        let test = try TestStore()
        let page = try #require(try test.declare(Fixture.page).first)
        try test.store.write { transaction in
            // Ended early and edited late.
            for number in 1...250 as ClosedRange<UInt64> {
                var incident = Fixture.incident(number, on: page.id, at: second(Int64(number)), status: .resolved)
                try transaction.insert(incident)
                try incident.updates[0].edit(message: "Edited.", at: second(1_000_000))
                try transaction.saveText(ofUpdateAt: 0, of: incident)
            }
            for number in 300..<310 as Range<UInt64> {
                try transaction.insert(
                    Fixture.incident(number, on: page.id, at: second(Int64(number)), status: .resolved))
            }
        }
        let scope = PageScope(page, pageURL: "https://status.example/main")
        let found = try test.store.read { try $0.endedEvents(in: scope, after: second(0), limit: 20) }
        let expected = (300..<310 as Range<UInt64>).reversed() + (241...250 as ClosedRange<UInt64>).reversed()
        #expect(found.map(\.ulid) == expected.map { (id($0) as ID<Incident>).ulid })
    }

    @Test("Events that ended before the time are left out")
    func time() throws {
        let test = try TestStore()
        let page = try #require(try test.declare(Fixture.page).first)
        try test.insert(
            Fixture.incident(1, on: page.id, at: second(10), status: .resolved),
            Fixture.incident(2, on: page.id, at: second(20), status: .resolved),
            Fixture.incident(3, on: page.id, at: second(30)))
        let scope = PageScope(page, pageURL: "https://status.example/main")
        let found = try test.store.read { try $0.endedEvents(in: scope, after: second(10), limit: 20) }
        #expect(found.map(\.ulid) == [(id(2) as ID<Incident>).ulid])
    }
}
