import GRDB
import Locking

/// That it is not known whether the disk has what memory has: an I/O error on the connection that writes. Nothing is
/// written until the database was opened again.
struct Doubt: Sendable {
    let reason: String
    var nextAttempt = ContinuousClock.now
    var delay = Duration.milliseconds(250)

    static let longestDelay = Duration.seconds(2)

    mutating func postpone() {
        nextAttempt = .now + delay
        delay = min(delay * 2, Self.longestDelay)
    }
}

/// What an administrator should know of the database.
public enum StorageNotice: Sendable {
    /// Nothing is written until the database was opened again, or that was tried and failed.
    case inDoubt(reason: String)
    /// It could only be opened for reading. Nothing is written until it was opened again.
    case readOnly(reason: String)
    /// The database is open again, and takes writes.
    case settled
    /// Someone reads an old state, and the log cannot begin anew until that ends.
    case logHeld(bytes: Int)
    /// Another program makes the checkpoints, and the log grows all the same.
    case logGrows(bytes: Int)
    /// It could, or is short again.
    case logReleased
    /// Another program makes the checkpoints from now on.
    case checkpointsExternal(reason: String)
    /// This one makes them again.
    case checkpointsOwn
}

extension Store {
    /// Which errors call for it: every SQLITE_IOERR of the connection that writes. A sync that failed leaves open what the
    /// disk has; so do errors after the commit's frames are in the log, such as of its index, and it is not worth telling
    /// those apart that come before. SQLITE_FULL is not among them: the frame that makes a commit is the last to be
    /// written, so one that did not fit is not there, and a sync that finds the disk full is an SQLITE_IOERR. Nor is
    /// SQLITE_CORRUPT, which opening again does not mend.
    func doubt(_ error: DatabaseError) {
        let isNew = doubts.withLock { doubt in
            defer { if doubt == nil { doubt = Doubt(reason: error.description) } }
            return doubt == nil
        }
        if isNew { notice(.inDoubt(reason: error.description)) }
    }

    var isInDoubt: Bool { doubts.withLock { $0 != nil } }

    func checkForDoubt() throws {
        if let doubt = doubts.withLock({ $0 }) { throw StorageError.unavailable(reason: doubt.reason) }
    }

    /// Makes certain again what the database has, if it is in doubt and it is time to try. Not to be called by two at once.
    /// - Parameter readAnew: called with the state that is certain, before anyone writes to it.
    /// - Throws: `StorageError.unavailable` if it is still in doubt.
    func settle(_ readAnew: () throws -> Void) throws {
        guard let doubt = doubts.withLock({ $0 }) else { return }
        guard doubt.nextAttempt <= .now else { throw StorageError.unavailable(reason: doubt.reason) }
        do {
            try checkPlace()
            try openAgain()
            try proveWritable()
            try readAnew()
        } catch {
            doubts.withLock { $0?.postpone() }
            notice(.inDoubt(reason: "\(error)"))
            throw StorageError.unavailable(reason: "\(error)")
        }
        doubts.withLock { $0 = nil }
        notice(.settled)
    }

    private func openAgain() throws {
        // Opened beside the old connections, whose readers go on: they see only what was synced. While the disk fails
        // this does, too. It also puts on the disk what the log has of the commit in doubt.
        let rehearsal = try Connections.open(path)
        try connections.withExclusiveLock { connections in
            // With the last connection goes the log's index, which tells how much of the log the database file has; that
            // may be wrong, too. It is made anew from the log, and all of the log is written to the file again. If
            // another process has the database open the index stays, which cannot be helped from here.
            try? rehearsal.pool.close()
            try? connections?.pool.close()
            connections = nil
            keys.clear()
            connections = try Connections.open(path)
        }
        log.reset()
    }

    /// Flushes the log into the database file, then commits something: what might still be in the log behind the last
    /// commit is no longer, and the disk is seen to take commits.
    ///
    /// If another program makes the checkpoints, the log is not flushed. It was written over itself and synced, which is
    /// all that a commit needs, and what is behind its last commit does not fit the checksums of the next one.
    private func proveWritable() throws {
        try withWriter { db in
            do {
                if try log.findOwner(db) == .own { _ = try db.checkpoint(.truncate) }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                // Another process reads. What it keeps in the log is on the disk all the same.
            }
            try db.inTransaction(.immediate) {
                try Migrations.mark(db)
                return .commit
            }
        }
    }
}
