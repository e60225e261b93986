import GRDB
import Glibc
import Locking
public import StatusPages
import Synchronization

/// The database file: opened, checked and migrated.
///
/// It uses WAL mode, and syncs each commit (`LogKeeper.commit`). So a commit that has returned survives a power failure,
/// and readers never wait for the writer.
public final class Store: Sendable {
    public let path: String
    /// Nil after `close`, or if the database could not be opened again after it was in doubt.
    let connections: SharedLocked<Connections?>
    let doubts: Locked<Doubt?>
    let log: LogKeeper
    let replication: Replication?
    /// The state of the WAL after the last commit that was replicated.
    let replicated = Locked<LogIndex.State?>(nil)
    let keys = KeyCache()
    /// The file that was opened.
    let file: Locked<FileStatus?>
    /// False if a standby's copy is not the file that its server claimed at the start.
    let isClaimed = Atomic(true)
    /// The path of the file with all links resolved.
    public let place: String
    let notice: @Sendable (StorageNotice) -> Void

    /// Opens a database with the current schema, or creates it.
    /// - Parameters:
    ///   - upgrades: whether to migrate a database of an earlier version. A running server of that version could no
    ///     longer use it.
    ///   - readsAnyway: whether to open a database for reading if the disk is full or fails. The database is then in
    ///     doubt until it can be opened for writing. It must have the current schema.
    ///   - checkpoints: who makes the checkpoints; nil to look for Litestream.
    ///   - replication: replicates each commit before it counts; nil for none.
    ///   - notice: receives what the administrator needs to know.
    /// - Throws: `StorageError`. A file of another program or of an unsuitable version stays unchanged.
    public convenience init(
        path: String, upgrades: Bool = true, readsAnyway: Bool = false, checkpoints: Checkpoints? = nil,
        replication: Replication? = nil, notice: @escaping @Sendable (StorageNotice) -> Void = { _ in }
    ) throws {
        try self.init(
            path: path, upgrades: upgrades, readsAnyway: readsAnyway, checkpoints: checkpoints,
            replication: replication, logLimits: LogKeeper.Limits(), notice: notice)
    }

    init(
        path: String, upgrades: Bool = true, readsAnyway: Bool = false, checkpoints: Checkpoints? = nil,
        replication: Replication? = nil, logLimits: LogKeeper.Limits,
        notice: @escaping @Sendable (StorageNotice) -> Void = { _ in }
    ) throws {
        self.path = path
        self.replication = replication
        self.notice = notice
        log = LogKeeper(logLimits, path: path, checkpoints: checkpoints, notice: notice)
        let file = DatabaseFile(path)
        place = file.place
        if let obstacle = file.obstacle ?? file.orphanedLog ?? file.follower {
            throw StorageError.cannotOpen(path: path, reason: obstacle)
        }
        // This check comes before any change to the file.
        if file.mayHoldData { try Self.check(file, upgrades: upgrades) }
        do {
            try Self.makePrivately(path)
            self.file = Locked(FileStatus(of: path))
            let (opened, doubt) = try Self.openAnyhow(file, readsAnyway: readsAnyway)
            connections = SharedLocked(opened)
            doubts = Locked(doubt)
            if let doubt {
                notice(.readOnly(reason: doubt.reason))
            } else {
                _ = try opened.pool.writeWithoutTransaction(log.findOwner)
            }
        } catch let error as DatabaseError {
            throw StorageError.cannotOpen(path: path, reason: error.explanation)
        }
    }

    /// A standby on an existing file. See `Standby.swift`.
    init(
        closed file: DatabaseFile, checkpoints: Checkpoints?, replication: Replication?,
        notice: @escaping @Sendable (StorageNotice) -> Void
    ) {
        path = file.path
        place = file.place
        self.file = Locked(FileStatus(of: file.place))
        self.notice = notice
        self.replication = replication
        log = LogKeeper(LogKeeper.Limits(), path: file.path, checkpoints: checkpoints, notice: notice)
        connections = SharedLocked(nil)
        doubts = Locked(Doubt(reason: Self.standbyReason, cause: .standby))
    }

    /// - Returns: the connections, and the reason why nothing can be written. The reason is nil if writing works.
    private static func openAnyhow(_ file: DatabaseFile, readsAnyway: Bool) throws -> (Connections, Doubt?) {
        do {
            return (try openUpToDate(file.path), nil)
        } catch let error as DatabaseError where [.SQLITE_FULL, .SQLITE_IOERR].contains(error.resultCode) {
            guard readsAnyway, let reading = try? Connections.openForReading(file) else { throw error }
            return (reading, Doubt(reason: error.explanation))
        }
    }

