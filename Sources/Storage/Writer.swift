import Dispatch
import GRDB
import Locking
public import StatusPages
import Synchronization

/// The only way in which a running server writes.
///
/// Writes that arrive during a commit share the next one, so that many clients share one fsync. Each write has its own
/// savepoint, so a refused write undoes only itself. The writer builds the public view inside the transaction. It shows
/// the view after the commit, before any client gets its response. Every later read therefore shows an acknowledged
/// write, and the public view never shows a write that is then lost.
public final class Writer: Sendable {
    /// Builds the public view of pages whose events changed, from the state about to be committed. Returns a function
    /// that shows it.
    public typealias Publish =
        @Sendable ([ID<StatusPage>: ChangedEvents], ReadTransaction) throws -> @Sendable () -> Void

    /// Builds the whole public view from the current state. Returns a function that shows it.
    public typealias Refresh = @Sendable (ReadTransaction) throws -> @Sendable () -> Void

    /// The result of a batch of writes.
    public struct CommitFacts: Sendable {
        /// How many writes shared the commit, including refused ones.
        public let writes: Int
        public let duration: Duration
        /// False if nothing of the batch was stored, or if that is not known.
        public let isCommitted: Bool
    }

    /// A queued write. `run` returns a function that reports success to the client, to be called once the write is
    /// durable.
    private struct Job: Sendable {
        let actor: AuditActor?
        let run: @Sendable (WriteTransaction) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    /// Small enough that a client behind a full batch does not wait long.
    private static let mostPerCommit = 128

    private let store: Store
    private let publish: Publish
    private let observe: @Sendable (CommitFacts) -> Void
    private let refresh: Refresh
    /// The last `PRAGMA data_version`, which changes when other connections commit.
    private let seen = Locked<Int64?>(nil)
    private let queue = DispatchQueue(label: "allclear.writer", qos: .userInitiated)
    private let waiting: WriteQueue<Job>
    private let refused = Atomic(0)
    private let postponed = Locked<Postponed?>(nil)
    /// Whether a batch of writes has failed since the last successful probe.
    private let hasFailed = Atomic(false)
    /// The last batch. The writer expects the next one to be similar.
    private let last = Locked(LastCommit())

    /// A write that failed at the start. It comes before any other write.
    private struct Postponed {
        let body: @Sendable () throws -> Void
        let completion: @Sendable () -> Void
        var reason: String
        var nextAttempt = ContinuousClock.now
    }

    private struct LastCommit {
        var writes = 0
        var flush = Duration.zero
    }

    /// - Parameters:
    ///   - capacity: how many writes may wait. Further ones fail with `StorageError.overloaded`.
    ///   - observe: called after every batch, before its clients get their responses.
    public init(
        _ store: Store, capacity: Int = 1_024, publish: @escaping Publish, refresh: @escaping Refresh = { _ in {} },
        observe: @escaping @Sendable (CommitFacts) -> Void = { _ in }
    ) {
        self.store = store
        waiting = WriteQueue(capacity: capacity)
        self.refresh = refresh
        self.publish = publish
        self.observe = observe
    }

    /// Sets how many writes may wait. A lower capacity does not drop writes that already wait.
    public func setCapacity(_ capacity: Int) { waiting.setCapacity(capacity) }

    /// How many writes are waiting.
    public var waitingCount: Int { waiting.count }

    /// How many writes were refused because the queue was full.
    public var refusedCount: Int { refused.load(ordering: .relaxed) }

    /// Sets work that must be done before any other write. The writer retries it until the database can be written.
    /// Afterwards it rebuilds the public view.
    /// - Parameters:
    ///   - reason: why the work could not be done yet.
    ///   - body: does the work. Throws if that is still not possible.
    ///   - completion: called when the work is done and its result is shown.
    public func postpone(
        reason: String, _ body: @escaping @Sendable () throws -> Void,
        completion: @escaping @Sendable () -> Void = {}
    ) {
        postponed.withLock { $0 = Postponed(body: body, completion: completion, reason: reason) }
    }

