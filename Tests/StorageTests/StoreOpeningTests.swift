import Foundation
import GRDB
import StatusPages
import TestSupport
import Testing

@testable import Storage

@Suite("Opening the database")
struct StoreOpeningTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("test.db") }

    init() throws { directory = try TemporaryDirectory() }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    }

    /// The error of opening a file. The file and all others next to it must stay unchanged.
    private func refusal(of path: String) throws -> StorageError {
        let before = (try bytes(path), try files())
        let error = try #require(throws: StorageError.self) { try Store(path: path) }
        #expect(try bytes(path) == before.0)
        #expect(try files() == before.1)
        return error
    }

    /// A setting of the writing connection.
    private func setting(_ name: String, of store: Store) throws -> String? {
        try store.pool.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA \(name)") }
    }

    @Test("The writing connection commits durably and checks constraints", arguments: [false, true])
    func pragmas(isOpenedAgain: Bool) throws {
        if isOpenedAgain { try Store(path: path).close() }
        let store = try Store(path: path)
        // After a write, because some settings are made late.
        try store.write { _ in }
        #expect(try setting("journal_mode", of: store) == "wal")
        #expect(try setting("synchronous", of: store) == "2")
        #expect(try setting("foreign_keys", of: store) == "1")
        #expect(try setting("journal_size_limit", of: store) == "16777216")
        #expect(try setting("application_id", of: store) == String(0x4143_4C52))
        try store.close()
    }

    @Test("Only the owner can read a new database")
    func permissions() throws {
        let store = try Store(path: path)
        for file in [path, path + "-wal"] {
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(file)")
        }
        try store.close()
    }

    @Test("A closed database is one file with all writes")
    func reopening() throws {
        let store = try Store(path: path)
        _ = try store.write { try $0.apply([Fixture.page], at: second(0), newID: TestIDs().next) }
        #expect(try store.read { try $0.pages() }.count == 1)
        try store.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["test.db"])
        let again = try Store(path: path)
        #expect(try again.read { try $0.pages() }.map(\.slug) == ["main"])
        try again.close()
    }

    @Test("A database that was not closed opens with all commits")
    func killed() throws {
        let store = try Store(path: path)
        let key = APIKey(id: id(1), name: "key", createdAt: second(0), roles: [])
        try store.write { try $0.insert(key, tokenHash: Array(repeating: 7, count: 32)) }
        // The files that a killed process leaves: the database, its WAL and the WAL's index.
        for suffix in ["", "-wal", "-shm"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: directory.file("killed.db") + suffix)
        }
        try store.close()
        let killed = try Store(path: directory.file("killed.db"))
        #expect(try killed.read { try $0.apiKeys() } == [key])
        try killed.close()
    }

    @Test("A WAL without its index is enough as well")
    func killedWithoutIndex() throws {
        let store = try Store(path: path)
        _ = try store.write { try $0.apply([Fixture.page], at: second(0), newID: TestIDs().next) }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: directory.file("killed.db") + suffix)
        }
        try store.close()
        let killed = try Store(path: directory.file("killed.db"))
        #expect(try killed.read { try $0.pages() }.count == 1)
        try killed.close()
    }

    @Test("A WAL whose database is missing or empty is not deleted", arguments: [false, true])
    func orphanedLog(isEmpty: Bool) throws {
        let store = try Store(path: path)
        _ = try store.write { try $0.apply([Fixture.page], at: second(0), newID: TestIDs().next) }
        let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        try store.close()
        try FileManager.default.removeItem(atPath: path)
        if isEmpty { #expect(FileManager.default.createFile(atPath: path, contents: nil)) }
        try log.write(to: URL(fileURLWithPath: path + "-wal"))
        let error = #expect(throws: StorageError.self) { try Store(path: path) }
        #expect(error?.description.contains("test.db-wal exists; restore the database") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path + "-wal")) == log)
        #expect(FileManager.default.fileExists(atPath: path) == isEmpty)
    }

    @Test("A key from an older schema still works")
    func olderKeys() throws {
        let queue = try DatabaseQueue(path: path)
        try Migrations.all.migrate(queue, upTo: "2-maintenances")
        try queue.write { db in
            try db.execute(
                sql: """
                    PRAGMA application_id = \(Migrations.applicationID);
                    INSERT INTO api_keys (id, name, created_at) VALUES ('00000000000000000000000001', 'Old', 5);
                    INSERT INTO api_key_tokens (hash, api_key_id, issued_at)
                        VALUES (zeroblob(32), '00000000000000000000000001', 5);
                    """)
        }
        try queue.close()
        let store = try Store(path: path)
        let key = APIKey(id: id(1), name: "Old", createdAt: Timestamp(milliseconds: 5), roles: [])
        #expect(try store.read { try $0.apiKey(tokenHash: Array(repeating: 0, count: 32), at: second(0)) } == key)
        try store.close()
    }

    @Test("Updates from an older schema are all there, in order")
    func olderUpdates() throws {
        let queue = try DatabaseQueue(path: path)
        try Migrations.all.migrate(queue, upTo: "5-page-delivery")
        let ids = (1...9 as ClosedRange<UInt64>).map { "'\(id($0) as ID<Incident>)'" }
        try queue.write { db in
            try db.execute(
                sql: """
                    PRAGMA application_id = \(Migrations.applicationID);
                    INSERT INTO pages (id, slug, name, kind, widget, display_uptime_mode, created_at)
                        VALUES (\(ids[0]), 'p', 'Page', 'public', 1, 'nothing', 0);
                    INSERT INTO components (id, name, managed_by, created_at)
                        VALUES (\(ids[1]), 'One', 'external', 0), (\(ids[2]), 'Two', 'external', 0);
                    INSERT INTO incidents (id, page_id, name, status, published_at)
                        VALUES (\(ids[3]), \(ids[0]), 'Incident', 'resolved', 5);
                    INSERT INTO incident_updates
                        (id, incident_id, position, published_at, message, status, notify_subscribers)
                        VALUES (\(ids[6]), \(ids[3]), 1, 6, 'Last', 'resolved', 0),
                            (\(ids[7]), \(ids[3]), 0, 5, 'First', 'investigating', 1);
                    INSERT INTO incident_update_components (update_id, position, component_id, status)
                        VALUES (\(ids[7]), 1, \(ids[1]), 'full_outage'), (\(ids[7]), 0, \(ids[2]), 'partial_outage');
                    INSERT INTO maintenances (id, page_id, name, status, published_at, start_at, end_at, automated)
                        VALUES (\(ids[4]), \(ids[0]), 'Maintenance', 'maintenance_complete', 5, 6, 9, 0);
                    INSERT INTO maintenance_updates
                        (id, maintenance_id, position, published_at, message, status, notify_subscribers)
                        VALUES (\(ids[8]), \(ids[4]), 0, 5, 'Only', 'maintenance_complete', 0);
                    INSERT INTO maintenance_update_components (update_id, position, component_id, status)
                        VALUES (\(ids[8]), 0, \(ids[1]), 'operational');
                    """)
        }
        try queue.close()
        let store = try Store(path: path)
        let (incident, maintenance) = try store.read { try ($0.incident(id(4)), $0.maintenance(id(5))) }
        #expect(
            incident?.updates == [
                IncidentUpdate(
                    id: id(8), publishedAt: Timestamp(milliseconds: 5), message: "First", status: .investigating,
                    componentStatuses: [change(id(3), .partialOutage), change(id(2), .fullOutage)],
                    notifiesSubscribers: true),
                IncidentUpdate(
                    id: id(7), publishedAt: Timestamp(milliseconds: 6), message: "Last", status: .resolved,
                    componentStatuses: [], notifiesSubscribers: false),
            ])
        #expect(maintenance?.updates.map(\.id) == [id(9)])
        #expect(maintenance?.updates.first?.componentStatuses.map(\.componentID) == [id(2)])
        try store.pool.read { try $0.checkForeignKeys() }
        try store.close()
    }

    @Test("Updates and responses from an older schema have no edit time and no request hash")
    func olderTexts() throws {
        let queue = try DatabaseQueue(path: path)
        try Migrations.all.migrate(queue, upTo: "7-indexes-grow-at-their-end")
        let page: ID<StatusPage> = id(1)
        try queue.write { db in
            try db.execute(
                sql: """
                    PRAGMA application_id = \(Migrations.applicationID);
                    INSERT INTO pages (id, slug, name, kind, widget, display_uptime_mode, created_at)
                        VALUES ('\(page)', 'p', 'Page', 'public', 1, 'nothing', 0);
                    INSERT INTO incidents (id, page_id, name, status, published_at)
                        VALUES ('\(id(2) as ID<Incident>)', '\(page)', 'Incident', 'identified', 5);
                    INSERT INTO incident_updates
                        (id, incident_id, position, published_at, message, status, notify_subscribers)
                        VALUES ('\(id(3) as ID<Incident>)', '\(id(2) as ID<Incident>)', 0, 5, 'Text', 'identified', 0);
                    INSERT INTO idempotent_responses (page_id, kind, key, status, body, created_at)
                        VALUES ('\(page)', 'incident', 'k', 201, x'01', 5);
                    """)
        }
        try queue.close()
        let store = try Store(path: path)
        let scope = IdempotencyScope(page: page, kind: .incident, key: "k")
        let (incident, kept) = try store.read { try ($0.incident(id(2)), $0.response(for: scope)) }
        #expect(incident?.updates.map(\.message) == ["Text"])
        #expect(incident?.updates.map(\.editedAt) == [nil])
        #expect(kept == IdempotentResponse(status: 201, body: [1], requestHash: nil))
        try store.close()
    }

    @Test("A maintenance from an older schema notifies automatically as its first update did, and has no authors")
    func olderMaintenances() throws {
        let queue = try DatabaseQueue(path: path)
        try Migrations.all.migrate(queue, upTo: "12-made-pages")
        let page: ID<StatusPage> = id(1)
        try queue.write { db in
            try db.execute(
                sql: """
                    PRAGMA application_id = \(Migrations.applicationID);
                    INSERT INTO pages (id, slug, name, kind, widget, display_uptime_mode, created_at)
                        VALUES ('\(page)', 'p', 'Page', 'public', 1, 'nothing', 0);
                    """)
            for (number, automated, notify) in [(UInt64(2), 1, 1), (3, 1, 0), (4, 0, 1)] {
                let maintenance: ID<Maintenance> = id(number)
                try db.execute(
                    sql: """
                        INSERT INTO maintenances (id, page_id, name, status, published_at, start_at, end_at, automated)
                            VALUES ('\(maintenance)', '\(page)', 'M', 'maintenance_scheduled', 5, 6, 7, \(automated));
                        INSERT INTO maintenance_updates
                            (maintenance_id, position, id, published_at, status, notify_subscribers, message)
                            VALUES ('\(maintenance)', 0, '\(id(10 + number) as ID<Maintenance>)', 5,
                                'maintenance_scheduled', \(notify), 'Text'),
                            ('\(maintenance)', 1, '\(id(20 + number) as ID<Maintenance>)', 5,
                                'maintenance_scheduled', \(1 - notify), 'Text');
                        """)
            }
        }
        try queue.close()
        let store = try Store(path: path)
        let maintenances = try store.read { try $0.unfinishedMaintenances(of: page) }
        #expect(maintenances.map(\.notifiesAutomatically) == [true, false, false])
        #expect(try store.read { try $0.authors(of: id(2) as ID<Maintenance>) } == [:])
        try store.close()
    }

    @Test("An event from an older schema last changed with its newest update or edit, and was never revised")
    func olderChanges() throws {
        let queue = try DatabaseQueue(path: path)
        try Migrations.all.migrate(queue, upTo: "8-edits-and-request-hashes")
        let page: ID<StatusPage> = id(1)
        try queue.write { db in
            try db.execute(
                sql: """
                    PRAGMA application_id = \(Migrations.applicationID);
                    INSERT INTO pages (id, slug, name, kind, widget, display_uptime_mode, created_at)
                        VALUES ('\(page)', 'p', 'Page', 'public', 1, 'nothing', 7);
                    """)
            for (number, edit) in [(UInt64(2), "NULL"), (3, "9")] {
                try db.execute(
                    sql: """
                        INSERT INTO incidents (id, page_id, name, status, published_at)
                            VALUES ('\(id(number) as ID<Incident>)', '\(page)', 'Incident', 'identified', 5);
                        INSERT INTO incident_updates
                            (id, incident_id, position, published_at, message, status, notify_subscribers, edited_at)
                            VALUES ('\(id(10 + number) as ID<Incident>)', '\(id(number) as ID<Incident>)', 0, 5, 'Text',
                                'identified', 0, \(edit));
                        """)
            }
        }
        try queue.close()
        let store = try Store(path: path)
        let (pages, incidents) = try store.read { (try $0.pages(), try $0.ongoingIncidents(of: page)) }
        #expect(incidents.map(\.changedAt.milliseconds) == [9, 5])
        #expect(incidents.map(\.revisedAt) == [nil, nil])
        #expect(pages.map(\.isSiteEnabled) == [true])
        #expect(pages.map(\.management) == [Management(.configuration)])
        let state = try store.read { try $0.state(of: pages[0], serverURL: "http://x") }
        #expect(state.createdAt.milliseconds == 7)
        try store.close()
        #expect(try DatabaseFile(path).verify().problems == [])
    }

    @Test("Keys from an older schema keep their creator, and no user made them")
    func olderCreators() throws {
        let queue = try DatabaseQueue(path: path)
        try Migrations.all.migrate(queue, upTo: "12-made-pages")
        try queue.write { db in
            try db.execute(
                sql: """
                    PRAGMA application_id = \(Migrations.applicationID);
                    INSERT INTO api_keys (id, name, created_at) VALUES ('\(id(1) as ID<APIKey>)', 'First', 5);
                    INSERT INTO api_keys (id, name, created_at, creator_id)
                        VALUES ('\(id(2) as ID<APIKey>)', 'Second', 6, '\(id(1) as ID<APIKey>)');
                    INSERT INTO api_key_tokens (hash, api_key_id, issued_at)
                        SELECT CAST(printf('%032d', created_at) AS BLOB), id, created_at FROM api_keys;
                    """)
        }
        try queue.close()
        let store = try Store(path: path)
        let (creators, users) = try store.read { (try $0.apiKeys().map(\.creator), try $0.userCount()) }
        #expect(creators == [nil, .key(id(1), name: "First")])
        #expect(users == 0)
        try store.close()
        #expect(try DatabaseFile(path).verify().problems == [])
    }

    @Test("Only a server that starts alone migrates an older version's database")
    func earlierVersion() throws {
        try Store(path: path, upgrades: false).close()
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier > '3'") }
        try queue.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(throws: StorageError.olderVersion(path: path)) { try Store(path: path, upgrades: false) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test("A newer version's database is rejected and not changed")
    func newerVersion() throws {
        let store = try Store(path: path)
        try store.pool.write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999-from-the-future')")
        }
        try store.close()
        #expect(try refusal(of: path) == .newerVersion(path: path))
    }

    @Test("Another program's database is rejected and not changed", arguments: [0, 42])
    func foreignDatabase(applicationID: Int) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            try db.execute(sql: "CREATE TABLE pages (title TEXT)")
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        try queue.close()
        #expect(try refusal(of: path) == .notOurs(path: path))
    }

    @Test("A file that is not a database is rejected and not changed")
    func textFile() throws {
        let text = String(repeating: "This is not a database.\n", count: 100)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let reason = "it is not a SQLite database; move it away, or name another file"
        #expect(try refusal(of: path) == .cannotOpen(path: path, reason: reason))
    }

    @Test("A damaged database is rejected and not changed")
    func damaged() throws {
        let test = try FileFixture()
        try test.scribble(from: 4_096)
        try FileManager.default.copyItem(atPath: test.path, toPath: path)
        let reason = "it is damaged (database disk image is malformed); restore a backup"
        #expect(try refusal(of: path) == .cannotOpen(path: path, reason: reason))
    }

    @Test("Damage that is found later is reported as damage")
    func damageMetLater() throws {
        let test = try FileFixture()
        try test.scribble(over: "incidents")
        let store = try Store(path: test.path)
        let error = try #require(throws: StorageError.self) {
            try store.read { try $0.incidents(of: $0.pages()[0].id, limit: 1) }
        }
        #expect("\(error)".contains("restore a backup"))
        guard case .damaged = error else {
            Issue.record("\(error) does not report damage")
            return
        }
        try store.close()
    }

    @Test("The WAL of a missing database is found through links, too", arguments: ["data/test.db", "data/link.db"])
    func orphanedLogBehindLink(target: String) throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: directory.file("data"), withIntermediateDirectories: false)
        try Data("log".utf8).write(to: URL(fileURLWithPath: directory.file("data/test.db-wal")))
        try manager.createSymbolicLink(atPath: directory.file("data/link.db"), withDestinationPath: "test.db")
        try manager.createSymbolicLink(atPath: path, withDestinationPath: target)
        let error = try #require(throws: StorageError.self) { try Store(path: path) }
        #expect("\(error)".contains("its WAL \(directory.file("data/test.db-wal")) exists"))
        #expect(!manager.fileExists(atPath: path))
        try manager.removeItem(atPath: directory.file("data/test.db-wal"))
        try Store(path: path).close()
        #expect(manager.fileExists(atPath: directory.file("data/test.db")))
    }

    @Test("A cycle of links is not a database")
    func circle() throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "test.db")
        #expect(throws: StorageError.self) { try Store(path: path) }
    }

    @Test("A database that another process has locked is rejected and not changed")
    func locked() throws {
        try Store(path: path).close()
        let holder = try DatabaseQueue(path: path)
        try holder.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")
        }
        let names = try files()
        let error = try #require(throws: StorageError.self) { try Store(path: path) }
        #expect("\(error)".hasSuffix("another process has locked it; stop that process, or wait for it"))
        #expect(try files() == names)
        try holder.close()
    }

    @Test("A start can finish what an interrupted start began", arguments: [false, true])
    func interruptedStart(isMarked: Bool) throws {
        if isMarked {
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "PRAGMA application_id = \(Migrations.applicationID)") }
            try queue.close()
        } else {
            try Data().write(to: URL(fileURLWithPath: path))
        }
        let store = try Store(path: path)
        #expect(try store.read { try $0.pages() }.isEmpty)
        try store.close()
    }

    @Test("If the file cannot be created, the error names it")
    func noDirectory() throws {
        let file = try directory.write("", to: "file")
        for (path, reason) in [
            (directory.path, "it is a directory; name a file in it"),
            (directory.file("none/test.db"), "/none does not exist; create it, or name another file"),
            ("\(file)/test.db", "/file is not a directory; name another file"),
            ("/dev/null", "it is a device; name a regular file"),
            (directory.file(String(repeating: "n", count: 300)), "File name too long"),
        ] {
            let error = try #require(throws: StorageError.self) { try Store(path: path) }
            #expect("\(error)".hasPrefix("cannot open the database \(path): "))
            #expect("\(error)".hasSuffix(reason))
        }
        #expect(try files() == ["file"])
    }

    @Test("Two processes can have the database open and see each other's writes")
    func twoAtOnce() throws {
        let first = try Store(path: path)
        let second = try Store(path: path)
        let key = APIKey(id: id(1), name: "key", createdAt: StorageTests.second(0), roles: [])
        try second.write { try $0.insert(key, tokenHash: Array(repeating: 1, count: 32)) }
        #expect(try first.read { try $0.apiKeys() } == [key])
        try second.close()
        #expect(try first.read { try $0.apiKeys() } == [key])
        try first.close()
    }
}
