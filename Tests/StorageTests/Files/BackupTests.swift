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

    @Test("The copy is one file for its owner alone, holds the same, and opens as a database")
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

    @Test("What was committed is in it, wherever SQLite keeps it, and what was not is not")
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

    @Test("What a killed server left is read, log and all, and left as it is")
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

    @Test("A file is replaced only if told so, and then as a whole")
    func replacing() throws {
        try Data("precious".utf8).write(to: URL(fileURLWithPath: copyPath))
        #expect(throws: FileError.exists(path: copyPath)) { try backUp() }
        #expect(try bytes(copyPath) == Data("precious".utf8))
        #expect(test.files == ["copy.db", "test.db"])
        #expect(try backUp(replacing: true).incidents == 2)
        #expect(try test.copy.verify().problems == [])
    }

    @Test("The database and what belongs to it are never replaced by its copy", arguments: ["", "-wal", "-shm"])
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
        "Where a log or journal lies that would be taken for the copy's, no copy is put",
        arguments: ["-wal", "-journal"])
    func companions(suffix: String) throws {
        try Data("old".utf8).write(to: URL(fileURLWithPath: copyPath + suffix))
        #expect(throws: FileError.companion(path: copyPath, companion: test.copy.place + suffix)) {
            try backUp(replacing: true)
        }
        #expect(test.files == ["copy.db\(suffix)", "test.db"])
    }

    @Test("A directory, or one that is not there, is no place for a copy, whatever is told")
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

    @Test("What is not a regular file is left as it is, and named", arguments: [false, true])
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

    @Test("Without a database there is no copy, and none is made")
    func noDatabase() throws {
        let none = DatabaseFile(test.directory.file("none.db"))
        #expect(throws: StorageError.cannotOpen(path: none.path, reason: "there is no such file")) {
            try none.backUp(to: test.copy, replacing: false)
        }
        #expect(test.files == ["test.db"])
    }

    @Test("What is not a database that this version knows is not copied")
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

    @Test("Of a damaged database there is no copy, and the old copy stays")
    func damaged() throws {
        _ = try backUp()
        let before = try bytes(copyPath)
        try test.tamper("DELETE FROM incidents WHERE id = '\(id(1) as ID<Incident>)'")
        let error = try #require(throws: FileError.self) { try backUp(replacing: true) }
        #expect("\(error)".hasPrefix("\(test.path) is not sound:\n  "))
        #expect("\(error)".contains("rows refer to incidents that are not there"))
        try test.scribble(from: 8_192)
        #expect(throws: (any Error).self) { try backUp(replacing: true) }
        #expect(try bytes(copyPath) == before)
        #expect(test.files == ["copy.db", "test.db"])
    }

    @Test("A database of an older version is copied as it is")
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

    @Test("What an interrupted run left is no hindrance, even under both names")
    func remnants() throws {
        let partial = copyPath + ".partial"
        try Data("half".utf8).write(to: URL(fileURLWithPath: partial))
        try Data("journal".utf8).write(to: URL(fileURLWithPath: partial + "-journal"))
        _ = try backUp()
        #expect(test.files == ["copy.db", "test.db"])
        // As if a run was killed between giving the file its final name and removing the temporary one.
        #expect(link(copyPath, partial) == 0)
        _ = try PartialFile(for: test.copy)
        #expect(try test.copy.verify().problems == [])
        #expect(link(copyPath, partial) == 0)
        _ = try backUp(replacing: true)
        #expect(test.files == ["copy.db", "test.db"])
    }

    @Test("A copy that fails leaves nothing behind, its journal included")
    func failure() throws {
        do {
            let partial = try PartialFile(for: test.copy)
            try Data("journal".utf8).write(to: URL(fileURLWithPath: partial.path + "-journal"))
        }
        #expect(test.files == ["test.db"])
    }

    @Test("Two do not write the same copy at once")
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

    @Test("A name with characters that mean something in a URI is a name like others")
    func names() throws {
        for name in ["a b?mode=memory#c%41.db", "file:d.db"] {
            let copy = DatabaseFile(test.directory.file(name))
            _ = try test.database.backUp(to: copy, replacing: false)
            #expect(try copy.verify().problems == [])
            #expect(test.files.contains(name))
        }
    }
}
