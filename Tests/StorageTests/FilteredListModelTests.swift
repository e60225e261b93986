import GRDB
import StatusPages
import TestSupport
import Testing

@testable import Storage

/// A filtered list returns the same as a plain search of all records, for any distribution in time.
@Suite("Filtered lists of any history")
struct FilteredListModelTests {
    private let test: TestStore
    private let page: StatusPage
    private let components: [ID<Component>]

    init() throws {
        test = try TestStore()
        page = try #require(try test.declare(Fixture.page).first)
        components = page.structure.placements.map(\.component.id)
    }

    @Test("Every page of every filter has the matching events, in order", arguments: 1...12 as ClosedRange<UInt64>)
    func model(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let history = (1...60 as ClosedRange<UInt64>).map { maintenance($0, &generator) }
        try test.store.write { transaction in for one in history { try transaction.insert(one) } }
        for _ in 0..<60 {
            let filter = filter(&generator)
            let expected = history.filter { matches($0, filter) }
                .sorted { ($0.publishedAt, $0.id) > ($1.publishedAt, $1.id) }
            let size = Int.random(in: 1...20, using: &generator)
            #expect(try pages(filter, of: size) == expected.map(\.id), "\(filter)")
        }
    }

    /// Reads a list page by page to its end.
    private func pages(_ filter: EventFilter, of size: Int) throws -> [ID<Maintenance>] {
        var ids: [ID<Maintenance>] = []
        while true {
            let next = try test.store.read {
                try $0.maintenances(of: page.id, matching: filter, after: ids.last, limit: size)
            }
            ids += try #require(next).map(\.id)
            guard next?.count == size else { return ids }
        }
    }

    private func matches(_ maintenance: Maintenance, _ filter: EventFilter) -> Bool {
        guard filter != EventFilter() else { return true }
        return maintenance.periods.contains { period in
            (filter.componentIDs?.contains(period.componentID) ?? true)
                && period.endAt.map { end in filter.startAt.map { end >= $0 } ?? true } ?? true
                && (filter.endAt.map { period.startAt <= $0 } ?? true)
        }
    }

    /// Published within ten days, some at the same time. The periods begin up to 20 months before or after that.
    private func maintenance(_ number: UInt64, _ generator: inout SeededGenerator) -> Maintenance {
        let publishedAt = second(60 * Int64.random(in: 0...240, using: &generator) * 60)
        let periods = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
            let start = publishedAt.advanced(byMilliseconds: distance(&generator))
            let length = abs(distance(&generator)) + 1
            return MaintenancePeriod(
                componentID: components.randomElement(using: &generator) ?? components[0], startAt: start,
                endAt: Bool.random(using: &generator) ? start.advanced(byMilliseconds: length) : nil, isOpen: false)
        }
        return Fixture.maintenance(number, on: page.id, at: publishedAt, periods)
    }

    private func filter(_ generator: inout SeededGenerator) -> EventFilter {
        func time() -> Timestamp? {
            Bool.random(using: &generator) ? second(0).advanced(byMilliseconds: distance(&generator)) : nil
        }
        let named = components.filter { _ in Bool.random(using: &generator) }
        return EventFilter(
            componentIDs: Bool.random(using: &generator) ? Set(named) : nil, startAt: time(), endAt: time())
    }

    /// Up to 20 minutes, hours, days or months, forwards or backwards, in milliseconds.
    private func distance(_ generator: inout SeededGenerator) -> Int64 {
        let unit = ([60_000, 3_600_000, 86_400_000, 2_592_000_000] as [Int64]).randomElement(using: &generator) ?? 1
        return unit * Int64.random(in: -20...20, using: &generator)
    }

    @Test(
        "A filtered list reads only the part of the history in the window",
        arguments: [
            EventFilter(componentIDs: [id(1)]), EventFilter(startAt: second(0)), EventFilter(endAt: second(0)),
            EventFilter(componentIDs: [id(1), id(2)], startAt: second(0), endAt: second(1)),
        ])
    func plan(filter: EventFilter) throws {
        let plan = try test.store.pool.read { db in
            let list = EventList.incidents
            let query = try #require(try list.query(of: page.id, matching: filter, after: nil, limit: 25, in: db))
            return try Row.fetchAll(
                db, sql: "EXPLAIN QUERY PLAN SELECT * FROM incidents WHERE \(query.condition)",
                arguments: query.arguments
            ).map { $0["detail"] as String }
        }
        #expect(
            plan.contains {
                $0.contains("incident_reaches_in_order")
                    && $0.contains("(page_id=? AND component_id=? AND reach=? AND published_at>? AND published_at<?)")
            }, "\(plan)")
        // Only the arguments are scanned completely.
        #expect(plan.allSatisfy { !$0.hasPrefix("SCAN") || $0.contains("VIRTUAL TABLE") }, "\(plan)")
        #expect(plan.filter { $0.contains("TEMP B-TREE") }.count == 1, "\(plan)")
    }

    @Test("Events that were stored before the filter index existed are found as well", arguments: [false, true])
    func olderDatabase(isRebuilt: Bool) throws {
        var generator = SeededGenerator(seed: 99)
        let history = (1...60 as ClosedRange<UInt64>).map { maintenance($0, &generator) }
        try test.store.write { transaction in for one in history { try transaction.insert(one) } }
        let incidents = (1...20 as ClosedRange<UInt64>).map { number in
            Fixture.incident(
                number, on: page.id, at: second(Int64(number) * 1_000),
                [[change(components[Int(number) % components.count], .fullOutage)]])
        }
        try test.store.write { transaction in for one in incidents { try transaction.insert(one) } }
        let tables = ["incident_reaches", "maintenance_reaches"]
        let before = try tables.map(reaches)
        #expect(before.allSatisfy { !$0.isEmpty })
        if isRebuilt {
            try test.store.pool.write { db in
                for table in tables { try db.execute(sql: "DROP TABLE \(table)") }
                try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '4-reaches'")
            }
            try Migrations.all.migrate(test.store.pool)
        }
        #expect(try tables.map(reaches) == before)
    }

    private func reaches(_ table: String) throws -> [Row] {
        try test.store.pool.read { try Row.fetchAll($0, sql: "SELECT * FROM \(table) ORDER BY 1, 2") }
    }
}
