import Foundation
import GRDB
import Glibc
import StatusPages
import TestSupport
import Testing

@testable import Storage

@Suite("Restoring")
struct RestoreTests {
    private static let kept = "test.db.replaced-20260101T000000.000Z"
    private let test: FileFixture

    /// A database and a backup of it, which has one incident less.
    init() throws {
        test = try FileFixture()
        _ = try test.database.backUp(to: test.copy, replacing: false)
        let store = try Store(path: test.path)
        try store.write { try $0.insert(Fixture.incident(7, on: $0.reading.pages()[0].id)) }
        try store.close()
    }

    private func restore(replacing: Bool = true, _ backup: DatabaseFile? = nil) throws -> Restoration {
        try test.database.restore(backup ?? test.copy, replacing: replacing, at: second(0))
    }

    private func incidents(_ path: String) throws -> Int? {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM incidents") }
    }

    private func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

    @Test("Without a database, the backup becomes the database")
    func fresh() throws {
        try remove(test.path)
        let restoration = try restore(replacing: false)
        #expect(restoration.kept == [])
        #expect(restoration.contents.incidents == 2)
        #expect(test.files == ["copy.db", "test.db"])
        let store = try Store(path: test.path)
        #expect(try store.read { try $0.apiKeys() }.count == 1)
        try store.close()
        #expect(FileStatus(of: test.path)?.permissions == 0o600)
    }

    @Test("A database that root restores belongs to the owner of its directory", .enabled(if: getuid() == 0))
    func owner() throws {
        try remove(test.path)
        #expect(chown(test.directory.path, 65_534, 65_533) == 0)
        _ = try restore(replacing: false)
        #expect(FileStatus(of: test.path)?.owner == 65_534)
        #expect(FileStatus(of: test.path)?.group == 65_533)
    }

