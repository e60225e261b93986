import Dispatch
import GRDB
import Glibc
import Locking
import StatusPages
import TestSupport
import Testing

@testable import Storage

/// A database on a disk that can fail, and its writer.
final class FaultyStore: Sendable {
    let disk: FaultyDisk
    let store: Store
    let writer: Writer
    let page: ID<StatusPage>
    let notices: Shared<[String]>
    /// How often the public view was rebuilt.
    let refreshes = Shared(0)

    init(
        on disk: FaultyDisk? = nil, checkpoints: Checkpoints? = nil, logLimits: LogKeeper.Limits = LogKeeper.Limits(),
        replication: Replication? = nil
    ) throws {
        self.disk = try disk ?? FaultyDisk()
        let notices = Shared<[String]>([])
        self.notices = notices
        store = try Store(
            path: self.disk.directory.file("test.db"), checkpoints: checkpoints, replication: replication,
            logLimits: logLimits
        ) { notice in
            notices.change { $0.append("\(notice)".prefix { $0 != "(" }.description) }
        }
        _ = try store.write { try $0.apply([Fixture.page], at: second(0), newID: TestIDs().next) }
        page = try #require(try store.read { try $0.pages() }.first).id
        writer = Writer(store, publish: { _, _ in {} }, refresh: { [refreshes] _ in { refreshes.change { $0 += 1 } } })
    }

    deinit {
        disk.heal()
        try? store.close()
    }

    /// Simulates a killed process: nothing is flushed, and the kernel's memory stays unchanged.
    func die() {
        store.connections.withExclusiveLock { connections in
            try? connections?.pool.close()
            connections = nil
        }
    }

    /// Writes an incident whose rows are on many pages.
    func insert(_ number: UInt64) -> Result<UInt64, any Error> {
        let result = Shared<Result<UInt64, any Error>?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        writer.write(
            { [page] transaction in
                try transaction.insert(Fixture.incident(number, on: page, Array(repeating: [], count: 5)))
                return number
            },
            completion: { outcome in
                result.change { $0 = outcome }
                isDone.signal()
            })
        isDone.wait()
        return result.value ?? .failure(StorageError.inconsistent(reason: "no result"))
    }

    /// Retries a write until it succeeds, as a client would.
    func insertAtLast(_ number: UInt64) throws {
        for _ in 0..<600 {
            if case .success = insert(number) { return }
            // A write with an unknown result may have been stored.
            if !store.isInDoubt, try numbers().contains(number) { return }
            usleep(50_000)
        }
        Issue.record("\(number) is never stored")
    }

    func error(_ number: UInt64) throws -> StorageError {
        guard case .failure(let error) = insert(number) else {
            throw StorageError.inconsistent(reason: "\(number) is stored")
        }
        return try #require(error as? StorageError)
    }

    /// The stored incidents. Each must be complete.
    func numbers() throws -> Set<UInt64> { try Self.numbers(in: store) }

    static func numbers(in store: Store) throws -> Set<UInt64> {
        let rows = try store.pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, (SELECT count(*) FROM incident_updates WHERE incident_id = incidents.id) FROM incidents
                    """)
        }
        #expect(try rows.filter { try $0.value(1) != 5 }.isEmpty)
        return Set(try rows.compactMap { UInt64(try $0.value(0) as String) })
    }

    /// The incidents left if the power fails now. `seed` decides which unsynced pages reach the disk.
    func numbersAfterLossOfPower(seed: UInt32) throws -> Set<UInt64> {
        let left = try disk.losePower(seed: seed)
        let store = try Store(path: left.file("test.db"))
        defer { try? store.close() }
        try Self.check(store)
        return try Self.numbers(in: store)
    }

    static func check(_ store: Store) throws {
        #expect(try store.pool.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
        #expect(try store.pool.read { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }.isEmpty)
    }
}

extension StorageError {
    var name: String { "\(self)".prefix { $0 != ":" }.description }
}
