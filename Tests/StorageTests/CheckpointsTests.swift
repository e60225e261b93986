import Foundation
import GRDB
import StatusPages
import TestSupport
import Testing

@testable import Storage

@Suite("Checkpoints with Litestream", .timeLimit(.patientMinutes(5)))
struct CheckpointsTests {
    /// Something that leaves checkpoints to Litestream: a trace of Litestream, or a setting.
    enum Trace: CaseIterable {
        case hiddenDirectory, directory, table, setting

        func leave(for test: FaultyStore) throws {
            let folder = test.disk.directory
            switch self {
            case .hiddenDirectory: try Self.makeDirectory(folder.file(".test.db-litestream"))
            case .directory: try Self.makeDirectory(folder.file("test.db-litestream"))
            case .table: try test.store.pool.write { try $0.execute(sql: "CREATE TABLE _litestream_seq (id, seq)") }
            case .setting: test.store.use(.external)
            }
        }

        func remove(from test: FaultyStore) throws {
            let folder = test.disk.directory
            switch self {
            case .hiddenDirectory: try FileManager.default.removeItem(atPath: folder.file(".test.db-litestream"))
            case .directory: try FileManager.default.removeItem(atPath: folder.file("test.db-litestream"))
            case .table: try test.store.pool.write { try $0.execute(sql: "DROP TABLE _litestream_seq") }
            case .setting: test.store.use(nil)
            }
        }

        private static func makeDirectory(_ path: String) throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
    }

    private static let limits = LogKeeper.Limits(checkpoint: 20, restart: 40, warning: 1_000_000, most: 1_000_000)