    /// Makes sure that the file belongs to this program and has a version that may be used.
    static func check(_ file: DatabaseFile, upgrades: Bool) throws {
        var before: Set<String>?
        var unchangedLooks = 0
        while true {
            var isCurrent = false
            var steps: Set<String> = []
            try file.read { db in
                // One transaction, because another process may be creating the tables.
                try db.inTransaction(.deferred) {
                    let isEmpty = try !Ownership.check(db, path: file.path)
                    steps = try Migrations.all.appliedIdentifiers(db)
                    isCurrent = try upgrades || isEmpty || Migrations.all.hasCompletedMigrations(db)
                    return .commit
                }
            }
            if isCurrent { return }
            // If another process is creating the database, the number of migrations grows from one look to the next.
            unchangedLooks = steps == before ? unchangedLooks + 1 : 0
            if unchangedLooks == 3 { throw StorageError.olderVersion(path: file.path) }
            before = steps
            usleep(300_000)
        }
    }

    /// Opens the database and migrates it.
    static func openUpToDate(_ path: String) throws -> Connections {
        let start = ContinuousClock.now
        while true {
            do {
                let opened = try Connections.open(path)
                let pool = opened.pool
                // Do not read through the pool: that would open another connection, which commands do not need.
                let isMarked = try pool.writeWithoutTransaction { db in
                    try Int32.fetchOne(db, sql: "PRAGMA application_id") == Migrations.applicationID
                }
                if !isMarked { try pool.write(Migrations.mark) }
                try Migrations.all.migrate(pool)
                return opened
            } catch let error as DatabaseError
                where [.SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_BUSY].contains(error.resultCode)
                && .now < start + .seconds(1)
            {
                // Another process may be creating the database at the same moment. Its work is done soon, and a retry
                // succeeds.
                usleep(100_000)
            }
        }
    }

    /// Creates the file if it is missing. Only its owner may read it, because it contains internal pages.
    private static func makePrivately(_ path: String) throws {
        let descriptor = DatabaseFile(path).openOrMake()
        guard descriptor >= 0 else {
            throw StorageError.cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        _ = Glibc.close(descriptor)
    }

    /// For tests.
    var pool: DatabasePool {
        get throws { try withConnections(\.pool) }
    }

    /// Reads the last committed state. Blocks while SQLite works. Many threads may read at the same time.
    public func read<Result>(_ body: (ReadTransaction) throws -> Result) throws -> Result {
        do {
            return try withReader { try body(ReadTransaction($0)) }
        } catch {
            throw StorageError.wrapping(error)
        }
    }

    /// Reads through the writing connection, which no other read or write can use meanwhile. So a command that writes
    /// needs only one connection.
    public func readAlone<Result>(_ body: (ReadTransaction) throws -> Result) throws -> Result {
        do {
            return try withWriter { db in
                var result: Result?
                try db.inTransaction(.deferred) {
                    result = try body(ReadTransaction(db))
                    return .commit
                }
                guard let result else { throw StorageError.inconsistent(reason: "a transaction did not run") }
                return result
            }
        } catch {
            throw StorageError.wrapping(error)
        }
    }

    /// Runs one write transaction, and waits until it is durable. This is for commands and start-up; a running server
    /// writes through its `Writer`.
    /// - Parameter actor: the maker of the changes; nil only if `body` adds nothing to the audit log.
    public func write<Result>(
        as actor: AuditActor? = nil, _ body: (WriteTransaction) throws -> Result
    ) throws -> Result {
        do {
            var result: Result?
            try commit { db in
                let transaction = WriteTransaction(db, as: actor)
                result = try body(transaction)
                return transaction.changes
            }
            guard let result else { throw StorageError.inconsistent(reason: "a transaction did not run") }
            return result
        } catch {
            throw StorageError.wrapping(error)
        }
    }

    /// Makes a checkpoint, unless another program makes them, and closes the database. A database in doubt gets no
    /// checkpoint; the next start handles it.
    public func close() throws {
        replication?.stop()
        let isInDoubt = isInDoubt
        try connections.withExclusiveLock { connections in
            let pool = connections?.pool
            defer { connections = nil }
            if !isInDoubt {
                let isOurs = try? pool?.writeWithoutTransaction { try log.findOwner($0) == .own }
                if isOurs == true { pool?.writeWithoutTransaction(Connections.flushOnClose) }
                // Readers close first: the last connection to close makes the checkpoint, and a reader cannot.
                pool?.invalidateReadOnlyConnections()
            }
            try pool?.close()
        }
    }
}
