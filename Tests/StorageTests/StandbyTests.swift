import Foundation
import GRDB
import StatusPages
import TestSupport
import Testing

@testable import Storage

@Suite("Standby")
struct StandbyTests {
    private let test: TestStore
    private let path: String

    init() throws {
        test = try TestStore()
        try test.declare(Fixture.page)
        path = test.directory.file("copy.db")
        try copy()
        try Data("1".utf8).write(to: URL(fileURLWithPath: path + "-txid"))
    }

    /// Replaces the contents of the copy's file, as Litestream does: under SQLite's locks, but behind its back.
    private func copy() throws {
        let new = DatabaseFile(test.directory.file("new.db"))
        _ = try DatabaseFile(test.store.path).backUp(to: new, replacing: true)
        let contents = try Data(contentsOf: URL(fileURLWithPath: new.path))
        guard let file = FileHandle(forWritingAtPath: path) else {
            return try contents.write(to: URL(fileURLWithPath: path))
        }
        try file.write(contentsOf: contents)
        try file.truncate(atOffset: UInt64(contents.count))
        try file.close()
    }

    @Test("A standby reads each new state of its copy, and rejects writes")
    func reading() throws {
        let standby = try Store(standbyAt: path)
        #expect(standby.isStandby)
        let page = try #require(try standby.read { try $0.pages() }.first).id
        #expect(try standby.read { try $0.ongoingIncidents(of: page).count } == 0)
        let version = standby.copyVersion
        try test.store.write { try $0.insert(Fixture.incident(1, on: page)) }
        try copy()
        #expect(standby.copyVersion != version)
        #expect(try standby.read { try $0.ongoingIncidents(of: page).count } == 1)
        #expect(throws: StorageError.unavailable(reason: "this server is a standby")) { try standby.write { _ in } }
        #expect(!DatabaseFile(path).isInWALMode)
        try standby.close()
    }

    @Test("A promoted standby has the contents of the copy and accepts writes")
    func promotion() throws {
        let standby = try Store(standbyAt: path)
        try standby.promote()
        #expect(!standby.isStandby)
        #expect(DatabaseFile(path).isInWALMode)
        let page = try #require(try standby.read { try $0.pages() }.first).id
        try standby.write { try $0.insert(Fixture.incident(1, on: page)) }
        #expect(try standby.read { try $0.ongoingIncidents(of: page).count } == 1)
        try standby.close()
        let next = try Store(path: path)
        #expect(try next.read { try $0.ongoingIncidents(of: page).count } == 1)
        try next.close()
    }

    @Test("A damaged copy is not promoted")
    func damage() throws {
        let standby = try Store(standbyAt: path)
        let file = try #require(FileHandle(forWritingAtPath: path))
        let size = try file.seekToEnd()
        for offset in stride(from: 4_096, to: size, by: 4_096) {
            try file.seek(toOffset: offset)
            try file.write(contentsOf: Data(repeating: 0xFF, count: 64))
        }
        try file.close()
        #expect(throws: (any Error).self) { try standby.promote() }
        #expect(standby.isStandby)
        #expect(FileManager.default.fileExists(atPath: path + "-txid"))
        try standby.close()
    }

    @Test("A copy that another process has open is not promoted")
    func followed() throws {
        let standby = try Store(standbyAt: path)
        let follower = Process()
        follower.executableURL = URL(fileURLWithPath: "/bin/sleep")
        follower.arguments = ["60"]
        follower.standardInput = try #require(FileHandle(forReadingAtPath: path))
        try follower.run()
        #expect(throws: StandbyError.followed(path: path, process: follower.processIdentifier)) {
            try standby.promote()
        }
        #expect(standby.isStandby)
        // The process may ignore SIGTERM, because its parent did.
        kill(follower.processIdentifier, SIGKILL)
        follower.waitUntilExit()
        try standby.promote()
        try standby.close()
    }

    @Test("A copy that was fetched again since the start can be promoted, a missing one cannot")
    func replaced() throws {
        let standby = try Store(standbyAt: path)
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: StandbyError.missing(path: path)) { try standby.promote() }
        let page = try #require(try test.store.read { try $0.pages() }.first).id
        try test.store.write { try $0.insert(Fixture.incident(1, on: page)) }
        try copy()
        try standby.promote()
        #expect(try standby.read { try $0.ongoingIncidents(of: page).count } == 1)
        try standby.write { try $0.insert(Fixture.incident(2, on: page)) }
        // The standby has claimed the new file.
        #expect(throws: StorageError.served(path: path)) {
            try DatabaseFile(path).claim(sharing: false, waitingFor: 0, waiting: {})
        }
        try standby.close()
    }

    @Test("If a copy cannot be opened for writing, its server stays a standby, can restart, and can be promoted later")
    func blocked() throws {
        let standby = try Store(standbyAt: path)
        let reader = try DatabaseQueue(path: path)
        try reader.read { db in
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM pages")
            // Takes five seconds: SQLite waits for the reader.
            #expect(throws: StorageError.self) { try standby.promote() }
        }
        try reader.close()
        #expect(standby.isStandby)
        try standby.close()
        let next = try Store(standbyAt: path)
        try next.promote()
        #expect(FileStatus(of: path + "-txid") == nil && FileStatus(of: path + "-txid.promoting") == nil)
        try next.close()
    }

    @Test("Only a copy that a standby has opened, and that was not promoted yet, is ready to be promoted")
    func readiness() throws {
        let fresh = test.store.path
        #expect(throws: StandbyError.active(path: fresh)) { try DatabaseFile(fresh).checkServedByStandby() }
        try Data("1".utf8).write(to: URL(fileURLWithPath: fresh + "-txid"))
        #expect(throws: StandbyError.unserved(path: fresh)) { try DatabaseFile(fresh).checkServedByStandby() }
        let standby = try Store(standbyAt: path)
        try DatabaseFile(path).checkServedByStandby()
        try standby.promote()
        #expect(throws: StandbyError.active(path: path)) { try DatabaseFile(path).checkServedByStandby() }
        try standby.close()
    }

    @Test("Only a copy that Litestream follows can be a standby, and only a standby may open such a copy")
    func marks() throws {
        #expect(throws: StorageError.self) { try Store(path: path) }
        #expect(throws: StandbyError.notFollowed(path: test.store.path)) { try Store(standbyAt: test.store.path) }
        #expect(throws: StandbyError.missing(path: path + "x")) { try Store(standbyAt: path + "x") }
        try FileManager.default.removeItem(atPath: path + "-txid")
        try Store(path: path).close()
    }

    @Test("A database keeps only the last heartbeat, and has none at first")
    func heartbeat() throws {
        #expect(try test.store.read { try $0.heartbeat() } == nil)
        for number in 1...2 as ClosedRange<Int64> {
            let heartbeat = Heartbeat(server: "s\(number)", at: second(number))
            try test.store.write { try $0.record(heartbeat) }
            #expect(try DatabaseFile(test.store.path).heartbeat() == heartbeat)
        }
    }

    @Test("The identity of a server stays the same, and is not copied")
    func identity() throws {
        let file = DatabaseFile(test.store.path)
        let identity = try file.serverIdentity()
        #expect(!identity.isEmpty)
        #expect(try file.serverIdentity() == identity)
        #expect(try DatabaseFile(path).serverIdentity() != identity)
    }
}
