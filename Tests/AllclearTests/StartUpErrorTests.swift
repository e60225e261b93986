import Foundation
import Glibc
import TestSupport
import Testing

@testable import Storage

@Suite("Start-up errors", .timeLimit(.patientMinutes(5)))
struct StartUpErrorTests {
    private let executable: Executable
    private var directory: TemporaryDirectory { executable.directory }
    private var path: String { directory.file("allclear.db") }

    init() throws { executable = try Executable() }

    /// The contents of the directory, except for the commands' output files.
    private func state() throws -> [String: Data] {
        var state: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            if name.hasSuffix(".out") || name.hasSuffix(".err") { continue }
            state[name] = FileManager.default.contents(atPath: directory.file(name)) ?? Data()
        }
        return state
    }

    /// Expects that a command fails with one sentence and changes nothing.
    private func expectFailure(_ arguments: [String], _ reason: String) async throws {
        let before = try state()
        let run = try await executable.start(arguments).end()
        #expect(run.code == 1)
        #expect(run.output == "")
        #expect(run.errors == "allclear: \(reason)\n")
        #expect(try state() == before)
    }

    private func chmod(_ mode: mode_t, _ path: String) { #expect(Glibc.chmod(path, mode) == 0) }

    private static let commands = [["serve"], ["keys", "list"]]

    @Test("A file that is not a database", arguments: commands)
    func text(arguments: [String]) async throws {
        try directory.write(String(repeating: "Somebody's text.\n", count: 1_000), to: "allclear.db")
        try await expectFailure(
            arguments,
            "cannot open the database allclear.db: it is not a SQLite database; move it away, or name another file")
    }

    @Test("A database with garbage in its pages", arguments: commands)
    func garbage(arguments: [String]) async throws {
        _ = try await executable.makeKey()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for index in 4_096..<bytes.count { bytes[index] = 0xA5 }
        try bytes.write(to: URL(fileURLWithPath: path))
        try await expectFailure(
            arguments,
            "cannot open the database allclear.db: it is damaged (database disk image is malformed); restore a backup")
    }

    @Test("A directory")
    func noFile() async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try await expectFailure(
            ["keys", "list"], "cannot open the database allclear.db: it is a directory; name a file in it")
    }

    @Test("A database that another process has locked", arguments: commands)
    func locked(arguments: [String]) async throws {
        _ = try await executable.makeKey()
        let descriptor = open(path, O_RDWR)
        defer { close(descriptor) }
        #expect(FileLock.take(FileLock.sqlite, of: descriptor))
        let run = try await executable.start(arguments).end()
        #expect(run.code == 1)
        #expect(
            run.errors == "allclear: cannot open the database allclear.db: another process has locked it; "
                + "stop that process, or wait for it\n")
    }

    enum Permission: CaseIterable { case unreadable, readOnly, readOnlyDirectory, readOnlyDirectoryWithoutFile }

    @Test(
        "A file or directory without write permission", .enabled(if: Executable.canBeUnprivileged),
        arguments: Permission.allCases, commands)
    func permissions(permission: Permission, arguments: [String]) async throws {
        _ = try await executable.makeKey()
        let directory = DatabaseFile(path).directory
        let notInDirectory =
            "its directory \(directory) is not writable (Permission denied), and SQLite needs to write the WAL there; "
            + "give the user that runs allclear write permission"
        let notInFile = "Permission denied; give the user that runs allclear read and write permission"
        let reason: String
        switch permission {
        case .unreadable:
            chmod(0o777, directory)
            chmod(0o200, path)
            reason = notInFile
        case .readOnly:
            chmod(0o777, directory)
            chmod(0o444, path)
            reason = notInFile
        case .readOnlyDirectory:
            chmod(0o666, path)
            chmod(0o555, directory)
            reason = notInDirectory
        case .readOnlyDirectoryWithoutFile:
            try FileManager.default.removeItem(atPath: path)
            chmod(0o555, directory)
            reason = notInDirectory
        }
        defer { chmod(0o755, directory) }
        // The command's output needs another, writable directory.
        var named = try Executable()
        named.isUnprivileged = true
        named.environment["ALLCLEAR_DATABASE"] = path
        let before = try? Data(contentsOf: URL(fileURLWithPath: path))
        let run = try await named.start(arguments).end()
        #expect(run.code == 1)
        let isMissed = permission == .readOnlyDirectoryWithoutFile && arguments == ["keys", "list"]
        let missing =
            "the file does not exist; use --config or ALLCLEAR_DATABASE to name the server's "
            + "database, or create one with keys create --create"
        #expect(
            run.errors
                == "allclear: cannot open the database \(path): \(isMissed ? missing : reason)\n")
        #expect((try? Data(contentsOf: URL(fileURLWithPath: path))) == before)
    }

    @Test("A full disk", .enabled(if: FullDisk.isPossible), arguments: ["serve", "keys"])
    func fullDisk(command: String) async throws {
        let disk = try FullDisk()
        var executable = executable
        executable.environment["ALLCLEAR_DATABASE"] = disk.path + "/a.db"
        let create = ["keys", "create", "--create", "--name", "n", "--role", "status_page_viewer"]
        let run = try await executable.start(command == "serve" ? ["serve"] : create).end()
        #expect(run.code == 1)
        #expect(
            run.errors == "allclear: cannot open the database \(disk.path)/a.db: the disk is full; free some space\n")
    }
}
