import Foundation
import GRDB
import StatusPages
import TestSupport

@testable import Storage

/// A directory with a closed database that has a row of every kind.
struct FileFixture {
    let directory: TemporaryDirectory
    var path: String { directory.file("test.db") }
    var database: DatabaseFile { DatabaseFile(path) }
    var copy: DatabaseFile { DatabaseFile(directory.file("copy.db")) }

    init() throws {
        directory = try TemporaryDirectory()
        let store = try Store(path: path)
        _ = try store.write { try $0.apply([Fixture.page], at: second(0), newID: TestIDs().next) }
        guard let page = try store.read({ try $0.pages() }).first else { return }
        let components = page.structure.placements.map(\.component.id)
        let key = APIKey(id: id(4), name: "key", createdAt: second(0), roles: [.statusPagePublisher])
        try store.write(as: .key(key, requestID: "r", address: "192.0.2.1")) { transaction in
            try transaction.insert(
                Fixture.incident(
                    1, on: page.id, status: .resolved,
                    [[change(components[0], .fullOutage)], [change(components[0], .operational)]]))
            try transaction.insert(Fixture.incident(2, on: page.id, [[change(components[1], .partialOutage)], []]))
            try transaction.insert(
                Fixture.maintenance(
                    3, on: page.id, isAutomated: true, naming: [components[0]],
                    [Fixture.period(components[0], 100, 150), Fixture.period(components[0], 160, 200, isOpen: true)]))
            try transaction.insert(key, tokenHash: Array(repeating: 1, count: 32))
            try transaction.audit(.created, AuditSubject(.page, page.id, "Main"), page: page.id, at: second(0))
        }
        try store.close()
    }

    /// The names of all files, in order.
    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()) ?? [] }

    /// Changes the database in a way that only a fault could.
    func tamper(_ sql: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA ignore_check_constraints = ON; \(sql)") }
        try queue.close()
    }

    /// Overwrites the first page of a table or index with garbage.
    func scribble(over name: String) throws {
        let queue = try DatabaseQueue(path: path)
        let page = try queue.read {
            try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?", arguments: [name])
        }
        try queue.close()
        guard let page else { return }
        try scribble(from: (page - 1) * 4_096, count: 4_096)
    }

    /// Overwrites `count` bytes from `start`, or all bytes after it, with garbage.
    func scribble(from start: Int, count: Int? = nil) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for index in start..<(count.map { start + $0 } ?? bytes.count) {
            bytes[index] = UInt8(truncatingIfNeeded: index &* 167) | 1
        }
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    /// Makes a database of another program.
    func makeForeign(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "CREATE TABLE notes (text TEXT)") }
        try queue.close()
    }

    func makeNewer() throws { try tamper("INSERT INTO grdb_migrations VALUES ('999-from-the-future')") }
}

/// The contents of a file.
func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
