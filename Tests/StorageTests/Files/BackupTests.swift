import Foundation
import GRDB
import Glibc
import StatusPages
import TestSupport
import Testing

@testable import Storage

@Suite("Backing up")
struct BackupTests {
    private let test: FileFixture
    private var copyPath: String { test.copy.path }

    init() throws { test = try FileFixture() }

    private func backUp(replacing: Bool = false) throws -> DatabaseContents {
        try test.database.backUp(to: test.copy, replacing: replacing)
    }

    @Test("The copy is one file that only its owner can read, and opens with the same contents")
    func copy() throws {
        let before = try bytes(test.path)
        let contents = try backUp()
        #expect(contents.pages == 1 && contents.incidents == 2 && contents.maintenances == 1 && contents.keys == 1)
        #expect(try bytes(copyPath).count == contents.size)
        #expect(test.files == ["copy.db", "test.db"])
        #expect(try bytes(test.path) == before)
        #expect(FileStatus(of: copyPath)?.permissions == 0o600)
        #expect(try test.copy.verify().problems == [])

        let (original, copied) = (try Store(path: test.path), try Store(path: copyPath))
        for store in [original, copied] { #expect(try store.read { try $0.apiKeys().map(\.name) } == ["key"]) }
        #expect(try original.read { try $0.pages() } == copied.read { try $0.pages() })
        #expect(
            try original.read { try $0.incident(id(1)) } == copied.read { try $0.incident(id(1)) })
        try original.close()
        try copied.close()
    }

