import StatusPages
import Testing

@testable import Storage

@Suite("Lists of incidents")
struct IncidentListTests {
    private let test: TestStore
    private let page: StatusPage

    init() throws {
        test = try TestStore()
        page = try #require(try test.declare(Fixture.page).first)
    }

    private func list(after: ID<Incident>? = nil, limit: Int = 100) throws -> [UInt64]? {
        try test.store.read { try $0.incidents(of: page.id, after: after, limit: limit) }?
            .map { UInt64($0.id.description) ?? 0 }
    }

    /// All pages of the list, read one after the other. `between` runs after each.
    private func pages(of size: Int, between: (Int) throws -> Void = { _ in }) throws -> [[UInt64]] {
        var pages: [[UInt64]] = []
        var after: ID<Incident>?
        while let page = try list(after: after, limit: size), let last = page.last {
            pages.append(page)
            after = id(last)
            try between(pages.count)
        }
        return pages
    }

    @Test("The newest comes first, then the greater id")
    func order() throws {
        try test.insert(
            Fixture.incident(3, on: page.id, at: second(0)), Fixture.incident(1, on: page.id, at: second(60)),
            Fixture.incident(2, on: page.id, at: second(0)))
        #expect(try list() == [1, 3, 2])
    }

    @Test("Resolved incidents are listed too, other pages' incidents are not")
    func members() throws {
        let other = try #require(try test.declare(Fixture.page, PageDeclaration(slug: "other", name: "Other")).last)
        try test.insert(
            Fixture.incident(1, on: page.id, status: .resolved), Fixture.incident(2, on: other.id))
        #expect(try list() == [1])
    }

    @Test("Paging returns every incident once, in order, whatever the page size", arguments: [1, 2, 3, 7, 100])
    func paging(size: Int) throws {
        // Pairs have the same time, so that some pages end within a pair.
        for number in 1...10 as ClosedRange<UInt64> {
            try test.insert(Fixture.incident(number, on: page.id, at: second(Int64(number / 2))))
        }
        let pages = try pages(of: size)
        #expect(pages.flatMap(\.self) == (1...10).reversed())
        #expect(pages.dropLast().allSatisfy { $0.count == size })
    }

    @Test("Ids break the tie of equal times")
    func ties() throws {
        for number in 1...9 as ClosedRange<UInt64> { try test.insert(Fixture.incident(number, on: page.id)) }
        #expect(try pages(of: 2) == [[9, 8], [7, 6], [5, 4], [3, 2], [1]])
    }

    @Test("Paging stays stable while new incidents are added and old ones change")
    func stability() throws {
        for number in 1...6 as ClosedRange<UInt64> {
            try test.insert(Fixture.incident(number, on: page.id, at: second(Int64(number))))
        }
        let pages = try pages(of: 2) { count in
            try test.insert(Fixture.incident(UInt64(100 + count), on: page.id, at: second(Int64(1_000 + count))))
            var last = try #require(try test.store.read { try $0.incident(id(1)) })
            last.status = .resolved
            last.name = "Changed \(count)"
            try test.store.write { try $0.save(last, publishing: nil) }
        }
        #expect(pages == [[6, 5], [4, 3], [2, 1]])
    }

    @Test("A list cannot continue after an id that is not an incident of the page")
    func unknownAfter() throws {
        let other = try #require(try test.declare(Fixture.page, PageDeclaration(slug: "other", name: "Other")).last)
        try test.insert(Fixture.incident(1, on: page.id), Fixture.incident(2, on: other.id))
        #expect(try list(after: id(99)) == nil)
        #expect(try list(after: id(2)) == nil)
        #expect(try list(after: id(1)) == [])
    }

    @Test("A list comes with all updates of each incident, and only with its own")
    func updates() throws {
        let components = page.structure.placements.map(\.component.id)
        let incidents = (1...5 as ClosedRange<UInt64>).map { number in
            Fixture.incident(
                number, on: page.id, at: second(-Int64(number)),
                (0..<number).map { [change(components[Int($0) % 4], .fullOutage)] })
        }
        for incident in incidents { try test.insert(incident) }
        #expect(try test.store.read { try $0.incidents(of: page.id, limit: 10) } == incidents)
    }

    @Test("An empty list is not an error")
    func empty() throws {
        #expect(try list() == [])
    }
}