    /// Runs `body` in a transaction.
    /// - Parameters:
    ///   - actor: the maker of the changes; nil only if `body` adds nothing to the audit log.
    ///   - body: the write. If it throws, none of its changes are stored.
    ///   - mayWait: whether the write may run on the caller's own thread, which is faster if nobody else writes. The
    ///     caller must not hold a lock that a write needs. If false, this method returns at once.
    ///   - completion: called once, when the write is durable and visible, or has failed.
    public func write<Result: Sendable>(
        as actor: AuditActor? = nil, _ body: @escaping @Sendable (WriteTransaction) throws -> Result,
        mayWait: Bool = false,
        completion: @escaping @Sendable (Swift.Result<Result, any Error>) -> Void
    ) {
        let job = Job(
            actor: actor,
            run: { transaction in
                let result = try body(transaction)
                return { completion(.success(result)) }
            },
            fail: { completion(.failure(StorageError.wrapping($0))) })
        switch waiting.add(job) {
        case .refused:
            refused.add(1, ordering: .relaxed)
            completion(.failure(StorageError.overloaded))
        case .waits: break
        case .first:
            // A client that writes alone does not need to wake another thread.
            if mayWait, last.withLock({ $0.writes }) <= 1 {
                queue.sync { serve() }
            } else {
                queue.async { self.serve() }
            }
        }
    }

    /// Commits something in the same queue as the writes, to find out whether the database can be written. Does not
    /// wait. After a failed write it also requires room for a large one.
    /// - Parameter completion: called once, with whether the commit is on the disk.
    @Sendable
    public func probe(completion: @escaping @Sendable (Bool) -> Void) {
        queue.async { [self] in
            do {
                try settle()
                try store.commit { db in
                    try Migrations.mark(db)
                    return Changes()
                }
                if hasFailed.load(ordering: .relaxed) { try store.reserveRoom() }
                hasFailed.store(false, ordering: .relaxed)
                completion(true)
            } catch {
                completion(false)
            }
        }
    }

    /// Checks whether another process has written since the last call, and if so shows the changes. The first call
    /// always shows the current state. If the database is in doubt, this tries to open it again. Does not wait.
    /// - Parameter fail: called if the database cannot be read. It is not called while postponed work waits, or while
    ///   the database is in doubt, because the store reports that.
    public func followOthers(orElse fail: @escaping @Sendable (any Error) -> Void) {
        // In the same queue as the writes, so that an older state never replaces a newer one.
        queue.async { [self] in
            do {
                try settle()
                try look(confirming: true)
                store.keepLogShort()
            } catch {
                let isKnown = store.isInDoubt || postponed.withLock { $0 != nil }
                if !isKnown { fail(StorageError.wrapping(error)) }
            }
        }
    }

    /// Makes a change if one is given, and rebuilds the public view. If either fails, neither takes effect. Runs in
    /// the same queue as the writes and `followOthers`. Waits until it is done.
    /// - Parameters:
    ///   - actor: the maker of the change, for the audit log.
    ///   - change: what to write; nil for nothing.
    ///   - refresh: builds the public view, and returns a function that shows it.
    public func refresh(
        as actor: AuditActor? = nil, after change: ((WriteTransaction) throws -> Void)?,
        _ refresh: (ReadTransaction) throws -> @Sendable () -> Void
    ) throws {
        try queue.sync {
            try settle()
            guard let change else { return try store.read(refresh)() }
            let show = try store.write(as: actor) { transaction in
                try change(transaction)
                return try refresh(transaction.reading)
            }
            show()
        }
    }

    /// If the database is in doubt, opens it again and shows its contents before any other write. The commit in doubt
    /// may be there.
    private func settle() throws {
        try store.settle {
            seen.withLock { $0 = nil }
            try look()
        }
        try writePostponed()
    }

    private func writePostponed() throws {
        guard let work = postponed.withLock({ $0 }) else { return }
        guard work.nextAttempt <= .now else { throw StorageError.unavailable(reason: work.reason) }
        do {
            try work.body()
        } catch {
            postponed.withLock { $0?.nextAttempt = .now + .milliseconds(500) }
            throw error
        }
        postponed.withLock { $0 = nil }
        seen.withLock { $0 = nil }
        try look()
        work.completion()
    }

    /// Shows the current state, if another connection has written since the last look.
    /// - Parameter confirming: whether to wait first until the state is replicated.
    private func look(confirming: Bool = false) throws {
        try store.withWriter { db in
            // The version changes when other connections commit. It is read first, so that the next call notices
            // commits that arrive during this one.
            let version = try Int64.fetchOne(db, sql: "PRAGMA data_version")
            guard version != seen.withLock({ $0 }) else { return }
            var show: @Sendable () -> Void = {}
            do {
                try db.inTransaction(.deferred) {
                    show = try refresh(ReadTransaction(db))
                    return .commit
                }
            } catch {
                // A newer version has migrated the database, which explains the error.
                if try Migrations.all.hasBeenSuperseded(db) { throw StorageError.newerVersion(path: store.path) }
                throw error
            }
            if confirming { try store.replicate() }
            show()
            seen.withLock { $0 = version }
        }
    }