    private func log(of test: FaultyStore) throws -> (frames: Int, backfilled: Int) {
        try test.store.withWriter { db in
            let index = try #require(LogIndex(db))
            return (try #require(index.state).frames, index.backfilled)
        }
    }

    private func insert(_ numbers: ClosedRange<UInt64>, into test: FaultyStore) throws {
        for number in numbers { _ = try test.insert(number).get() }
    }

    @Test("If Litestream's tables or directory exist, the server makes no checkpoint", arguments: Trace.allCases)
    func noCheckpoint(_ trace: Trace) throws {
        let test = try FaultyStore(logLimits: Self.limits)
        try insert(1...20, into: test)
        #expect(test.store.checkpoints == .own)
        #expect(try log(of: test).frames < 100)
        try trace.leave(for: test)
        test.store.keepLogShort()
        let before = try log(of: test)
        try insert(21...60, into: test)
        let after = try log(of: test)
        #expect(after.backfilled <= before.backfilled)
        #expect(after.frames > 200)
        #expect(test.store.checkpoints == .external)
        #expect(test.notices.value == ["checkpointsExternal"])
        try trace.remove(from: test)
        try insert(61...100, into: test)
        #expect(try log(of: test).frames < 100)
        #expect(test.notices.value == ["checkpointsExternal", "checkpointsOwn"])
    }

    @Test(
        "No checkpoint is made when the database is closed, opened, or reopened after a failed write either",
        arguments: Trace.allCases)
    func noCheckpointAtTheEnds(_ trace: Trace) throws {
        let test = try FaultyStore(logLimits: Self.limits)
        _ = try test.insert(1).get()
        try trace.leave(for: test)
        test.store.keepLogShort()
        try insert(2...10, into: test)
        test.disk.fail(.sync(.log), times: 1)
        #expect(try test.error(11).name == "the write may or may not be stored")
        try test.insertAtLast(12)
        #expect(try log(of: test).backfilled == 0)
        let there = try test.numbers()
        #expect(there.isSuperset(of: Set(1...10).union([12])))
        try test.store.close()
        let path = test.disk.directory.file("test.db")
        let size = FileStatus(of: path + "-wal")?.size ?? 0
        #expect(size > 50 * 4_096)
        #expect(try DatabaseFile(path).verify().problems == [])
        let next = try Store(path: path, checkpoints: trace == .setting ? .external : nil)
        #expect(next.checkpoints == .external)
        #expect(try FaultyStore.numbers(in: next) == there)
        try next.close()
        #expect(FileStatus(of: path + "-wal")?.size ?? 0 >= size)
    }

    @Test("The configuration overrides the detection")
    func own() throws {
        let test = try FaultyStore(logLimits: Self.limits)
        try Trace.hiddenDirectory.leave(for: test)
        test.store.use(.own)
        try insert(1...40, into: test)
        #expect(try log(of: test).frames < 100)
        #expect(test.store.checkpoints == .own)
    }

    @Test("A WAL that Litestream does not checkpoint is reported, and has a limit")
    func bound() throws {
        var limits = Self.limits
        (limits.warning, limits.most) = (100, 300)
        let test = try FaultyStore(logLimits: limits)
        try Trace.hiddenDirectory.leave(for: test)
        test.store.keepLogShort()
        var stored: Set<UInt64> = []
        for number in 1...200 as ClosedRange<UInt64> {
            if case .success = test.insert(number) { stored.insert(number) }
            Thread.sleep(forTimeInterval: 0.005)
        }
        #expect(stored.count > 10)
        #expect(stored.count < 150)
        #expect(try log(of: test).frames < 350)
        #expect(test.notices.value == ["checkpointsExternal", "logGrows"])
        #expect(try test.error(500).name == "the database is not available")
        let other = try DatabaseQueue(path: test.disk.directory.file("test.db"))
        try other.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try insert(1_000...1_010, into: test)
        #expect(try test.numbers() == stored.union(1_000...1_010))
        Thread.sleep(forTimeInterval: 0.3)
        test.store.keepLogShort()
        #expect(test.notices.value == ["checkpointsExternal", "logGrows", "logReleased"])
        try other.close()
    }

    @Test("Backups and restored databases do not contain Litestream's tables")
    func copies() throws {
        let test = try FaultyStore()
        try Trace.table.leave(for: test)
        _ = try test.insert(1).get()
        let copy = DatabaseFile(test.disk.directory.file("copy.db"))
        _ = try DatabaseFile(test.disk.directory.file("test.db")).backUp(to: copy, replacing: false)
        #expect(try copy.verify().problems == [])
        #expect(try copy.read { try $0.tableExists("_litestream_seq") } == false)
        #expect(try test.store.pool.read { try $0.tableExists("_litestream_seq") })
    }

    @Test(
        "A database that is not writable is opened read-only, and read-write as soon as it is writable",
        arguments: [true, false])
    func readOnly(_ isClosed: Bool) throws {
        let test = try FaultyStore()
        try insert(1...3, into: test)
        if isClosed { try test.store.close() } else { test.die() }
        let path = test.disk.directory.file("test.db")
        test.disk.fail(.full(.both))
        if isClosed { #expect(throws: StorageError.self) { try Store(path: path) } }
        let notices = Shared<[String]>([])
        let store = try Store(path: path, readsAnyway: true) { notice in
            notices.change { $0.append("\(notice)".prefix { $0 != "(" }.description) }
        }
        #expect(notices.value == ["readOnly"])
        #expect(try FaultyStore.numbers(in: store) == [1, 2, 3])
        #expect(throws: StorageError.self) { try store.write { _ in } }
        let order = Shared<[String]>([])
        let writer = Writer(store, publish: { _, _ in {} }, refresh: { _ in { order.change { $0.append("shown") } } })
        writer.postpone(reason: "full") {
            try store.write { _ in }
            order.change { $0.append("postponed") }
        }
        let isWritten = { () -> Bool in
            let result = Shared<Bool?>(nil)
            writer.write({ _ in }, completion: { outcome in result.change { $0 = (try? outcome.get()) != nil } })
            writer.waitUntilIdle()
            return result.value ?? false
        }
        #expect(!isWritten())
        #expect(order.value == [])
        test.disk.heal()
        while !isWritten() { usleep(50_000) }
        #expect(order.value == ["shown", "postponed", "shown"])
        #expect(notices.value.first == "readOnly")
        #expect(notices.value.last == "settled")
        try store.close()
    }
}
