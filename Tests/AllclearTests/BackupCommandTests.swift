import Foundation
import Locking
import StatusPages
import TestSupport
import Testing

@testable import Storage

/// Collects names from several threads.
private final class Names: Sendable {
    private let names = Locked<[String]>([])

    var all: [String] { names.withLock { $0 } }

    func add(_ name: String) { names.withLock { $0.append(name) } }
}

@Suite("Backups on the command line", .timeLimit(.patientMinutes(5)))
struct BackupCommandTests {
    private let executable: Executable
    private var directory: TemporaryDirectory { executable.directory }

    init() throws { executable = try Executable() }

    /// The names of all database files in the directory.
    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.contains(".db") }.sorted()
    }

    private func bytes(_ name: String) -> Data? { FileManager.default.contents(atPath: directory.file(name)) }

    @Test("A backup under load has every write that was acknowledged before it began")
    func concurrentWrites() async throws {
        let token = try await executable.makeKey()
        let server = try await TestServer.start(executable)
        let acknowledged = Names()
        let (client, page) = (server.client, try server.pageID(token: token))
        let writers = (0..<4).map { writer in
            Task.detached {
                for number in 0..<50 {
                    let name = "Incident \(writer)-\(number)"
                    let body = """
                        {"status_page_id": "\(page)", "name": "\(name)", "incident_status": "investigating",
                         "message": "m", "idempotency_key": "\(name)", "notify_subscribers": false}
                        """
                    let answer = try client.post("/v2/status_page_incidents", token: token, body)
                    guard answer.status == 201 else { return false }
                    acknowledged.add(name)
                }
                return true
            }
        }
        while acknowledged.all.count < 20 { try await Task.sleep(for: .milliseconds(1)) }
        let before = acknowledged.all
        let run = try await executable.run("backup", "copy.db")
        #expect(run.code == 0)
        #expect(run.errors == "")
        #expect(
            run.output.wholeMatch(of: /copy\.db: [0-9]+ bytes, 1 page, [0-9]+ incidents, 0 maintenances, 1 API key\n/)
                != nil)
        for writer in writers { #expect(try await writer.value) }
        let all = Set(try server.incidentNames(token: token))
        #expect(all.count == 200)
        #expect(await server.stop().code == 0)

        let elsewhere = try Executable()
        let restored = try await elsewhere.run("restore", directory.file("copy.db"))
        #expect(restored.code == 0)
        #expect(restored.output.hasPrefix("allclear.db: "))
        let other = try await TestServer.start(elsewhere)
        let names = Set(try other.incidentNames(token: token))
        #expect(names.isSuperset(of: before))
        #expect(names.isSubset(of: all))
        // The copy lacks only later writes: it has all writes of each writer up to some point.
        for writer in 0..<4 {
            let count = names.filter { $0.hasPrefix("Incident \(writer)-") }.count
            #expect((0..<count).allSatisfy { names.contains("Incident \(writer)-\($0)") })
        }
        #expect(await other.stop().code == 0)
        #expect(try await elsewhere.run("verify").code == 0)
    }

    @Test("A killed backup leaves no file or a complete one, and the next one works")
    func killed() async throws {
        let server = try await TestServer.start(executable)
        for delay in stride(from: 0, to: 120, by: 8) {
            let backup = try executable.start(["backup", "copy.db"])
            try await Task.sleep(for: .milliseconds(delay))
            backup.send(SIGKILL)
            _ = await backup.end()
            if bytes("copy.db") != nil {
                #expect(try await executable.run("verify", "copy.db").code == 0)
                try FileManager.default.removeItem(atPath: directory.file("copy.db"))
            }
            #expect(try server.client.get("/demo/api/v1/summary").status == 200)
        }
        // The worst case, which the loop above may not have reached: a partial file left behind.
        try directory.write("half a database", to: "copy.db.partial")
        #expect(try await executable.run("backup", "copy.db").code == 0)
        #expect(await server.stop().code == 0)
        #expect(try files() == ["allclear.db", "copy.db"])
        #expect(try await executable.run("verify").code == 0)
    }

    @Test("A file is replaced with --force only")
    func force() async throws {
        _ = try await executable.makeKey()
        #expect(try await executable.run("backup", "copy.db").code == 0)
        _ = try await executable.makeKey()
        let before = bytes("copy.db")
        let refused = try await executable.run("backup", "copy.db")
        #expect(refused.code == 1)
        #expect(refused.output == "")
        #expect(refused.errors == "allclear: copy.db already exists; replace it with --force, or name another file\n")
        #expect(bytes("copy.db") == before)
        #expect(try await executable.run("backup", "--force", "copy.db").output.contains("2 API keys"))
    }

    @Test("Without a database nothing is backed up, verified or created")
    func noDatabase() async throws {
        for arguments in [["backup", "copy.db"], ["verify"]] {
            let run = try await executable.start(arguments).end()
            #expect(run.code == 1)
            #expect(run.errors == "allclear: cannot open the database allclear.db: the file does not exist\n")
        }
        #expect(try files() == [])
    }

    @Test("A full disk leaves no copy, not even a partial one", .enabled(if: FullDisk.isPossible))
    func fullDisk() async throws {
        _ = try await executable.makeKey()
        let disk = try FullDisk()
        let run = try await executable.run("backup", "\(disk.path)/copy.db")
        #expect(run.code == 1)
        #expect(
            run.errors
                == "allclear: cannot copy the database to \(disk.path)/copy.db.partial: No space left on device\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [])
    }

    @Test(
        "On a full disk, an unused database can be verified, and copied to another disk",
        .enabled(if: FullDisk.isPossible), arguments: [0, 3])
    func fullDiskBeneath(pagesLeft: Int) async throws {
        _ = try await executable.makeKey()
        #expect(try await executable.run("backup", "copy.db").code == 0)
        let disk = try FullDisk(kibibytes: 512)
        // Use the database once, so that its header says that it has a WAL, as it does after a server has used it.
        var executable = executable
        executable.environment["ALLCLEAR_DATABASE"] = disk.path + "/a.db"
        #expect(try await executable.run("restore", "copy.db").code == 0)
        #expect(try await executable.run("keys", "list").code == 0)
        try disk.fill(butFor: pagesLeft)
        // Files that the first attempt leaves must not block the second.
        for _ in 1...2 {
            #expect(try await executable.run("verify").code == 0)
            #expect(try await executable.run("backup", "--force", "rescue.db").code == 0)
        }
        #expect(try await executable.run("verify", "rescue.db").code == 0)
        let run = try await executable.run("keys", "list")
        #expect(run.code == 1)
        #expect(run.errors.contains("there is no space for the index of its WAL (-shm)"))
    }

    @Test("Nothing is restored while a server has the database open")
    func serverRuns() async throws {
        let token = try await executable.makeKey()
        #expect(try await executable.run("backup", "copy.db").code == 0)
        let server = try await TestServer.start(executable)
        let without = try await executable.run("restore", "copy.db")
        #expect(without.code == 1)
        #expect(without.errors.contains("allclear.db already exists"))
        let run = try await executable.run("restore", "--force", "copy.db")
        #expect(run.code == 1)
        #expect(run.output == "")
        #expect(
            run.errors
                == "allclear: another process has allclear.db open; stop the server and any other program that uses it first\n"
        )
        #expect(try server.declare("Still there", token: token).status == 201)
        #expect(await server.stop().code == 0)
        #expect(try files() == ["allclear.db", "copy.db"])
    }

    @Test(
        "--force replaces a database and keeps the old one, even after a server was killed",
        arguments: [SIGTERM, SIGKILL])
    func replacing(signal: Int32) async throws {
        let token = try await executable.makeKey()
        let first = try await TestServer.start(executable)
        #expect(try first.declare("Before", token: token).status == 201)
        #expect(try await executable.run("backup", "copy.db").code == 0)
        #expect(try first.declare("After", token: token).status == 201)
        _ = await first.stop(by: signal)

        let run = try await executable.run("restore", "--force", "copy.db")
        #expect(run.code == 0)
        let kept = try #require(
            run.output.firstMatch(of: /Kept the previous file as (.*)\n/).map { String($0.1) })
        let keptName = (kept as NSString).lastPathComponent
        // A killed server leaves its handover socket behind. The next server replaces it.
        let left = signal == SIGKILL ? ["allclear.db-takeover"] : []
        #expect(try files() == (["allclear.db", keptName, "copy.db"] + left).sorted())
        let second = try await TestServer.start(executable)
        #expect(try second.incidentNames(token: token) == ["Before"])
        #expect(await second.stop().code == 0)

        // Restore the kept database again.
        #expect(try await executable.run("restore", "--force", kept).code == 0)
        let third = try await TestServer.start(executable)
        #expect(try third.incidentNames(token: token) == ["After", "Before"])
        #expect(await third.stop().code == 0)
    }

    @Test("A file that is not a backup is not restored, and the database stays")
    func unusableBackup() async throws {
        _ = try await executable.makeKey()
        let before = bytes("allclear.db")
        try directory.write("no database", to: "text.db")
        for (name, reason) in [
            (
                "text.db",
                "cannot open the database text.db: it is not a SQLite database; move it away, or name another file"
            ),
            ("none.db", "cannot open the database none.db: the file does not exist"),
            ("allclear.db", "allclear.db is the database itself; choose another name"),
        ] {
            let run = try await executable.run("restore", "--force", name)
            #expect(run.code == 1)
            #expect(run.errors == "allclear: \(reason)\n")
        }
        #expect(bytes("allclear.db") == before)
        #expect(try files() == ["allclear.db", "text.db"])
    }

    @Test("verify checks a running server's database, and a backup without a configuration")
    func verification() async throws {
        let server = try await TestServer.start(executable)
        #expect(try await executable.run("backup", "copy.db").code == 0)
        let run = try await executable.run("verify")
        #expect(run.code == 0)
        #expect(run.output.wholeMatch(of: /ok: allclear\.db: [0-9]+ bytes, 1 page, 0 incidents, .*\n/) != nil)
        #expect(await server.stop().code == 0)
        try directory.write("{", to: "config.json")
        #expect(try await executable.run("verify", "copy.db").output.hasPrefix("ok: copy.db: "))
    }

    @Test("verify reports every problem and exits with 1")
    func problems() async throws {
        _ = await (try TestServer.start(executable)).stop()
        let store = try Store(path: directory.file("allclear.db"))
        let page = try #require(try store.read { try $0.pages() }.first)
        let id = try #require(ID<Incident>("00000000000000000000000001"))
        try store.write { transaction in
            try transaction.insert(
                Incident(
                    id: id, pageID: page.id, name: "n", publishedAt: Timestamp(milliseconds: 0), status: .resolved,
                    updates: []))
        }
        try store.close()
        let run = try await executable.run("verify")
        #expect(run.code == 1)
        #expect(run.output == "")
        #expect(run.errors == "allclear: allclear.db failed verification:\n  incidents without an update: \(id)\n")
    }

    @Test(
        "A database on read-only media can be verified and backed up, in WAL mode or not",
        .enabled(if: Executable.canBeUnprivileged), arguments: ["allclear.db", "copy.db"])
    func readOnly(name: String) async throws {
        _ = try await executable.makeKey()
        #expect(try await executable.run("backup", "copy.db").code == 0)
        var reader = try Executable()
        reader.isUnprivileged = true
        reader.environment["ALLCLEAR_DATABASE"] = directory.file(name)
        #expect(chmod(reader.directory.path, 0o777) == 0)
        #expect(chmod(directory.file(name), 0o444) == 0)
        #expect(chmod(directory.path, 0o555) == 0)
        defer { chmod(directory.path, 0o755) }
        let before = try files()
        let run = try await reader.run("verify")
        #expect(run.errors == "")
        #expect(run.code == 0)
        #expect(try await reader.run("backup", "mine.db").code == 0)
        #expect(try files() == before)
    }
}
