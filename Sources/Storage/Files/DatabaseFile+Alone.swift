import GRDB
import Glibc

extension DatabaseFile {
    /// Runs `body` while no other process can open or serve the database. First copies the WAL into the file, unless
    /// the database is damaged.
    /// - Throws: `FileError.inUse` if another process has the database open, even an idle one.
    func alone<Result>(_ body: () throws -> Result) throws -> Result {
        guard exists else { return try body() }
        let descriptor = open(place, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.last("open", path) }
        // Runs after SQLite has closed the file, because closing any descriptor of a file releases SQLite's locks on
        // it.
        defer { close(descriptor) }
        // Without this lock, a server could claim the file now, and would still have it open after it was replaced.
        guard FileLock.take(FileLock.serving, of: descriptor) else { throw FileError.inUse(path: path) }
        do {
            return try mayHoldData ? folded(body) : locked(descriptor, body)
        } catch let error as DatabaseError {
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: throw FileError.inUse(path: path)
            // A database that SQLite cannot read may be replaced, too.
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: return try locked(descriptor, body)
            default: throw StorageError.cannotOpen(path: path, reason: error.explanation)
            }
        }
    }

    /// Runs `body` with an exclusive lock on the database, after taking it out of WAL mode.
    ///
    /// Every open connection to a database in WAL mode holds a shared lock on its file. Leaving WAL mode takes that
    /// lock exclusively. A server that starts later finds the lock. A server that opened the file earlier and waits
    /// must first set WAL mode again. SQLite refuses that in a file that has been moved.
    private func folded<Result>(_ body: () throws -> Result) throws -> Result {
        var configuration = Configuration()
        configuration.busyMode = .timeout(1)
        configuration.label = "allclear.replacing"
        let connection = try DatabaseQueue(path: place, configuration: configuration)
        defer { try? connection.close() }
        return try connection.writeWithoutTransaction { db in
            do {
                try Ownership.check(db, path: path)
            } catch StorageError.newerVersion {
                // To return to an older version, users restore an earlier backup.
            }
            func mode(_ change: String = "") throws -> String? {
                try String.fetchOne(db, sql: "PRAGMA journal_mode\(change)")
            }
            guard try mode(" = DELETE") == "delete" else { throw FileError.inUse(path: path) }
            try db.execute(sql: "BEGIN EXCLUSIVE")
            defer { try? db.execute(sql: "ROLLBACK") }
            // Another process may have set WAL mode again in between.
            guard try mode() == "delete" else { throw FileError.inUse(path: path) }
            do {
                return try body()
            } catch let error as DatabaseError {
                // The error comes from `body`, not from this database.
                throw StorageError.wrapping(error)
            }
        }
    }

    /// Runs `body` with SQLite's locks on a file that SQLite cannot read. These locks still show whether it is in use.
    private func locked<Result>(_ descriptor: Int32, _ body: () throws -> Result) throws -> Result {
        guard FileLock.take(FileLock.sqlite, of: descriptor) else { throw FileError.inUse(path: path) }
        return try body()
    }
}
