import CSQLite
import GRDB
import Locking

/// Keeps the WAL short, by making checkpoints between commits.
///
/// The WAL can restart once all of it is in the database file and nobody reads from it. Our own reads take
/// milliseconds. Another process may read for hours, and we cannot stop it. The WAL grows meanwhile, but not without
/// bound. At `Limits.most` writes are refused until the reader ends, so that the WAL does not fill the disk.
///
/// If another program makes the checkpoints, this class makes none. It only watches the length of the WAL.
final class LogKeeper: Sendable {
    /// In pages of the database.
    struct Limits: Sendable {
        /// How many pages are written before a checkpoint.
        var checkpoint = 1_000
        /// The length of the WAL from which a checkpoint waits for readers.
        var restart = 4_000
        /// The length of the WAL that is reported if another program makes the checkpoints: 128 MiB. That program then
        /// seems to make none. Litestream makes one after 1,000 pages, but later under heavy writes.
        var warning = 32_768
        /// The length of the WAL at which writes are refused: 1 GiB.
        var most = 262_144
    }

    private struct State {
        /// The connection's counter of written pages at the last checkpoint.
        var written: Int32 = 0
        /// The length of the WAL at the last checkpoint, in pages; 0 if the next commit restarts the WAL.
        var length = 0
        var nextAttempt = ContinuousClock.now
        var isHeld = false
        /// Whether the connection leaves it to `commit` to sync the WAL. A new connection does not.
        var syncsLater = false
    }

    private struct Owner {
        /// The configured owner; nil to look for Litestream.
        var setting: Checkpoints?
        /// The reason why another program makes the checkpoints; nil if this one does, or before the first look.
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

    /// The program that made the checkpoints at the last look.
    var lastKnownOwner: Checkpoints { known.withLock { $0.reason == nil ? .own : .external } }

    /// Finds out who makes the checkpoints. Litestream may have started a moment ago.
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

    /// Resets the counts after a change of connection.
    func reset() { state.withLock { $0 = State() } }

    /// Sets when the connection's commits are synced. See `commit`.
    func setSynchronous(_ db: Database, later: Bool) throws {
        guard state.withLock({ $0.syncsLater }) != later else { return }
        try db.execute(sql: "PRAGMA synchronous = \(later ? "NORMAL" : "FULL")")
        state.withLock { $0.syncsLater = later }
    }

    /// Makes a checkpoint if one is needed.
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

    /// Reports a WAL that grows although another program should make the checkpoints.
    private func watch(_ db: Database) throws {
        guard let frames = LogIndex(db)?.state?.frames else { return }
        let isHeld = frames >= limits.warning
        let wasHeld = state.withLock { state in
            defer { state.isHeld = isHeld }
            return state.isHeld
        }
        if isHeld != wasHeld { try report(db, isHeld, frames) { .logGrows(bytes: $0) } }
    }

    private func report(_ db: Database, _ isHeld: Bool, _ length: Int, _ held: (Int) -> StorageNotice) throws {
        let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
        notice(isHeld ? held(length * pageSize) : .logReleased)
    }

    /// Makes sure that the WAL is below its limit, with a checkpoint if necessary.
    /// - Throws: `StorageError.unavailable` if the WAL is at its limit and cannot restart.
    func makeRoom(_ db: Database) throws {
        if lastKnownOwner == .external { return try makeRoomElsewhere(db) }
        guard isFull(db) else { return }
        if state.withLock({ $0.nextAttempt <= .now }) {
            try checkpoint(db, written: allclear_pages_written(db.sqliteConnection))
        }
        if isFull(db) {
            throw StorageError.unavailable(
                reason: "the WAL has reached its size limit, and another process still reads it; "
                    + "stop that process, or wait for it")
        }
    }

    /// `makeRoom` for a database whose checkpoints another program makes. A WAL that is completely in the file can
    /// restart with the next commit.
    private func makeRoomElsewhere(_ db: Database) throws {
        guard let index = LogIndex(db), let frames = index.state?.frames, frames >= limits.most,
            index.backfilled < frames, try findOwner(db) == .external
        else { return }
        throw StorageError.unavailable(
            reason: "the WAL has reached its size limit; check the program that checkpoints it, such as Litestream")
    }

    private func isFull(_ db: Database) -> Bool {
        let state = state.withLock { $0 }
        let written = allclear_pages_written(db.sqliteConnection)
        return state.length + Self.pages(from: state.written, to: written) >= limits.most
    }

    /// The number of pages written between two readings of SQLite's counter, which has 31 bits.
    static func pages(from earlier: Int32, to later: Int32) -> Int { Int((later &- earlier) & .max) }

    private func checkpoint(_ db: Database, written: Int32) throws {
        let longest = state.withLock { $0.length + Self.pages(from: $0.written, to: written) }
        var length = try Self.checkpoint(db, .passive) ?? longest
        if length >= limits.restart, try Self.restart(db) { length = 0 }
        let isHeld = length >= limits.restart
        let wasHeld = state.withLock { state in
            defer {
                state = State(
                    written: written, length: length, nextAttempt: .now + .seconds(1), isHeld: isHeld,
                    syncsLater: state.syncsLater)
            }
            return state.isHeld
        }
        if isHeld != wasHeld { try report(db, isHeld, length) { .logHeld(bytes: $0) } }
    }

    /// Waits up to 100 ms for readers of the WAL, so that the next commit restarts it.
    private static func restart(_ db: Database) throws -> Bool {
        // The wait is short because writes wait meanwhile.
        Connections.waitForLocks(db, milliseconds: 100)
        defer { Connections.waitForLocks(db) }
        return try checkpoint(db, .restart) != nil
    }

    /// - Returns: the length of the WAL in frames; nil if another process prevents the checkpoint.
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

    /// The program that makes the checkpoints.
    public var checkpoints: Checkpoints { log.lastKnownOwner }

    /// Makes a checkpoint if one is needed.
    func keepLogShort() {
        if isInDoubt { return }
        do {
            try withWriter(log.keepShort)
        } catch {
            // Committed writes are durable in the WAL anyway. After an I/O error the database is now in doubt.
        }
    }
}
