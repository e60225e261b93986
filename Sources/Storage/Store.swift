import GRDB
import Glibc
import Locking

/// The database file: opened, checked and brought up to date.
///
/// Write-ahead logging with `synchronous=FULL`: a commit that has returned survives the loss of power, and readers never
/// wait for the writer.
public final class Store: Sendable {
    public let path: String
    /// Nil when it is closed, or could not be opened again after it was in doubt.
    let connections: SharedLocked<Connections?>
    let doubts: Locked<Doubt?>
    let log: LogKeeper
    let keys = KeyCache()
    /// The file that was opened.
    let file: FileStatus?
    /// Where the file is, all links followed.
    public let place: String
    let notice: @Sendable (StorageNotice) -> Void

    /// Opens a database of the present schema, making it if there is none.
    /// - Parameters:
    ///   - upgrades: whether one of an earlier version is brought up to date. A server of that version which has it open
    ///     could do nothing with it any more.
    ///   - readsAnyway: whether a database that cannot be written, since the disk is full or fails, is opened for reading.
    ///     It is in doubt then, until it can be opened as a whole. It must be of the present schema.
    ///   - checkpoints: who makes them; nil to look for Litestream.
    ///   - notice: told of what the administrator should know.
    /// - Throws: `StorageError`; the file is as it was then, if it is not ours or of another version.
    public convenience init(
        path: String, upgrades: Bool = true, readsAnyway: Bool = false, checkpoints: Checkpoints? = nil,
        notice: @escaping @Sendable (StorageNotice) -> Void = { _ in }
    ) throws {
        try self.init(
            path: path, upgrades: upgrades, readsAnyway: readsAnyway, checkpoints: checkpoints,
            logLimits: LogKeeper.Limits(), notice: notice)
    }

    init(
        path: String, upgrades: Bool = true, readsAnyway: Bool = false, checkpoints: Checkpoints? = nil,
        logLimits: LogKeeper.Limits, notice: @escaping @Sendable (StorageNotice) -> Void = { _ in }
    ) throws {
        self.path = path
        self.notice = notice
        log = LogKeeper(logLimits, path: path, checkpoints: checkpoints, notice: notice)
        let file = DatabaseFile(path)
        place = file.place
        if let obstacle = file.obstacle ?? file.orphanedLog {
            throw StorageError.cannotOpen(path: path, reason: obstacle)
        }
        // Before anything is changed in it.
        if file.mayHoldData { try Self.check(file, upgrades: upgrades) }
        do {
            try Self.makePrivately(path)
            self.file = FileStatus(of: path)
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

    /// - Returns: with the connections, why nothing can be written.
    private static func openAnyhow(_ file: DatabaseFile, readsAnyway: Bool) throws -> (Connections, Doubt?) {
        do {
            return (try openUpToDate(file.path), nil)
        } catch let error as DatabaseError where [.SQLITE_FULL, .SQLITE_IOERR].contains(error.resultCode) {
            guard readsAnyway, let reading = try? Connections.openForReading(file) else { throw error }
            return (reading, Doubt(reason: error.explanation))
        }
    }

    /// Makes sure that the file is this program's, and of a version that may be used.
    private static func check(_ file: DatabaseFile, upgrades: Bool) throws {
        var before: Set<String>?
        var unchangedLooks = 0
        while true {
            var isCurrent = false
            var steps: Set<String> = []
            try file.read { db in
                // In one, as the tables may be being made.
                try db.inTransaction(.deferred) {
                    let isEmpty = try !Ownership.check(db, path: file.path)
                    steps = try Migrations.all.appliedIdentifiers(db)
                    isCurrent = try upgrades || isEmpty || Migrations.all.hasCompletedMigrations(db)
                    return .commit
                }
            }
            if isCurrent { return }
            // One that is of another process's making is of more and more steps.
            unchangedLooks = steps == before ? unchangedLooks + 1 : 0
            if unchangedLooks == 3 { throw StorageError.olderVersion(path: file.path) }
            before = steps
            usleep(300_000)
        }
    }

    /// Opens the database and brings it up to date.
    private static func openUpToDate(_ path: String) throws -> Connections {
        let start = ContinuousClock.now
        while true {
            do {
                let opened = try Connections.open(path)
                let pool = opened.pool
                let isMarked = try pool.read { db in
                    try Int32.fetchOne(db, sql: "PRAGMA application_id") == Migrations.applicationID
                }
                if !isMarked { try pool.write(Migrations.mark) }
                try Migrations.all.migrate(pool)
                return opened
            } catch let error as DatabaseError
                where [.SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_BUSY].contains(error.resultCode)
                && .now < start + .seconds(1)
            {
                // Another process may be making it at the same moment: then it has done by now what failed here.
                usleep(100_000)
            }
        }
    }

    /// Makes the file, if there is none, so that only its owner may read it: it holds what internal pages say.
    private static func makePrivately(_ path: String) throws {
        let descriptor = DatabaseFile(path).openOrMake()
        guard descriptor >= 0 else {
            throw StorageError.cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        _ = Glibc.close(descriptor)
    }

    /// What tests look into.
    var pool: DatabasePool {
        get throws { try withConnections(\.pool) }
    }

    /// Reads from the last committed state. Blocks while SQLite works; many threads may read at once.
    public func read<Result>(_ body: (ReadTransaction) throws -> Result) throws -> Result {
        do {
            return try withConnections { try $0.pool.read { try body(ReadTransaction($0)) } }
        } catch {
            throw StorageError.wrapping(error)
        }
    }

    /// Writes in a transaction of its own, and waits for it to be durable. For the command line and start-up; a server
    /// writes through its `Writer`.
    public func write<Result>(_ body: (WriteTransaction) throws -> Result) throws -> Result {
        do {
            var result: Result?
            try commit { db in
                let transaction = WriteTransaction(db)
                result = try body(transaction)
                return transaction.changes
            }
            guard let result else { throw StorageError.inconsistent(reason: "a transaction did not run") }
            return result
        } catch {
            throw StorageError.wrapping(error)
        }
    }

    /// Flushes the log into the database file, unless that is another program's to do, and closes it. What is in doubt is
    /// left as it is, for the next start.
    public func close() throws {
        let isInDoubt = isInDoubt
        try connections.withExclusiveLock { connections in
            let pool = connections?.pool
            defer { connections = nil }
            if !isInDoubt {
                let isOurs = try? pool?.writeWithoutTransaction { try log.findOwner($0) == .own }
                if isOurs == true { pool?.writeWithoutTransaction(Connections.flushOnClose) }
                // Readers first: the last to close flushes the log, which a reader may not.
                pool?.invalidateReadOnlyConnections()
            }
            try pool?.close()
        }
    }
}
