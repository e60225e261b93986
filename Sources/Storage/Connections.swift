import CSQLite
import GRDB
import Glibc
import Locking

/// The open database: one connection that writes, and some that read.
struct Connections: Sendable {
    let pool: DatabasePool
    /// Not to be used any more when the pool is closed.
    let index: LogIndex?

    /// Opens an existing file for reading, whatever there is no room for.
    /// - Throws: also if its schema is not the present one.
    static func openForReading(_ file: DatabaseFile) throws -> Connections {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.maximumReaderCount = 4
        configuration.label = "allclear.reading"
        configuration.prepareDatabase(prepare)
        let pool = try DatabasePool(path: file.placeForReading, configuration: configuration)
        guard try pool.read(Migrations.all.hasCompletedMigrations) else {
            throw StorageError.olderVersion(path: file.path)
        }
        return Connections(pool: pool, index: nil)
    }

    /// Opens an existing file, and makes sure that what is read from its log is on the disk.
    static func open(_ path: String) throws -> Connections {
        var configuration = Configuration()
        configuration.maximumReaderCount = 4
        configuration.label = "allclear"
        configuration.prepareDatabase { db in
            // A connection may be closed because the disk fails, when nobody knows what flushing would make of the file.
            allclear_checkpoint_on_close(db.sqliteConnection, 0)
            try prepare(db)
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { db in
            // The pool itself settles for NORMAL, with which the last commits may be lost with the power.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // `LogKeeper` does that, and hears of what goes wrong, which SQLite would not tell.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            // A log that was once long is cut when it begins anew.
            _ = try Int.fetchOne(db, sql: "PRAGMA journal_size_limit = \(16 << 20)")
            try rewriteLog(db)
        }
        return Connections(pool: pool, index: pool.writeWithoutTransaction(LogIndex.init))
    }

    /// Another process may be writing: the command line, or a server that is taken over from.
    static func waitForLocks(_ db: Database, milliseconds: Int32 = 5_000) {
        allclear_wait_for_locks(db.sqliteConnection, milliseconds)
    }

    /// What every connection is to do.
    static func prepare(_ db: Database) throws {
        waitForLocks(db)
        // What it takes to sort, or to undo a part of a large write: another place on a disk might be full or read-only.
        try db.execute(sql: "PRAGMA temp_store = MEMORY")
    }

    /// Writes the log over itself and syncs it.
    ///
    /// After a failed sync the kernel keeps the pages in memory but may hold them for written, so that they are read as
    /// if they were on the disk, and a later sync succeeds without writing them. A process that dies then leaves behind a
    /// log that its successor takes for good and appends to; with the power everything after the missing pages would go.
    /// Written once more, they are on the disk if the sync succeeds.
    private static func rewriteLog(_ db: Database) throws {
        try db.inTransaction(.immediate) {
            let code = allclear_rewrite_log(db.sqliteConnection)
            guard code == SQLITE_OK else {
                throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "the log cannot be written anew")
            }
            return .rollback
        }
    }

    /// Has the connection that writes flush the log when it is the last to close.
    static func flushOnClose(_ db: Database) { allclear_checkpoint_on_close(db.sqliteConnection, 1) }
}

extension Store {
    /// For a short use. Whoever uses it keeps the connections from being replaced.
    func withConnections<Result>(_ body: (Connections) throws -> Result) throws -> Result {
        try connections.withSharedLock { connections in
            guard let connections else { throw StorageError.unavailable(reason: "it is not open") }
            return try body(connections)
        }
    }

    /// Makes sure that the log can grow by what a large write needs. The room stays reserved for it.
    /// - Throws: `StorageError.unavailable` if it cannot.
    func reserveRoom() throws {
        let descriptor = Glibc.open(place + "-wal", O_RDWR | O_CLOEXEC)
        // A log that is not there has no lack of room yet.
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        let code = allclear_reserve(descriptor, 256 << 10)
        // Not every file system can reserve.
        guard [ENOSPC, EDQUOT].contains(code) else { return }
        throw StorageError.unavailable(reason: "the disk is full")
    }

    /// Makes sure that the file which is written to is the one that the next start will open.
    /// - Throws: `StorageError.unavailable` if it was moved, removed or replaced meanwhile.
    func checkPlace() throws {
        guard let file, FileStatus(of: path)?.isSame(as: file) == true else {
            throw StorageError.unavailable(reason: "its file is gone from its place, or another one is there")
        }
    }

    /// Lends the connection that writes. If it meets an I/O error, the database is in doubt from then on.
    func withWriter<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do {
            return try withConnections { try $0.pool.writeWithoutTransaction(body) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_IOERR {
            doubt(error)
            throw error
        }
    }

    /// Runs a transaction that writes, and returns when it is durable.
    /// - Parameter body: returns what it changed.
    /// - Throws: `StorageError.uncertain` if it failed when there was nothing left to do but to commit.
    func commit(_ body: (Database) throws -> Changes) throws {
        try checkForDoubt()
        try checkPlace()
        var isCommitting = false
        do {
            try withWriter { db in
                try log.makeRoom(db)
                let index = LogIndex(db)
                let pages = allclear_pages_written(db.sqliteConnection)
                var before: LogIndex.State?
                var changesKeys = false
                try db.inTransaction(.immediate) {
                    before = index?.state
                    changesKeys = try body(db).hasKeys
                    isCommitting = true
                    return .commit
                }
                // What wrote no page is no commit: the next one may be anybody's.
                if allclear_pages_written(db.sqliteConnection) != pages {
                    keys.follow(from: before, to: index?.state, changesKeys: changesKeys)
                }
            }
        } catch let error as DatabaseError where isCommitting && error.resultCode == .SQLITE_IOERR {
            throw StorageError.uncertain(reason: error.description)
        }
    }
}
