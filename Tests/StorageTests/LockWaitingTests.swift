import Dispatch
import GRDB
import Glibc
import StatusPages
import TestSupport
import Testing

@testable import Storage

@Suite("Locks of other processes", .timeLimit(.patientMinutes(2)))
struct LockWaitingTests {
    @Test("A process that writes all the time leaves room for other processes between commits")
    func busyWriter() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("test.db")
        try Store(path: path).close()
        // Locks belong to processes, but SQLite also separates the connections of one process.
        let other = try DatabaseQueue(path: path)
        let isOver = Shared(false)
        let began = Event()
        let ended = Event()
        OwnThread.start {
            try? other.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = OFF")
                began.happen()
                while !isOver.value {
                    // Holds the lock as long as a batch may take. Afterwards, the lock is free only for a moment.
                    try db.execute(sql: "BEGIN IMMEDIATE")
                    usleep(20_000)
                    try db.execute(sql: "COMMIT")
                }
            }
            ended.happen()
        }
        defer { isOver.change { $0 = true } }
        #expect(began.wait())
        try await OwnThread.run {
            for round in 0..<3 {
                let store = try Store(path: path)
                _ = try store.write { transaction in
                    try transaction.apply([], at: second(Int64(round)), newID: TestIDs().next)
                }
                try store.close()
            }
        }
        isOver.change { $0 = true }
        #expect(ended.wait())
        try other.close()
    }
}
