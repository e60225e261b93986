import Foundation
import GRDB
import Locking
import StatusPages
import TestSupport

@testable import Storage

/// A moment, in seconds after an arbitrary start.
func second(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_767_225_600_000 + seconds * 1_000) }

/// The nth id. Larger numbers give larger ids.
func id<Entity>(_ number: UInt64) -> ID<Entity> {
    let digits = String(number)
    guard let id = ID<Entity>(String(repeating: "0", count: 26 - digits.count) + digits) else {
        preconditionFailure("\(number) is too large for an id")
    }
    return id
}

/// A value shared by several threads.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Locked<Value>

    init(_ value: Value) { mutex = Locked(value) }

    var value: Value { mutex.withLock { $0 } }

    func change(_ body: (inout sending Value) -> Void) { mutex.withLock { body(&$0) } }
}

/// Makes increasing ids, from 1001.
final class TestIDs: Sendable {
    private let count = Locked<UInt64>(0)

    func next() -> ULID {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return (id(1_000 + number) as ID<Incident>).ulid
    }
}

/// A database for one test.
final class TestStore: Sendable {
    let directory: TemporaryDirectory
    let store: Store
    private let ids = TestIDs()

    init() throws {
        directory = try TemporaryDirectory()
        store = try Store(path: directory.file("test.db"))
    }

    deinit { try? store.close() }

    /// Applies declarations, and returns the resulting pages.
    @discardableResult
    func declare(_ declarations: PageDeclaration..., at now: Timestamp = second(0)) throws -> [StatusPage] {
        _ = try store.write { try $0.apply(declarations, at: now, allowsArchiving: true, newID: ids.next) }
        return try store.read { try $0.pages() }
    }

    func insert(_ incidents: Incident...) throws {
        try store.write { transaction in for incident in incidents { try transaction.insert(incident) } }
    }

    func count(_ table: String) throws -> Int? {
        try store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
    }
}

enum Fixture {
    /// Website; Services with API and Login; the sub-page Europe with Mail.
    static let page = PageDeclaration(
        slug: "main", name: "Main",
        items: [
            .component(PageDeclaration.Component(key: "website", name: "Website")),
            .group(
                PageDeclaration.Group(
                    key: "services", name: "Services",
                    components: [
                        PageDeclaration.Component(key: "api", name: "API"),
                        PageDeclaration.Component(key: "login", name: "Login"),
                    ])),
            .subPage(
                PageDeclaration.SubPage(
                    key: "europe", name: "Europe",
                    items: [.component(PageDeclaration.Component(key: "mail", name: "Mail"))])),
        ])

    /// An incident with one update for each list of component statuses, a minute apart.
    static func incident(
        _ number: UInt64, on page: ID<StatusPage>, at start: Timestamp = second(0),
        status: Incident.Status = .identified,
        _ changes: [[ComponentStatusChange]] = [[]]
    ) -> Incident {
        let updates = changes.enumerated().map { index, changes in
            IncidentUpdate(
                id: id(number * 1_000_000 + UInt64(index)),
                publishedAt: start.advanced(byMilliseconds: Int64(index) * 60_000),
                message: "Update \(index)", status: status, componentStatuses: changes,
                notifiesSubscribers: index.isMultiple(of: 2))
        }
        return Incident(
            id: id(number), pageID: page, name: "Incident \(number)", publishedAt: start, status: status,
            updates: updates)
    }
}

func change(_ component: ID<Component>, _ status: ComponentStatus) -> ComponentStatusChange {
    ComponentStatusChange(componentID: component, status: status)
}
