import GRDB
import Locking

/// Why this program must not write to a database now. Either the last commits may not be durable or replicated, or
/// another program writes to the database.
struct Doubt: Sendable {
    enum Cause {
        /// After an I/O error on the writing connection, the disk may not hold what memory holds. The database must be
        /// opened again.
        case disk
        /// The commits are on the disk, but may not be replicated.
        case replication
        /// The database is a copy that another program writes.
        case standby
    }

    static let longestDelay = Duration.seconds(2)
    /// The minimum time between two reports of the same reason. More log lines would only help to fill a full disk.
    private static let silence = Duration.seconds(60)

    let reason: String
    var cause: Cause
    var nextAttempt: ContinuousClock.Instant
    var delay = Duration.milliseconds(250)
    /// When each reason was last reported. Entries older than `silence` are dropped.
    private var reports: [String: ContinuousClock.Instant]

    /// - Parameter reason: why the database is in doubt. The caller must report it.
    init(reason: String, cause: Cause = .disk, at now: ContinuousClock.Instant = .now) {
        self.reason = reason
        self.cause = cause
        nextAttempt = now
        reports = [reason: now]
    }

    /// Records that the database could not be opened again.
    /// - Returns: whether to report the reason.
    mutating func isNews(_ reason: String, at now: ContinuousClock.Instant = .now) -> Bool {
        reports = reports.filter { now - $0.value < Self.silence }
        guard reports[reason] == nil else { return false }
        reports[reason] = now
        return true
    }

    mutating func postpone() {
        nextAttempt = .now + delay
        delay = min(delay * 2, Self.longestDelay)
    }
}

/// An event that an administrator needs to know about.
public enum StorageNotice: Sendable {
    /// Writes fail until the database has been opened again. If reopening fails for a new reason, this notice is sent
    /// again at once. While the reason stays the same, the notice is sent at most once a minute.
    case inDoubt(reason: String, isDiskFull: Bool)
    /// The database could be opened for reading only. Writes fail until it has been opened again.
    case readOnly(reason: String)
    /// The database is open again and accepts writes.
    case settled
    /// Writes fail until all commits are replicated. This notice is sent again like `inDoubt`.
    case unreplicated(reason: String)
    /// Writes are acknowledged although they are not replicated.
    case replicationLags(reason: String)
    /// All commits are replicated again.
    case replicated
    /// A process reads an old snapshot, and the WAL cannot restart until it is done. `bytes` is the length of the WAL.
    case logHeld(bytes: Int)
    /// Another program makes the checkpoints, but the WAL grows. `bytes` is its length.
    case logGrows(bytes: Int)
    /// The WAL restarted, or is short again.
    case logReleased
    /// From now on another program makes the checkpoints.
    case checkpointsExternal(reason: String)
    /// This program makes the checkpoints again.
    case checkpointsOwn
}

extension Store {
    /// Puts the database in doubt. Called for every SQLITE_IOERR on the writing connection.
    ///
    /// After a failed fsync, nobody knows what the disk holds. The same is true of errors after the commit's frames are
    /// in the WAL, such as errors of its index. Earlier errors are harmless, but telling them apart is not worth the
    /// effort.
    ///
    /// SQLITE_FULL causes no doubt. SQLite writes the frame that completes a commit last, so if that frame did not fit,
    /// the commit is not there. An fsync that finds the disk full reports SQLITE_IOERR. SQLITE_CORRUPT causes none
    /// either, because opening the database again does not repair it.
    func doubt(_ error: DatabaseError) {
        let reason = error.explanation
        let isNew = doubts.withLock { doubt in
            let isNew = doubt?.cause != .disk
            if isNew { doubt = Doubt(reason: reason) }
            return isNew
        }
        if isNew { notice(.inDoubt(reason: reason, isDiskFull: error.isDiskFull)) }
    }

    /// Puts the database in doubt because a commit may not be replicated.
    func doubt(_ failure: Replication.Failure) {
        let isNew = doubts.withLock { doubt in
            guard doubt == nil else { return false }
            doubt = Doubt(reason: failure.description, cause: .replication)
            // The attempt took up to the whole timeout. Waiting writes must not wait for another attempt.
            doubt?.postpone()
            return true
        }
        if isNew { notice(.unreplicated(reason: failure.description)) }
    }

    var isInDoubt: Bool { doubts.withLock { $0 != nil } }

    func checkForDoubt() throws {
        if let doubt = doubts.withLock({ $0 }) { throw StorageError.unavailable(reason: doubt.reason) }
    }

    /// If the database is in doubt and the next attempt is due, opens it again or waits until it is replicated. Its
    /// state is then certain. Two threads must not call this at the same time.
    /// - Parameter readAgain: called once the state is certain, before anything else is written.
    /// - Throws: `StorageError.unavailable` if the database is still in doubt.
    func settle(_ readAgain: () throws -> Void) throws {
        guard let doubt = doubts.withLock({ $0 }) else { return }
        guard doubt.cause != .standby, doubt.nextAttempt <= .now else {
            throw StorageError.unavailable(reason: doubt.reason)
        }
        do {
            if doubt.cause == .disk {
                try checkPlace()
                try openAgain()
                try proveWritable()
            }
            try replication?.confirm(notice)
            try readAgain()
        } catch {
            let databaseError = error as? DatabaseError
            let reason = databaseError?.explanation ?? "\(error)"
            let isUnreplicated = error is Replication.Failure
            let isNews = doubts.withLock { doubt in
                if isUnreplicated { doubt?.cause = .replication }
                doubt?.postpone()
                return doubt?.isNews(reason) == true
            }
            if isNews {
                notice(
                    isUnreplicated
                        ? .unreplicated(reason: reason)
                        : .inDoubt(reason: reason, isDiskFull: databaseError?.isDiskFull == true))
            }
            throw StorageError.unavailable(reason: reason)
        }
        doubts.withLock { $0 = nil }
        notice(doubt.cause == .disk ? .settled : .replicated)
    }

    private func openAgain() throws {
        // Readers meanwhile continue on the old connections. They see only synced data; if another program makes the
        // checkpoints, they may also see the commit in doubt (`LogKeeper.commit`). If the disk still fails, `open`
        // throws. Otherwise it also syncs the part of the WAL that holds the commit in doubt.
        let rehearsal = try Connections.open(path)
        try connections.withExclusiveLock { connections in
            // Closing the last connection removes the WAL's index, which says how much of the WAL is in the database
            // file. That number may be wrong, too. SQLite rebuilds the index from the WAL, and the next checkpoint
            // writes the whole WAL to the file again. If another process has the database open, the index stays, and
            // this process cannot change that.
            try? rehearsal.pool.close()
            try? connections?.pool.close()
            connections = nil
            keys.clear()
            connections = try Connections.open(path)
        }
        log.reset()
    }

    /// Checkpoints the WAL, then commits something. Afterwards the WAL holds nothing after its last commit, and the
    /// disk is known to accept commits.
    ///
    /// If another program makes the checkpoints, this makes none. The WAL has been written over itself and synced,
    /// which is all that a commit needs. Frames that follow the last commit are harmless: their checksums do not
    /// continue those of the next commit.
    private func proveWritable() throws {
        try withWriter { db in
            do {
                if try log.findOwner(db) == .own { _ = try db.checkpoint(.truncate) }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                // Another process reads from the WAL. The frames that it keeps there are on the disk anyway.
            }
            try log.commit(db) { try Migrations.mark(db) }
        }
    }
}
