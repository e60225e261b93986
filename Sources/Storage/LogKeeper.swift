import CSQLite
import GRDB
import Locking

/// Keeps the write-ahead log short, by writing it into the database file between commits.
///
/// A log can begin anew when all of it is in the file and nobody reads from it. Our own reads take milliseconds; another
/// process may read for hours, and nobody can make it stop. The log grows meanwhile, but not without bound: at the last
/// limit writes are refused until the reader ends, before they fill the disk.
///
/// If another program makes the checkpoints, this makes none. It only watches how long the log is.
final class LogKeeper: Sendable {
    /// In pages of the database.
    struct Limits: Sendable {
        /// How much is written before it goes into the file.
        var checkpoint = 1_000
        /// How long the log is when those who read from it are waited for.
        var restart = 4_000
        /// How long it is when a program that makes the checkpoints seems to make none: 128 MiB. Litestream makes one
        /// after 1,000 pages, but later when much is written.
        var warning = 32_768
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

    private struct Owner {
        /// What the configuration says; nil to look for Litestream.
        var setting: Checkpoints?
        /// Why the checkpoints are another program's; nil if they are not, or nobody looked yet.
        var reason: String?
        var nextLook = ContinuousClock.now
    }

    private let limits: Limits
    private let notice: @Sendable (StorageNotice) -> Void
    private let state = Locked(State())
    private let traces: LitestreamTraces
    private let known: Locked<Owner>

    init(
        _ limits: Limits, path: String, checkpoints: Checkpoints?, notice: @escaping @Sendable (StorageNotice) -> Void
    ) {
        self.limits = limits
        self.notice = notice
        traces = LitestreamTraces(path: path)
        known = Locked(Owner(setting: checkpoints))
    }

    /// Sets who makes the checkpoints from now on; nil to look for Litestream.
    func use(_ checkpoints: Checkpoints?) {
        known.withLock { owner in
            owner.setting = checkpoints
            owner.nextLook = .now
        }
    }

    /// Who made the checkpoints when somebody last looked.
    var lastKnownOwner: Checkpoints { known.withLock { $0.reason == nil ? .own : .external } }

    /// Finds out who makes the checkpoints. Litestream may have begun a moment ago.
    func findOwner(_ db: Database) throws -> Checkpoints {
        let setting = known.withLock { $0.setting }
        let reason: String? =
            switch setting {
            case .own: nil
            case .external: "the configuration"
            case nil: try traces.find(in: db)
            }
        let before = known.withLock { owner in
            defer {
                owner.reason = reason
                owner.nextLook = .now + .milliseconds(250)
            }
            return owner.reason
        }
        switch (before, reason) {
        case (nil, let reason?): notice(.checkpointsExternal(reason: reason))
        case (.some, nil): notice(.checkpointsOwn)
        default: break
        }
        return reason == nil ? .own : .external
    }

    /// Begins to count anew, on another connection.
    func reset() { state.withLock { $0 = State() } }

    /// Writes the log into the database file if it is time.
    func keepShort(_ db: Database) throws {
        let state = state.withLock { $0 }
        let written = allclear_pages_written(db.sqliteConnection)
        let isDue = Self.pages(from: state.written, to: written) >= limits.checkpoint
        let isOverdue = state.length >= limits.restart && state.nextAttempt <= .now
        guard isDue || isOverdue || known.withLock({ $0.nextLook <= .now }) else { return }
        switch try findOwner(db) {
        case .own: if isDue || isOverdue { try checkpoint(db, written: written) }
        case .external: try watch(db)
        }
    }

    /// Tells of a log that grows although another program ought to write it into the file.
    private func watch(_ db: Database) throws {
        guard let frames = LogIndex(db)?.state?.frames else { return }
        let isHeld = frames >= limits.warning
        let wasHeld = state.withLock { state in
            defer { state.isHeld = isHeld }
            return state.isHeld
        }
        if isHeld != wasHeld { try tell(db, isHeld, frames) { .logGrows(bytes: $0) } }
    }

    private func tell(_ db: Database, _ isHeld: Bool, _ length: Int, _ held: (Int) -> StorageNotice) throws {
        let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
        notice(isHeld ? held(length * pageSize) : .logReleased)
    }

    /// - Throws: `StorageError.unavailable` if the log is at its limit and cannot begin anew.
    func makeRoom(_ db: Database) throws {
        if lastKnownOwner == .external { return try makeRoomElsewhere(db) }
        guard isFull(db) else { return }
        if state.withLock({ $0.nextAttempt <= .now }) {
            try checkpoint(db, written: allclear_pages_written(db.sqliteConnection))
        }
        if isFull(db) {
            throw StorageError.unavailable(reason: "its log is at its limit, and another process still reads from it")
        }
    }

    /// A log that is in the file as a whole can begin again with the next commit.
    private func makeRoomElsewhere(_ db: Database) throws {
        guard let index = LogIndex(db), let frames = index.state?.frames, frames >= limits.most,
            index.backfilled < frames, try findOwner(db) == .external
        else { return }
        throw StorageError.unavailable(
            reason: "its log is at its limit; Litestream, or whatever else makes the checkpoints, makes none")
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
        if isHeld != wasHeld { try tell(db, isHeld, length) { .logHeld(bytes: $0) } }
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
    /// Sets who makes the checkpoints from now on; nil to look for Litestream.
    public func use(_ checkpoints: Checkpoints?) { log.use(checkpoints) }

    /// Who makes the checkpoints.
    public var checkpoints: Checkpoints { log.lastKnownOwner }

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
