import CSQLite
import Foundation
import GRDB
import Glibc

/// A database as a file: to be looked at, copied and replaced as a whole, whether or not a server has it open.
public struct DatabaseFile: Sendable {
    /// What SQLite may keep beside a database: its log, the log's index, the journal of the mode without a log. A
    /// database that takes the place of another must find none of them, or SQLite would apply them to it.
    static let companions = ["-wal", "-shm", "-journal"]

    /// As it was named.
    public let path: String
    /// Where it is, all links followed, which is where SQLite looks for the companions.
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

    /// Where a file would be made by that name: its directory is there, and links that lead to no file are followed, as
    /// `open` does.
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

    /// The directory that the file is in.
    var directory: String { Self.directory(of: place) }

    public var exists: Bool { FileStatus(of: place) != nil }

    /// Those companions that are there.
    var presentCompanions: [String] { Self.companions.filter { FileStatus(of: place + $0) != nil } }

    /// Reads, each statement in a transaction of its own: while one lasts, a server's log cannot begin anew. Nothing is
    /// changed: neither the file nor a log beside it, nor what lies in the directory.
    /// - Throws: `StorageError`.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try withConnection { connection in try connection.writeWithoutTransaction(body) }
    }

    /// Runs `body` with a connection on which it must not write to the database.
    func withConnection<Result>(_ body: (DatabaseQueue) throws -> Result) throws -> Result {
        guard let status = FileStatus(of: place) else {
            let reason = errno == ENOENT ? "there is no such file" : String(cString: strerror(errno))
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
            // Opening it reads a little. With a log beside it, reading leaves everything as it is. Without one SQLite may
            // have to make a log, even an empty one, which a connection that may not write would leave behind.
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

    /// Reads where no log can be made, on read-only media or a full disk: there no server can be changing the file either.
    private func immutably<Result>(_ body: (DatabaseQueue) throws -> Result) throws -> Result {
        let connection = try connect(to: uri + "?immutable=1", mayWrite: false)
        let result = try body(connection)
        try connection.close()
        if !isAlone {
            throw StorageError.cannotOpen(path: path, reason: "a server began to use it meanwhile; try again")
        }
        return result
    }

    /// A name under which SQLite can read it without room on the disk. A log that is there has an index, too; where there
    /// is none, one cannot be made.
    var placeForReading: String { isAlone ? uri + "?immutable=1" : place }

    /// Whether nobody uses a log beside it. One that there was no room for may have been begun: the first part of an index
    /// that is used is there as a whole.
    private var isAlone: Bool {
        Self.companions.allSatisfy { (FileStatus(of: place + $0)?.size ?? 0) < ($0 == "-shm" ? 32_768 : 1) }
    }

    private func connect(to name: String, mayWrite: Bool) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "allclear.file"
        let traces = LitestreamTraces(path: place)
        configuration.prepareDatabase { db in
            try Connections.prepare(db)
            // A server may have written a log meanwhile, and have been killed: that log is Litestream's to copy.
            let isReplicated = try mayWrite && traces.find(in: db) != nil
            if isReplicated { allclear_checkpoint_on_close(db.sqliteConnection, 0) }
        }
        configuration.readonly = !mayWrite
        return try DatabaseQueue(path: name, configuration: configuration)
    }

    private var isWritable: Bool { access(place, W_OK) == 0 && access(directory, W_OK) == 0 }

    /// The place as a URI, which takes parameters.
    private var uri: String {
        let escaped = place.utf8.map { byte -> String in
            let isPlain = byte > 0x20 && byte < 0x7F && !"%?#".utf8.contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "file:" + escaped.joined()
    }
}