    @Test("The copy has all commits, including those in the WAL, and no uncommitted changes")
    func openDatabase() throws {
        let store = try Store(path: test.path)
        try store.write { try $0.insert(Fixture.incident(7, on: $0.reading.pages()[0].id)) }
        try store.pool.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE; DELETE FROM incidents")
            // A backup does not wait for an open write transaction, and the writer does not wait for the backup.
            #expect(try backUp().incidents == 3)
            try db.execute(sql: "ROLLBACK")
        }
        try store.close()
        #expect(test.files == ["copy.db", "test.db"])
    }

    @Test("The files of a killed server are read, including the WAL, and not changed")
    func killedServer() throws {
        let store = try Store(path: test.path)
        try store.write { try $0.insert(Fixture.incident(7, on: $0.reading.pages()[0].id)) }
        let killed = test.directory.file("killed.db")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: test.path + suffix, toPath: killed + suffix)
        }
        try store.close()
        let before = (try bytes(killed), try bytes(killed + "-wal"))
        #expect(try DatabaseFile(killed).backUp(to: test.copy, replacing: false).incidents == 3)
        #expect(try bytes(killed) == before.0)
        #expect(try bytes(killed + "-wal") == before.1)
    }

    @Test("A file is replaced only with --force, and atomically")
    func replacing() throws {
        try Data("precious".utf8).write(to: URL(fileURLWithPath: copyPath))
        #expect(throws: FileError.exists(path: copyPath)) { try backUp() }
        #expect(try bytes(copyPath) == Data("precious".utf8))
        #expect(test.files == ["copy.db", "test.db"])
        #expect(try backUp(replacing: true).incidents == 2)
        #expect(try test.copy.verify().problems == [])
    }

    @Test("A copy never replaces the database or its companion files", arguments: ["", "-wal", "-shm"])
    func ownFiles(suffix: String) throws {
        let store = try Store(path: test.path)
        let link = test.directory.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: test.path + suffix)
        for name in [test.path + suffix, link] {
            #expect(throws: FileError.sameFile(path: name)) {
                try test.database.backUp(to: DatabaseFile(name), replacing: true)
            }
        }
        #expect(try store.read { try $0.pages() }.count == 1)
        try store.close()
    }

    @Test(
        "No copy is written next to a WAL or journal that SQLite would use for it",
        arguments: ["-wal", "-journal"])
    func companions(suffix: String) throws {
        try Data("old".utf8).write(to: URL(fileURLWithPath: copyPath + suffix))
        #expect(throws: FileError.companion(path: copyPath, companion: test.copy.place + suffix)) {
            try backUp(replacing: true)
        }
        #expect(test.files == ["copy.db\(suffix)", "test.db"])
    }

    @Test("A copy cannot replace a directory or go into a missing one, even with --force")
    func places() throws {
        let directory = test.directory.path
        #expect(throws: FileError.notRegular(path: directory, kind: "a directory")) {
            try test.database.backUp(to: DatabaseFile(directory), replacing: true)
        }
        let nowhere = "\(directory)/none/copy.db"
        #expect(throws: FileError.noDirectory(path: nowhere, directory: "\(directory)/none")) {
            try test.database.backUp(to: DatabaseFile(nowhere), replacing: true)
        }
    }

    @Test("A file that is not a regular file is not changed, and the error says what it is", arguments: [false, true])
    func specialFiles(replacing: Bool) throws {
        let pipe = test.directory.file("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        for (path, kind) in [("/dev/null", "a device"), (pipe, "a named pipe")] {
            let error = FileError.notRegular(path: path, kind: kind)
            #expect(throws: error) { try test.database.backUp(to: DatabaseFile(path), replacing: replacing) }
            #expect(error.description == "\(path) is \(kind); name a regular file")
            #expect(FileStatus(of: path)?.kind == kind)
        }
        #expect(test.files == ["pipe", "test.db"])
    }

    @Test("Without a database no copy and no database is created")
    func noDatabase() throws {
        let none = DatabaseFile(test.directory.file("none.db"))
        #expect(throws: StorageError.cannotOpen(path: none.path, reason: "the file does not exist")) {
            try none.backUp(to: test.copy, replacing: false)
        }
        #expect(test.files == ["test.db"])
    }

    @Test("A file that is not a database of a known version is not copied")
    func unknown() throws {
        let foreign = test.directory.file("foreign.db")
        try test.makeForeign(foreign)
        #expect(throws: StorageError.notOurs(path: foreign)) {
            try DatabaseFile(foreign).backUp(to: test.copy, replacing: false)
        }
        try test.makeNewer()
        #expect(throws: StorageError.newerVersion(path: test.path)) { try backUp() }
        #expect(test.files == ["foreign.db", "test.db"])
    }

    @Test("A damaged database is not copied, and the old copy stays")
    func damaged() throws {
        _ = try backUp()
        let before = try bytes(copyPath)
        try test.tamper("DELETE FROM incidents WHERE id = '\(id(1) as ID<Incident>)'")
        let error = try #require(throws: FileError.self) { try backUp(replacing: true) }
        #expect("\(error)".hasPrefix("\(test.path) failed verification:\n  "))
        #expect("\(error)".contains("rows refer to incidents that do not exist"))
        try test.scribble(from: 8_192)
        #expect(throws: (any Error).self) { try backUp(replacing: true) }
        #expect(try bytes(copyPath) == before)
        #expect(test.files == ["copy.db", "test.db"])
    }

    @Test("A database of an older version is copied unchanged")
    func older() throws {
        let path = test.directory.file("old.db")
        let queue = try DatabaseQueue(path: path)
        try Migrations.all.migrate(queue, upTo: "1-pages-incidents-keys")
        try queue.write { try $0.execute(sql: "PRAGMA application_id = \(Migrations.applicationID)") }
        try queue.close()
        #expect(try DatabaseFile(path).backUp(to: test.copy, replacing: false).maintenances == 0)
        let copy = try DatabaseQueue(path: copyPath)
        #expect(try copy.read { try Migrations.all.completedMigrations($0) } == ["1-pages-incidents-keys"])
        try copy.close()
    }

    @Test("Files of an interrupted run do not block a new run, even under both names")
    func remnants() throws {
        let partial = copyPath + ".partial"
        try Data("half".utf8).write(to: URL(fileURLWithPath: partial))
        try Data("journal".utf8).write(to: URL(fileURLWithPath: partial + "-journal"))
        _ = try backUp()
        #expect(test.files == ["copy.db", "test.db"])
        // As if a run was killed after it gave the file its final name, and before it removed the temporary name.
        #expect(link(copyPath, partial) == 0)
        _ = try PartialFile(for: test.copy)
        #expect(try test.copy.verify().problems == [])
        #expect(link(copyPath, partial) == 0)
        _ = try backUp(replacing: true)
        #expect(test.files == ["copy.db", "test.db"])
    }

    @Test("A failed copy leaves no files, not even a journal")
    func failure() throws {
        do {
            let partial = try PartialFile(for: test.copy)
            try Data("journal".utf8).write(to: URL(fileURLWithPath: partial.path + "-journal"))
        }
        #expect(test.files == ["test.db"])
    }

    @Test("Two processes do not write the same copy at once")
    func twoAtOnce() throws {
        let other = try PartialFile(for: test.copy)
        #expect(throws: FileError.beingWritten(path: copyPath)) { try backUp() }
        #expect(test.files == ["copy.db.partial", "test.db"])
        withExtendedLifetime(other) {}
    }

    @Test("A file that appears while the copy is made is not replaced")
    func late() throws {
        let partial = try PartialFile(for: test.copy)
        try Data("precious".utf8).write(to: URL(fileURLWithPath: copyPath))
        #expect(throws: FileError.exists(path: copyPath)) { try partial.publish(replacing: false) }
        #expect(try bytes(copyPath) == Data("precious".utf8))
    }

    @Test("A file name can contain characters that are special in a URI")
    func names() throws {
        for name in ["a b?mode=memory#c%41.db", "file:d.db"] {
            let copy = DatabaseFile(test.directory.file(name))
            _ = try test.database.backUp(to: copy, replacing: false)
            #expect(try copy.verify().problems == [])
            #expect(test.files.contains(name))
        }
    }
}