    /// Waits until all writes submitted so far are done.
    /// - Returns: false if they were not done within `seconds`.
    @discardableResult
    public func waitUntilIdle(within seconds: Int = .max) -> Bool {
        let deadline: DispatchTime = seconds < 1_000_000 ? .now() + .seconds(seconds) : .distantFuture
        // `serve` queues itself again after each batch. So when this block runs, only one batch is certain to be done.
        repeat {
            let isRun = DispatchSemaphore(value: 0)
            queue.async { isRun.signal() }
            if isRun.wait(timeout: deadline) == .timedOut { return false }
        } while waiting.isServed
        return true
    }

    /// Commits one batch of waiting writes, and queues itself again if more wait.
    private func serve() {
        for report in commit(waiting.take(Self.mostPerCommit)) { report() }
        store.keepLogShort()
        // At the end of the queue, after any other work.
        if !waiting.leave() { queue.async { self.serve() } }
    }

    /// Runs a batch in one transaction, including writes that arrive meanwhile.
    /// - Returns: functions that report to each client how its write went.
    private func commit(_ first: [Job]) -> [@Sendable () -> Void] {
        var batch = first
        var outcomes: [@Sendable () -> Void] = []
        let start = ContinuousClock.now
        var flushStart = start
        var patience = min(last.withLock { $0.flush } / 4, .milliseconds(5))
        var isChange = false
        func note(_ isCommitted: Bool) {
            let duration = ContinuousClock.now - start
            // Only a probe resets this: a small write may fit on a disk where the next client's does not.
            if !isCommitted { hasFailed.store(true, ordering: .relaxed) }
            observe(CommitFacts(writes: batch.count, duration: duration, isCommitted: isCommitted))
        }
        do {
            var show: @Sendable () -> Void = {}
            try settle()
            try store.commit { db in
                let before = db.totalChangesCount
                let changes = Changes()
                while outcomes.count < batch.count {
                    outcomes.append(try Self.run(batch[outcomes.count], in: db, noting: changes))
                    if outcomes.count == batch.count { batch += company(for: batch.count, patience: &patience) }
                }
                if changes.hasPages {
                    show = try refresh(ReadTransaction(db))
                } else if !changes.events.isEmpty {
                    show = try publish(changes.events, ReadTransaction(db))
                }
                isChange = db.totalChangesCount > before
                flushStart = .now
                return changes
            }
            let flush = ContinuousClock.now - flushStart
            // A transaction without changes flushes nothing, so its duration says nothing about the next flush.
            last.withLock { $0 = LastCommit(writes: batch.count, flush: isChange ? flush : $0.flush) }
            show()
            note(true)
            return outcomes
        } catch {
            note(false)
            // Nothing of the batch was stored, or it is not known whether it was. So every write fails, even if it
            // succeeded in its savepoint.
            return (batch + waitingInVain(for: error)).map { job in { job.fail(error) } }
        }
    }

    /// The writes that join a batch of `count` before it is committed.
    ///
    /// Clients tend to send the next write when they get their response. So most of the clients that shared the last
    /// flush are about to come back. If a flush takes long, waiting a little for them is faster than a separate flush
    /// for each. The writer does not wait if the last batch had only one write. It waits at most 5 ms, or a quarter of
    /// the last flush if that is less.
    /// - Parameter patience: how long this may still wait for the current batch. Each call reduces it by the time it
    ///   waited.
    private func company(for count: Int, patience: inout Duration) -> [Job] {
        let more = Self.mostPerCommit - count
        let missing = min(last.withLock { $0.writes } - count, more)
        // A shorter wait is not worth it: waking the thread takes about 100 µs.
        if missing > 0, patience > .microseconds(100) {
            let start = ContinuousClock.now
            waiting.wait(for: missing, until: .now() + .nanoseconds(Int(patience / .nanoseconds(1))))
            patience -= .now - start
        }
        return waiting.take(more)
    }

    /// The writes that wait behind a batch that failed because another process holds the database. They have already
    /// waited as long as that batch, and would fail for the same reason.
    private func waitingInVain(for error: any Error) -> [Job] {
        guard let error = error as? DatabaseError, error.resultCode == .SQLITE_BUSY else { return [] }
        return waiting.take(.max)
    }

    /// Runs one write in a savepoint.
    /// - Throws: an error if SQLite rolled back the whole transaction, as it does when the disk is full.
    private static func run(
        _ job: Job, in db: Database, noting changes: Changes
    ) throws -> @Sendable () -> Void {
        do {
            let transaction = WriteTransaction(db, as: job.actor)
            let succeed = try db.withSavepoint { try job.run(transaction) }
            changes.add(transaction.changes)
            return succeed
        } catch {
            guard db.isInsideTransaction else { throw error }
            return { job.fail(error) }
        }
    }
}
