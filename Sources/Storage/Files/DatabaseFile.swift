import CSQLite
import Foundation
import GRDB
import Glibc

/// A database as a file, to be checked, copied and replaced as a whole, even while a server has it open.
public struct DatabaseFile: Sendable {
    /// The files that SQLite may keep next to a database: the WAL, its index, and the rollback journal. A database that
    /// replaces another must find none of them, or SQLite would apply them to it.
    static let companions = ["-wal", "-shm", "-journal"]

    /// The path as it was given.
    public let path: String
    /// The path with all links resolved. SQLite looks for the companion files there.
    let place: String

    public init(_ path: String) {
        self.path = path
        place = Self.resolve(path) ?? Self.resolveDirectory(of: path) ?? path
    }

    /// - Returns: nil if there is no such file.
    private static func resolve(_ path: String) -> String? {
        let found = realpath(path, nil)
        defer { free(found) }
        return found.map { String(cString: $0) }
    }

    /// The path at which `open` would create the file. The directory must exist. Links to missing files are followed,
    /// as `open` does.
    private static func resolveDirectory(of path: String, links: Int = 0) -> String? {
        guard let directory = resolve(Self.directory(of: path)) else { return nil }
        if links < 40, let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
            return resolveDirectory(of: target.hasPrefix("/") ? target : "\(directory)/\(target)", links: links + 1)
        }
        let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
        return directory == "/" ? "/\(name)" : "\(directory)/\(name)"
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    var directory: String { Self.directory(of: place) }

    public var exists: Bool { FileStatus(of: place) != nil }

    var presentCompanions: [String] { Self.companions.filter { FileStatus(of: place + $0) != nil } }

    /// Reads the database. Each statement runs in its own transaction, because a server's WAL cannot restart during
    /// one. The database file, its WAL and the directory stay unchanged.
    /// - Throws: `StorageError`.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try withConnection { connection in try connection.writeWithoutTransaction(body) }
    }

    /// Runs `body` with a connection. `body` must not write to the database.
    func withConnection<Result>(_ body: (DatabaseQueue) throws -> Result) throws -> Result {
        guard let status = FileStatus(of: place) else {
            let reason = errno == ENOENT ? "the file does not exist" : String(cString: strerror(errno))
            throw StorageError.cannotOpen(path: path, reason: reason)
        }
        if let reason = DatabaseFile.obstacle(of: status) { throw StorageError.cannotOpen(path: path, reason: reason) }
        do {
            return try withReadingConnection(body)
        } catch let error as DatabaseError {
            throw StorageError.cannotOpen(path: path, reason: error.explanation)
        }
    }

    private func withReadingConnection<Result>(_ body: (DatabaseQueue) throws -> Result) throws -> Result {
        let isAlone = isAlone
        if isAlone, !isWritable { return try immutably(body) }
        let connection: DatabaseQueue
        do {
            // Opening the connection already reads. With an existing WAL, reading changes nothing. Without one, SQLite
            // may have to create a WAL, even an empty one, and a read-only connection would leave it behind.
            connection = try connect(to: place, mayWrite: isAlone)
        } catch let error as DatabaseError
            where isAlone && [.SQLITE_IOERR, .SQLITE_CANTOPEN].contains(error.resultCode)
        {
            return try immutably(body)
        }
        let result = try body(connection)
        try connection.close()
        return result
    }

    /// Reads the file as immutable, where no WAL can be created: on read-only media or a full disk. No server can
    /// change the file there either.
    private func immutably<Result>(_ body: (DatabaseQueue) throws -> Result) throws -> Result {
        let connection = try connect(to: uri + "?immutable=1", mayWrite: false)
        let result = try body(connection)
        try connection.close()
        if !isAlone {
            throw StorageError.cannotOpen(path: path, reason: "another server has just opened it; retry")
        }
        return result
    }

    /// A name under which SQLite can read the file without space on the disk. A file with a WAL already has an index.
    /// For a file without a WAL, SQLite cannot create the index, so the file is opened as immutable.
    var placeForReading: String { isAlone ? uri + "?immutable=1" : place }

    /// Whether no process uses a WAL of the file. A full disk can leave the beginning of an index. An index in use has
    /// at least its first 32 KiB.
    private var isAlone: Bool {
        Self.companions.allSatisfy { (FileStatus(of: place + $0)?.size ?? 0) < ($0 == "-shm" ? 32_768 : 1) }
    }

    private func connect(to name: String, mayWrite: Bool) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "allclear.file"
        let traces = LitestreamTraces(path: place)
        configuration.prepareDatabase { db in
            try Connections.prepare(db)
            // Since the check of `isAlone`, a server may have written a WAL and been killed. Litestream must copy that
            // WAL, so this connection must not checkpoint it.
            let isReplicated = try mayWrite && traces.find(in: db) != nil
            if isReplicated { allclear_checkpoint_on_close(db.sqliteConnection, 0) }
        }
        configuration.readonly = !mayWrite
        return try DatabaseQueue(path: name, configuration: configuration)
    }

    private var isWritable: Bool { access(place, W_OK) == 0 && access(directory, W_OK) == 0 }

    /// The path as a URI, which can have parameters.
    private var uri: String {
        let escaped = place.utf8.map { byte -> String in
            let isPlain = byte > 0x20 && byte < 0x7F && !"%?#".utf8.contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "file:" + escaped.joined()
    }
}
