import CSQLite
import GRDB
import Locking

/// Keeps the write-ahead log short, by writing it into the database file between commits.
///
/// A log can begin anew when all of it is in the file and nobody reads from it. Our own reads take milliseconds; another
/// process may read for hours, and nobody can make it stop. The log grows meanwhile, but not without bound: at the last
/// limit writes are refused until the reader ends, before they fill the disk.
final class LogKeeper: Sendable {
    /// In pages of the database.
    struct Limits: Sendable {
        /// How much is written before it goes into the file.
        var checkpoint = 1_000
        /// How long the log is when those who read from it are waited for.
        var restart = 4_000
        /// How long it may get: a gigabyte.
        var most = 262_144
    }

    private struct State {
        /// What the connection had written at the last checkpoint.
        var written: Int32 = 0
        /// How long the log was then; none if it begins anew.
        var length = 0
        var nextAttempt = ContinuousClock.now
        var isHeld = false
    }

    private let limits: Limits
    private let notice: @Sendable (StorageNotice) -> Void
    private let state = Locked(State())

    init(_ limits: Limits, notice: @escaping @Sendable (StorageNotice) -> Void) {
        self.limits = limits
        self.notice = notice
    }

    /// Begins to count anew, on another connection.
    func reset() { state.withLock { $0 = State() } }

    /// Writes the log into the database file if it is time.
    func keepShort(_ db: Database) throws {
        let state = state.withLock { $0 }
        let written = allclear_pages_written(db.sqliteConnection)
        let isDue = Self.pages(from: state.written, to: written) >= limits.checkpoint
        let isOverdue = state.length >= limits.restart && state.nextAttempt <= .now
        if isDue || isOverdue { try checkpoint(db, written: written) }
    }

    /// - Throws: `StorageError.unavailable` if the log is at its limit and cannot begin anew.
    func makeRoom(_ db: Database) throws {
        guard isFull(db) else { return }
        if state.withLock({ $0.nextAttempt <= .now }) {
            try checkpoint(db, written: allclear_pages_written(db.sqliteConnection))
        }
        if isFull(db) {
            throw StorageError.unavailable(reason: "its log is at its limit, and another process still reads from it")
        }
    }

    private func isFull(_ db: Database) -> Bool {
        let state = state.withLock { $0 }
        let written = allclear_pages_written(db.sqliteConnection)
        return state.length + Self.pages(from: state.written, to: written) >= limits.most
    }

    /// How many pages were written between two readings of SQLite's counter, which has 31 bits.
    static func pages(from earlier: Int32, to later: Int32) -> Int { Int((later &- earlier) & .max) }

    private func checkpoint(_ db: Database, written: Int32) throws {
        let longest = state.withLock { $0.length + Self.pages(from: $0.written, to: written) }
        var length = try Self.checkpoint(db, .passive) ?? longest
        if length >= limits.restart, try Self.restart(db) { length = 0 }
        let isHeld = length >= limits.restart
        let wasHeld = state.withLock { state in
            defer { state = State(written: written, length: length, nextAttempt: .now + .seconds(1), isHeld: isHeld) }
            return state.isHeld
        }
        guard isHeld != wasHeld else { return }
        let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
        notice(isHeld ? .logHeld(bytes: length * pageSize) : .logReleased)
    }

    /// Waits a little for those who read from the log, so that the next commit begins it anew.
    private static func restart(_ db: Database) throws -> Bool {
        // Writes wait meanwhile.
        Connections.waitForLocks(db, milliseconds: 100)
        defer { Connections.waitForLocks(db) }
        return try checkpoint(db, .restart) != nil
    }

    /// - Returns: how long the log is; nil if someone else keeps it from being done.
    private static func checkpoint(_ db: Database, _ mode: Database.CheckpointMode) throws -> Int? {
        do {
            return try db.checkpoint(mode).walFrameCount
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            return nil
        }
    }
}

extension Store {
    /// Writes the log into the database file if it is time.
    func keepLogShort() {
        if isInDoubt { return }
        do {
            try withWriter(log.keepShort)
        } catch {
            // What was written is durable in the log all the same; if it was the disk, the database is in doubt now.
        }
    }
}
