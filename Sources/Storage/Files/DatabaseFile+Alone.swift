import GRDB
import Glibc

extension DatabaseFile {
    /// Runs `body` while no other process has the database open or serves it, nor can begin to. Its log is folded into it
    /// before, if it is sound enough for that.
    /// - Throws: `FileError.inUse` if another process has it open, even one that does nothing with it.
    func alone<Result>(_ body: () throws -> Result) throws -> Result {
        guard exists else { return try body() }
        let descriptor = open(place, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.last("open", path) }
        // When SQLite has closed the file, whose locks go with any descriptor.
        defer { close(descriptor) }
        // A server that claimed the file now would have it open when another one is in its place.
        guard FileLock.take(FileLock.serving, of: descriptor) else { throw FileError.inUse(path: path) }
        do {
            return try mayHoldData ? folded(body) : locked(descriptor, body)
        } catch let error as DatabaseError {
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: throw FileError.inUse(path: path)
            // What is so damaged is all the more to be replaced.
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: return try locked(descriptor, body)
            default: throw StorageError.cannotOpen(path: path, reason: error.explanation)
            }
        }
    }

    /// Every connection to a database with a log shares a lock on its file for as long as it is open, and giving up the
    /// log takes that lock for oneself. A server that comes later finds the lock; one that had opened the file before,
    /// and waits, has to give the database a log first, which SQLite refuses when the file has been moved.
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
                // Going back to an older version is done by restoring a backup from before.
            }
            func mode(_ change: String = "") throws -> String? {
                try String.fetchOne(db, sql: "PRAGMA journal_mode\(change)")
            }
            guard try mode(" = DELETE") == "delete" else { throw FileError.inUse(path: path) }
            try db.execute(sql: "BEGIN EXCLUSIVE")
            defer { try? db.execute(sql: "ROLLBACK") }
            // Somebody may have come in between, and given it a log again.
            guard try mode() == "delete" else { throw FileError.inUse(path: path) }
            do {
                return try body()
            } catch let error as DatabaseError {
                // Not this database's.
                throw StorageError.wrapping(error)
            }
        }
    }

    /// The same for what SQLite cannot read. Its locks are to be seen all the same.
    private func locked<Result>(_ descriptor: Int32, _ body: () throws -> Result) throws -> Result {
        guard FileLock.take(FileLock.sqlite, of: descriptor) else { throw FileError.inUse(path: path) }
        return try body()
    }
}
