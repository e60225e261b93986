import CSQLite
import GRDB
import Glibc
import Locking

/// The open database: one writing connection and several reading ones.
struct Connections: Sendable {
    let pool: DatabasePool
    /// Must not be used after the pool is closed.
    let index: LogIndex?

    /// Opens an existing file for reading, even if the disk is full.
    /// - Throws: `StorageError.olderVersion` if its schema is not the current one, or a `DatabaseError`.
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

    /// Opens an existing file, and makes sure that everything read from its WAL is on the disk.
    static func open(_ path: String) throws -> Connections {
        var configuration = Configuration()
        configuration.maximumReaderCount = 4
        configuration.label = "allclear"
        configuration.prepareDatabase { db in
            // A connection may be closed because the disk fails. A checkpoint could then damage the file.
            allclear_checkpoint_on_close(db.sqliteConnection, 0)
            try prepare(db)
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { db in
            // The pool sets NORMAL, which can lose the last commits in a power failure.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // `LogKeeper` makes the checkpoints, because SQLite does not report when an automatic one fails.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            // When a longer WAL restarts, SQLite truncates it to this size.
            _ = try Int.fetchOne(db, sql: "PRAGMA journal_size_limit = \(16 << 20)")
            try rewriteLog(db)
        }
        return Connections(pool: pool, index: pool.writeWithoutTransaction(LogIndex.init))
    }

    /// Sets how long to wait for another process that writes: a command, or the server that this one takes over from.
    static func waitForLocks(_ db: Database, milliseconds: Int32 = 5_000) {
        allclear_wait_for_locks(db.sqliteConnection, milliseconds)
    }

    /// The settings that every connection needs.
    static func prepare(_ db: Database) throws {
        waitForLocks(db)
        // SQLite needs temporary space to sort, or to undo part of a large write. A temporary directory might be full
        // or read-only.
        try db.execute(sql: "PRAGMA temp_store = MEMORY")
    }

    /// Writes the WAL over itself and syncs it.
    ///
    /// After a failed fsync the kernel keeps the pages in memory but may mark them as written. Reads then return them
    /// as if they were on the disk, and a later fsync succeeds without writing them. A process that dies then leaves a
    /// WAL that its successor trusts and appends to. If the power fails, everything after the missing pages is lost.
    /// Once the pages are written again and the fsync succeeds, they are on the disk.
    private static func rewriteLog(_ db: Database) throws {
        try db.inTransaction(.immediate) {
            let code = allclear_rewrite_log(db.sqliteConnection)
            guard code == SQLITE_OK else {
                throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "the WAL cannot be rewritten")
            }
            return .rollback
        }
    }

    /// Lets the writing connection checkpoint the WAL if it is the last to close.
    static func flushOnClose(_ db: Database) { allclear_checkpoint_on_close(db.sqliteConnection, 1) }
}

extension Store {
    /// Lends the connections for a short time, during which they are not replaced.
    func withConnections<Result>(_ body: (Connections) throws -> Result) throws -> Result {
        try connections.withSharedLock { connections in
            guard let connections else { throw StorageError.unavailable(reason: "the database is not open") }
            return try body(connections)
        }
    }

    /// Reserves disk space for a large write to the WAL (256 KiB).
    /// - Throws: `StorageError.unavailable` if the disk is full.
    func reserveRoom() throws {
        let descriptor = Glibc.open(place + "-wal", O_RDWR | O_CLOEXEC)
        // Without a WAL there is nothing to extend.
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        let code = allclear_reserve(descriptor, 256 << 10)
        // Not every file system can reserve space.
        guard [ENOSPC, EDQUOT].contains(code) else { return }
        throw StorageError.unavailable(reason: "the disk is full")
    }

    /// Makes sure that the open file is the one that the next start will open.
    /// - Throws: `StorageError.unavailable` if the file was moved, removed or replaced.
    func checkPlace() throws {
        guard let file = file.withLock({ $0 }), FileStatus(of: path)?.isSame(as: file) == true else {
            throw StorageError.unavailable(reason: "the file was moved, deleted or replaced")
        }
    }

    /// Lends the writing connection. An I/O error puts the database in doubt.
    func withWriter<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do {
            return try withConnections { try $0.pool.writeWithoutTransaction(body) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_IOERR {
            doubt(error)
            throw error
        }
    }

    /// Runs a write transaction, and returns once it is durable and replicated.
    /// - Parameter body: returns what it changed.
    /// - Throws: `StorageError.uncertain` if the commit itself fails with an I/O error, or cannot be replicated.
    func commit(_ body: (Database) throws -> Changes) throws {
        try checkForDoubt()
        try checkPlace()
        var isCommitting = false
        var end: LogIndex.State?
        do {
            try withWriter { db in
                try log.makeRoom(db)
                let index = LogIndex(db)
                let pages = allclear_pages_written(db.sqliteConnection)
                var before: LogIndex.State?
                var changesKeys = false
                try log.commit(db) {
                    before = index?.state
                    changesKeys = try body(db).hasKeys
                    isCommitting = true
                }
                end = index?.state
                // A transaction that wrote no page adds no commit to the WAL. Any newer commit in the WAL is then
                // another process's.
                if allclear_pages_written(db.sqliteConnection) != pages {
                    keys.follow(from: before, to: end, changesKeys: changesKeys)
                }
            }
        } catch let error as DatabaseError where isCommitting && error.resultCode == .SQLITE_IOERR {
            throw StorageError.uncertain(reason: error.description)
        }
        try replicate(until: end)
    }
}
