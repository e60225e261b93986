import Foundation
import GRDB
import Glibc
import StatusPages
import TestSupport
import Testing

@testable import Storage

@Suite("The write-ahead log", .timeLimit(.patientMinutes(5)))
struct LogKeeperTests {
    private let frame = 4_096 + 24

    private func length(of test: FaultyStore) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: test.disk.directory.file("test.db-wal"))
        return try #require(attributes[.size] as? Int)
    }

    @Test("Under steady writes, and with readers, the WAL stays short")
    func steady() throws {
        let test = try FaultyStore(logLimits: LogKeeper.Limits(checkpoint: 100, restart: 400))
        // The schema alone takes about 200 pages.
        let first = try length(of: test)
        var longest = 0
        for number in 1...1_000 as ClosedRange<UInt64> {
            _ = try test.insert(number).get()
            if number.isMultiple(of: 3) { _ = try test.store.read { try $0.pages() } }
            longest = max(longest, try length(of: test))
        }
        // One commit may come on top of the limit for a checkpoint.
        #expect(longest < first + 100 * frame)
        #expect(test.notices.value.isEmpty)
    }

    @Test("While another process reads an old state, the WAL grows to its limit; then writes fail until the read ends")
    func held() throws {
        let test = try FaultyStore(logLimits: LogKeeper.Limits(checkpoint: 50, restart: 100, most: 400))
        _ = try test.insert(1).get()
        var configuration = Configuration()
        configuration.readonly = true
        let other = try DatabaseQueue(path: test.disk.directory.file("test.db"), configuration: configuration)
        var stored: Set<UInt64> = [1]
        try other.read { db in
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM incidents")
            for number in 2...200 as ClosedRange<UInt64> {
                switch test.insert(number) {
                case .success: stored.insert(number)
                case .failure(let error):
                    #expect((error as? StorageError)?.name == "the database is not available", "\(error)")
                }
            }
            #expect(stored.count > 10)
            #expect(stored.count < 199)
            let length = try length(of: test)
            #expect(length < 450 * frame)
            #expect(test.notices.value == ["logHeld"])
            let there = try test.numbers()
            #expect(there == stored)
            let seen = try Int.fetchOne(db, sql: "SELECT count(*) FROM incidents")
            #expect(seen == 1)
        }
        try other.close()
        try test.insertAtLast(1_000)
        #expect(try test.numbers() == stored.union([1_000]))
        #expect(test.notices.value == ["logHeld", "logReleased"])
        try test.insertAtLast(1_001)
        #expect(!test.store.isInDoubt)
    }

    @Test(
        "The page count continues when SQLite resets its counter",
        arguments: [(0, 0, 0), (5, 1_005, 1_000), (.max, 0, 1), (.max - 9, 990, 1_000)] as [(Int32, Int32, Int)])
    func counter(_ earlier: Int32, _ later: Int32, _ pages: Int) {
        #expect(LogKeeper.pages(from: earlier, to: later) == pages)
    }
}
