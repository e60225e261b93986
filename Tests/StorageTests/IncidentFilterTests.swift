import StatusPages
import Testing

@testable import Storage

@Suite("Filters of incidents")
struct EventFilterTests {
    private let test: TestStore
    private let page: StatusPage
    private let components: [ID<Component>]

    /// Component 0 is down from 0 to 60 s, and again from 120 s without an end. Component 1 is degraded from 60 to 120
    /// s.
    init() throws {
        test = try TestStore()
        page = try #require(try test.declare(Fixture.page).first)
        components = page.structure.placements.map(\.component.id)
        try test.insert(
            Fixture.incident(
                1, on: page.id,
                [
                    [change(components[0], .fullOutage)],
                    [change(components[0], .operational), change(components[1], .degradedPerformance)],
                    [change(components[0], .partialOutage), change(components[1], .operational)],
                ]))
    }

    /// Whether the incident passes the filter. Components are given by number and times in seconds.
    private func passes(_ numbers: [Int]? = nil, from start: Int64? = nil, to end: Int64? = nil) throws -> Bool {
        let filter = EventFilter(
            componentIDs: numbers.map { Set($0.map { components[$0] }) }, startAt: start.map(second),
            endAt: end.map(second))
        let found = try test.store.read { try $0.incidents(of: page.id, matching: filter, limit: 10) }
        return try !#require(found).isEmpty
    }

    @Test(
        "A component filter matches impacts on the component",
        arguments: [([0], true), ([1], true), ([2], false), ([2, 0], true), ([], false)])
    func component(numbers: [Int], expected: Bool) throws {
        #expect(try passes(numbers) == expected)
    }

    @Test(
        "The bounds of the window are inclusive",
        arguments: [
            // Component 1, affected from 60 to 120 s.
            (60, 120, true), (0, 60, true), (120, 180, true), (90, 90, true), (60, 60, true), (120, 120, true),
            (0, 59, false), (121, 180, false),
        ] as [(Int64, Int64, Bool)])
    func window(start: Int64, end: Int64, expected: Bool) throws {
        #expect(try passes([1], from: start, to: end) == expected)
    }

    @Test("A bound alone leaves the other side open")
    func oneBound() throws {
        #expect(try passes([1], from: 120))
        #expect(try !passes([1], from: 121))
        #expect(try passes([1], to: 60))
        #expect(try !passes([1], to: 59))
        #expect(try !passes(to: -1))
    }

    @Test("An ongoing impact has no end")
    func openImpact() throws {
        #expect(try passes([0], from: 1_000_000))
        #expect(try passes(from: 1_000_000, to: 1_000_001))
    }

    @Test("A single impact must meet all conditions")
    func together() throws {
        // Component 0 was affected, and a component was affected at 90 s, but not component 0.
        #expect(try passes([0]))
        #expect(try passes(from: 90, to: 90))
        #expect(try !passes([0], from: 61, to: 119))
        #expect(try passes([0, 1], from: 61, to: 119))
    }

    @Test("The window must overlap an impact; the time between two impacts does not count")
    func betweenSpans() throws {
        #expect(try !passes([0], from: 61, to: 119))
        #expect(try passes([0], from: 60, to: 119))
        #expect(try passes([0], from: 61, to: 120))
    }

    @Test("An incident without impacts passes no filter")
    func withoutImpacts() throws {
        try test.insert(Fixture.incident(2, on: page.id, [[change(components[2], .operational)]]))
        #expect(try !passes([2]))
        let all = EventFilter(startAt: second(-1_000_000), endAt: second(1_000_000))
        let found = try test.store.read { try $0.incidents(of: page.id, matching: all, limit: 10) }
        #expect(found?.map(\.id) == [id(1)])
        #expect(try test.store.read { try $0.incidents(of: page.id, limit: 10) }?.count == 2)
    }

    @Test("A filtered list is paged like any other")
    func paging() throws {
        for number in 2...5 as ClosedRange<UInt64> {
            let hit = number.isMultiple(of: 2) ? components[2] : components[3]
            try test.insert(
                Fixture.incident(number, on: page.id, at: second(Int64(number)), [[change(hit, .fullOutage)]]))
        }
        let filter = EventFilter(componentIDs: [components[3]])
        func list(after: ID<Incident>?) throws -> [ID<Incident>]? {
            try test.store.read { try $0.incidents(of: page.id, matching: filter, after: after, limit: 1) }?.map(\.id)
        }
        #expect(try list(after: nil) == [id(5)])
        #expect(try list(after: id(5)) == [id(3)])
        #expect(try list(after: id(3)) == [])
    }

    @Test("A later update changes which filters match the incident")
    func laterUpdate() throws {
        var incident = try #require(try test.store.read { try $0.incident(id(1)) })
        let update = try incident.publish(
            IncidentPublication(message: "m", status: .resolved, componentStatuses: nil, notifiesSubscribers: false),
            page: page, at: second(600), newID: TestIDs().next)
        try test.store.write { try $0.save(incident, publishing: update) }
        #expect(try passes([0], from: 600))
        #expect(try !passes([0], from: 601))
    }
}
