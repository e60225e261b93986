import StatusPages
import Testing

@testable import Storage

@Suite("Lists of maintenances")
struct MaintenanceListTests {
    private let test: TestStore
    private let page: StatusPage
    private let components: [ID<Component>]

    init() throws {
        test = try TestStore()
        page = try #require(try test.declare(Fixture.page).first)
        components = page.structure.placements.map(\.component.id)
    }

    private func list(
        _ filter: EventFilter = EventFilter(), after: ID<Maintenance>? = nil, limit: Int = 100
    ) throws -> [UInt64]? {
        try test.store.read { try $0.maintenances(of: page.id, matching: filter, after: after, limit: limit) }?
            .map { UInt64($0.id.description) ?? 0 }
    }

    @Test("Paging returns every maintenance once, newest first, whatever the page size", arguments: [1, 2, 3, 7, 100])
    func paging(size: Int) throws {
        let other = try #require(try test.declare(Fixture.page, PageDeclaration(slug: "other", name: "Other")).last)
        // Pairs have the same time, so that some pages end within a pair.
        for number in 1...10 as ClosedRange<UInt64> {
            try test.insert(Fixture.maintenance(number, on: page.id, at: second(Int64(number / 2))))
            try test.insert(Fixture.maintenance(100 + number, on: other.id))
        }
        var pages: [[UInt64]] = []
        var after: ID<Maintenance>?
        while let page = try list(after: after, limit: size), let last = page.last {
            pages.append(page)
            after = id(last)
            try test.insert(Fixture.maintenance(1_000 + last, on: self.page.id, at: second(1_000)))
        }
        #expect(pages.flatMap(\.self) == (1...10).reversed())
        #expect(pages.dropLast().allSatisfy { $0.count == size })
    }

    @Test("A list cannot continue after an id that is not a maintenance in it")
    func unknownAfter() throws {
        let other = try #require(try test.declare(Fixture.page, PageDeclaration(slug: "other", name: "Other")).last)
        try test.insert(Fixture.maintenance(1, on: page.id), Fixture.maintenance(2, on: other.id))
        #expect(try list(after: id(99)) == nil)
        #expect(try list(after: id(2)) == nil)
        #expect(try list(after: id(1)) == [])
        #expect(try list(EventFilter(startAt: second(0)), after: id(1)) == nil)
    }

    @Test("Each maintenance in a list comes with all its own updates and periods")
    func content() throws {
        let maintenances = (1...4 as ClosedRange<UInt64>).map { number in
            Fixture.maintenance(
                number, on: page.id, at: second(-Int64(number)), naming: Array(components.prefix(Int(number))),
                components.prefix(Int(number)).map { Fixture.period($0, Int64(number), 1_000) })
        }
        for maintenance in maintenances { try test.insert(maintenance) }
        #expect(try test.store.read { try $0.maintenances(of: page.id, limit: 10) } == maintenances)
    }

    @Test(
        "The bounds of the window are inclusive for periods",
        arguments: [
            (100, 200, true), (0, 100, true), (200, 300, true), (150, 150, true), (nil, 100, true), (200, nil, true),
            (0, 99, false), (201, 300, false), (nil, 99, false), (201, nil, false),
        ] as [(Int64?, Int64?, Bool)])
    func window(start: Int64?, end: Int64?, expected: Bool) throws {
        try test.insert(Fixture.maintenance(1, on: page.id, [Fixture.period(components[0], 100, 200)]))
        let filter = EventFilter(startAt: start.map(second), endAt: end.map(second))
        #expect(try list(filter) == (expected ? [1] : []))
    }

    @Test("A period without an end has no upper bound")
    func withoutEnd() throws {
        try test.insert(Fixture.maintenance(1, on: page.id, [Fixture.period(components[0], 100, nil, isOpen: true)]))
        #expect(try list(EventFilter(startAt: second(1_000_000))) == [1])
    }

    @Test(
        "A single period must meet all conditions",
        arguments: [
            ([0], 0, 150, true), ([0], 250, 400, false), ([1], 0, 150, false), ([1], 250, 400, true),
            ([0, 1], 250, 400, true), ([0, 1], 201, 299, false), ([2], nil, nil, false), ([], nil, nil, false),
        ] as [([Int], Int64?, Int64?, Bool)])
    func together(numbers: [Int], start: Int64?, end: Int64?, expected: Bool) throws {
        try test.insert(
            Fixture.maintenance(
                1, on: page.id, naming: components,
                [Fixture.period(components[0], 100, 200), Fixture.period(components[1], 300, 400)]))
        let filter = EventFilter(
            componentIDs: Set(numbers.map { components[$0] }), startAt: start.map(second), endAt: end.map(second))
        #expect(try list(filter) == (expected ? [1] : []))
    }

    @Test("A maintenance without periods passes no filter")
    func withoutPeriods() throws {
        try test.insert(Fixture.maintenance(1, on: page.id, naming: components))
        #expect(try list(EventFilter(componentIDs: Set(components))) == [])
        #expect(try list(EventFilter(startAt: second(-1_000), endAt: second(1_000))) == [])
        #expect(try list() == [1])
    }
}