    @Test("A database that a server has claimed is not replaced, and one that is being replaced cannot be claimed")
    func claims() throws {
        try test.database.alone {
            for sharing in [false, true] {
                #expect(throws: StorageError.served(path: test.path)) {
                    try test.database.claim(sharing: sharing, waitingFor: 0) {}
                }
            }
        }
        try test.database.claim(sharing: true, waitingFor: 0) {}
        #expect(throws: FileError.inUse(path: test.path)) { try restore() }
        #expect(try incidents(test.path) == 3)
    }

    @Test("A claimed database can be claimed again only by a server that shares it")
    func shared() throws {
        for _ in 0..<3 { try test.database.claim(sharing: true, waitingFor: 0) {} }
        #expect(throws: StorageError.served(path: test.path)) {
            try test.database.claim(sharing: false, waitingFor: 0) {}
        }
    }

    @Test("The error for a damaged backup does not advise to restore a backup")
    func damagedBackup() throws {
        try Data("SQLite format 3".utf8).write(to: URL(fileURLWithPath: test.directory.file("copy.db")))
        let error = #expect(throws: StorageError.self) { try restore() }
        #expect(error?.description.contains("restore a backup") == false)
        #expect(try incidents(test.path) == 3)
    }

    @Test("A database is replaced only with --force")
    func refusal() throws {
        #expect(throws: FileError.exists(path: test.path)) { try restore(replacing: false) }
        #expect(try incidents(test.path) == 3)
        #expect(test.files == ["copy.db", "test.db"])
    }

    @Test("The previous database is kept, and the new one gets its owner and permissions")
    func replaced() throws {
        let owner: uid_t = getuid() == 0 ? 65_534 : getuid()
        #expect(chown(test.path, owner, getgid()) == 0)
        #expect(chmod(test.path, 0o640) == 0)
        let restoration = try restore()
        #expect(restoration.kept == [DatabaseFile(test.directory.path).place + "/\(Self.kept)"])
        #expect(try incidents(test.path) == 2)
        #expect(try incidents(test.directory.file(Self.kept)) == 3)
        #expect(test.files == ["copy.db", "test.db", Self.kept])
        #expect(FileStatus(of: test.path)?.permissions == 0o640)
        #expect(FileStatus(of: test.path)?.owner == owner)
    }

    @Test("The WAL of a killed server is kept with the previous database, and not applied to the new one")
    func killedServer() throws {
        let store = try Store(path: test.path)
        try store.write { try $0.insert(Fixture.incident(8, on: $0.reading.pages()[0].id)) }
        let log = try bytes(test.path + "-wal")
        try store.close()
        try log.write(to: URL(fileURLWithPath: test.path + "-wal"))
        _ = try restore()
        #expect(test.files == ["copy.db", "test.db", Self.kept])
        #expect(try incidents(test.path) == 2)
        #expect(try incidents(test.directory.file(Self.kept)) == 4)
    }

    @Test("A WAL without its database is moved away, not applied")
    func orphanedLog() throws {
        let store = try Store(path: test.path)
        try store.write { try $0.insert(Fixture.incident(8, on: $0.reading.pages()[0].id)) }
        let log = try bytes(test.path + "-wal")
        try store.close()
        try remove(test.path)
        try log.write(to: URL(fileURLWithPath: test.path + "-wal"))
        #expect(throws: FileError.leftovers(path: test.path, names: ["-wal"])) { try restore(replacing: false) }
        let restoration = try restore()
        #expect(restoration.kept == [DatabaseFile(test.directory.path).place + "/\(Self.kept)-wal"])
        #expect(test.files == ["copy.db", "test.db", "\(Self.kept)-wal"])
        #expect(try incidents(test.path) == 2)
    }

    @Test("A database that any process has open is not replaced", arguments: [false, true])
    func inUse(isDamaged: Bool) throws {
        let store = try Store(path: test.path)
        #expect(try store.read { try $0.pages() }.count == 1)
        // Closed last, because closing it releases all locks that SQLite has on the file in this process.
        let descriptor = open(test.path, O_WRONLY)
        defer { close(descriptor) }
        if isDamaged {
            try store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
            #expect(pwrite(descriptor, "no header", 9, 0) == 9)
        }
        #expect(throws: FileError.inUse(path: test.path)) { try restore() }
        #expect(test.files == ["copy.db", "test.db", "test.db-shm", "test.db-wal"])
        if !isDamaged { try store.close() }
    }

    @Test("A damaged database is replaced, and kept unchanged", arguments: [0, 100, 4_096])
    func damaged(start: Int) throws {
        try test.scribble(from: start)
        let before = try bytes(test.path)
        _ = try restore()
        #expect(try incidents(test.path) == 2)
        #expect(test.files == ["copy.db", "test.db", Self.kept])
        if start == 0 { #expect(try bytes(test.directory.file(Self.kept)) == before) }
    }

    @Test(
        "If an old file cannot be kept, all old files get their names back",
        arguments: [["test.db", "test.db-shm"], ["test.db-wal", "test.db-shm"]])
    func notKept(old: [String]) throws {
        try remove(test.path)
        for name in old { try test.directory.write("damaged \(name)", to: name) }
        let obstacle = "\(Self.kept)-shm"
        try FileManager.default.createDirectory(
            atPath: test.directory.file(obstacle), withIntermediateDirectories: false)
        #expect(throws: FileError.self) { try restore() }
        #expect(test.files == (["copy.db", obstacle] + old).sorted())
        for name in old { #expect(try bytes(test.directory.file(name)) == Data("damaged \(name)".utf8)) }
        try remove(test.directory.file(obstacle))
        let names = old.map { $0.replacing("test.db", with: Self.kept) }
        #expect(try restore().kept == names.map { DatabaseFile(test.directory.path).place + "/\($0)" })
        #expect(test.files == (["copy.db", "test.db"] + names).sorted())
        #expect(try incidents(test.path) == 2)
    }

    @Test("A database of a newer version can be replaced with an older backup")
    func newer() throws {
        try test.makeNewer()
        _ = try restore()
        #expect(try Store(path: test.path).read { try $0.pages() }.count == 1)
    }

    @Test("Another program's database is not replaced")
    func foreign() throws {
        try remove(test.path)
        try test.makeForeign(test.path)
        let before = try bytes(test.path)
        #expect(throws: StorageError.notOurs(path: test.path)) { try restore() }
        #expect(try bytes(test.path) == before)
        #expect(test.files == ["copy.db", "test.db"])
    }

    enum Unusable: CaseIterable { case none, empty, text, foreign, newer, damaged, inconsistent, itself }

    @Test("Only an undamaged backup of this version or an older one is restored", arguments: Unusable.allCases)
    func unusable(what: Unusable) throws {
        let other = try FileFixture()
        switch what {
        case .none: try remove(other.path)
        case .empty: try Data().write(to: URL(fileURLWithPath: other.path))
        case .text: try other.directory.write("This is not a database.\n", to: "test.db")
        case .foreign:
            try remove(other.path)
            try other.makeForeign(other.path)
        case .newer: try other.makeNewer()
        case .damaged: try other.scribble(from: 20_480)
        case .inconsistent: try other.tamper("DELETE FROM components")
        case .itself: break
        }
        let before = try bytes(test.path)
        #expect(throws: (any Error).self) { try restore(what == .itself ? test.database : other.database) }
        #expect(try bytes(test.path) == before)
        #expect(test.files == ["copy.db", "test.db"])
    }

    @Test("A backup with a WAL is restored including the WAL")
    func backupWithLog() throws {
        let other = try FileFixture()
        let store = try Store(path: other.path)
        try store.write { try $0.insert(Fixture.incident(8, on: $0.reading.pages()[0].id)) }
        #expect(try restore(other.database).contents.incidents == 3)
        try store.close()
    }

    @Test("Nothing is restored if the directory is missing")
    func noDirectory() throws {
        let nowhere = DatabaseFile(test.directory.file("none/test.db"))
        #expect(throws: StorageError.self) { try nowhere.restore(test.copy, replacing: true, at: second(0)) }
    }
}
