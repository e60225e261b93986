import Locking
import Dispatch
import GRDB
public import StatusPages
import Synchronization

/// The one way in which a running server writes.
///
/// Writes that arrive while a commit is under way share the next one, each in its own savepoint, so that many clients
/// pay for one flush to disk together and a write that is refused undoes nothing but itself. What the public sees is
/// made inside the transaction and shown after the commit, before any client has its answer: no answered write is ever
/// missing from a later read, and no write that was lost was ever seen.
public final class Writer: Sendable {
    /// Makes what the public will see of these pages from the state about to be committed, and returns what shows it.
    public typealias Publish = @Sendable (Set<ID<StatusPage>>, ReadTransaction) throws -> @Sendable () -> Void

    /// Makes everything the public sees from the present state, and returns what shows it.
    public typealias Refresh = @Sendable (ReadTransaction) throws -> @Sendable () -> Void

    /// What came of a batch of writes.
    public struct CommitFacts: Sendable {
        /// How many writes shared it, refused ones included.
        public let writes: Int
        public let duration: Duration
        /// False if nothing of it was kept.
        public let isCommitted: Bool
    }

    /// A write that waits. `run` returns what tells its client of success, once that is durable.
    private struct Job: Sendable {
        let run: @Sendable (WriteTransaction) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    /// Few enough that a client behind a full batch does not wait long.
    private static let mostPerCommit = 128

    private let store: Store
    private let publish: Publish
    private let observe: @Sendable (CommitFacts) -> Void
    private let refresh: Refresh
    /// What SQLite said last about changes by others.
    private let seen = Locked<Int64?>(nil)
    private let queue = DispatchQueue(label: "allclear.writer", qos: .userInitiated)
    private let waiting: WriteQueue<Job>
    private let refused = Atomic(0)
    private let postponed = Locked<Postponed?>(nil)
    /// Whether the last batch of writes failed, and no larger write worked since.
    private let hasFailed = Atomic(false)
    /// How the last batch went, which is what is expected of the next.
    private let last = Locked(LastCommit())

    /// What the start could not write, and nobody else writes before.
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
    ///   - capacity: how many writes may wait. One more fails with `StorageError.overloaded`.
    ///   - observe: told of every batch, before its clients are.
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

    /// Lets so many writes wait from now on. What waits beyond that is done all the same.
    public func setCapacity(_ capacity: Int) { waiting.setCapacity(capacity) }

    /// How many writes wait for their turn.
    public var waitingCount: Int { waiting.count }

    /// How many were refused since as many waited as may.
    public var refusedCount: Int { refused.load(ordering: .relaxed) }

    /// Has something done before any write, as soon as the database can be written: it is tried again and again. What the
    /// public sees is made again after it.
    /// - Parameters:
    ///   - reason: why it could not be done yet.
    ///   - body: throws if it cannot be done yet.
    ///   - completion: called when it is done and shown.
    public func postpone(
        reason: String, _ body: @escaping @Sendable () throws -> Void,
        completion: @escaping @Sendable () -> Void = {}
    ) {
        postponed.withLock { $0 = Postponed(body: body, completion: completion, reason: reason) }
    }

    /// Runs `body` in a transaction.
    /// - Parameters:
    ///   - body: what to write. If it throws, nothing of it is kept.
    ///   - mayWait: whether the caller's own thread may be made to do it, which is quicker if nobody else writes. Such a
    ///     caller has nothing locked that a write needs. Without, nothing is waited for.
    ///   - completion: called once, when the write is durable and visible, or is known not to be.
    public func write<Result: Sendable>(
        _ body: @escaping @Sendable (WriteTransaction) throws -> Result, mayWait: Bool = false,
        completion: @escaping @Sendable (Swift.Result<Result, any Error>) -> Void
    ) {
        let job = Job(
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
            // Whoever writes alone need not wake another thread for it.
            if mayWait, last.withLock({ $0.writes }) <= 1 {
                queue.sync { serve() }
            } else {
                queue.async { self.serve() }
            }
        }
    }

    /// Commits something to find out whether the database can be written, in line with the writes. Does not wait. After
    /// writes that failed it needs room for a large one, too: a page may fit where the next client's write does not.
    /// - Parameter completion: called once, with whether it is on the disk.
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

    /// Looks whether another process has written since the last look, and if so shows what it wrote; the first look
    /// always shows. If the database is in doubt, tries to open it again. Does not wait.
    /// - Parameter fail: called if the database cannot be read, unless it is in doubt, of which the store tells.
    public func followOthers(orElse fail: @escaping @Sendable (any Error) -> Void) {
        // In line with the writes: an older state must not be shown after a newer one.
        queue.async { [self] in
            do {
                try settle()
                try look()
                store.keepLogShort()
            } catch {
                let isKnown = store.isInDoubt || postponed.withLock { $0 != nil }
                if !isKnown { fail(StorageError.wrapping(error)) }
            }
        }
    }

    /// Shows everything anew, after a change to it if there is one: both or neither, in line with the writes and followings.
    /// Waits until it is done.
    /// - Parameters:
    ///   - change: what to write; nil for nothing.
    ///   - refresh: as for `followOthers`.
    public func refresh(
        after change: ((WriteTransaction) throws -> Void)?,
        _ refresh: (ReadTransaction) throws -> @Sendable () -> Void
    ) throws {
        try queue.sync {
            try settle()
            guard let change else { return try store.read(refresh)() }
            let show = try store.write { transaction in
                try change(transaction)
                return try refresh(transaction.reading)
            }
            show()
        }
    }

    /// Opens the database again, if it is in doubt, and shows what it has before anyone writes to it: the commit of
    /// unknown fate may be there.
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

    private func look() throws {
        try store.withWriter { db in
            // Tells of commits through other connections than this one. Read first: what is committed meanwhile is looked
            // at again the next time.
            let version = try Int64.fetchOne(db, sql: "PRAGMA data_version")
            guard version != seen.withLock({ $0 }) else { return }
            var show: @Sendable () -> Void = {}
            do {
                try db.inTransaction(.deferred) {
                    show = try refresh(ReadTransaction(db))
                    return .commit
                }
            } catch {
                // Then that is why.
                if try Migrations.all.hasBeenSuperseded(db) { throw StorageError.newerVersion(path: store.path) }
                throw error
            }
            show()
            seen.withLock { $0 = version }
        }
    }

    /// Waits until everything submitted so far is done.
    /// - Returns: false if that took longer than so many seconds.
    @discardableResult
    public func waitUntilIdle(within seconds: Int = .max) -> Bool {
        let deadline: DispatchTime = seconds < 1_000_000 ? .now() + .seconds(seconds) : .distantFuture
        // A drain that goes on takes the queue's place, so being run means only that one batch is done.
        repeat {
            let isRun = DispatchSemaphore(value: 0)
            queue.async { isRun.signal() }
            if isRun.wait(timeout: deadline) == .timedOut { return false }
        } while waiting.isServed
        return true
    }

    /// Commits a batch of what waits, and sees to it that the rest is committed.
    private func serve() {
        for tell in commit(waiting.take(Self.mostPerCommit)) { tell() }
        store.keepLogShort()
        // Behind whatever else is in line.
        if !waiting.leave() { queue.async { self.serve() } }
    }

    /// Runs a batch in one transaction, and with it what arrives meanwhile.
    /// - Returns: what tells each client how its write went.
    private func commit(_ first: [Job]) -> [@Sendable () -> Void] {
        var batch = first
        var outcomes: [@Sendable () -> Void] = []
        let start = ContinuousClock.now
        var flushStart = start
        var patience = min(last.withLock { $0.flush } / 4, .milliseconds(5))
        func note(_ isCommitted: Bool) {
            let duration = ContinuousClock.now - start
            hasFailed.store(!isCommitted, ordering: .relaxed)
            observe(CommitFacts(writes: batch.count, duration: duration, isCommitted: isCommitted))
        }
        do {
            var show: @Sendable () -> Void = {}
            var isChange = false
            try settle()
            try store.commit { db in
                let before = db.totalChangesCount
                let changes = Changes()
                while outcomes.count < batch.count {
                    outcomes.append(try Self.run(batch[outcomes.count], in: db, noting: changes))
                    if outcomes.count == batch.count { batch += company(for: batch.count, patience: &patience) }
                }
                if !changes.pages.isEmpty { show = try publish(changes.pages, ReadTransaction(db)) }
                isChange = db.totalChangesCount > before
                flushStart = .now
                return changes
            }
            let flush = ContinuousClock.now - flushStart
            // Without a change nothing was flushed, which says nothing of how long that takes.
            last.withLock { $0 = LastCommit(writes: batch.count, flush: isChange ? flush : $0.flush) }
            show()
            note(true)
            return outcomes
        } catch {
            note(false)
            // Nothing of the batch was kept, or nobody knows: none of its writes succeeded, whatever each came to by itself.
            return (batch + waitingInVain(for: error)).map { job in { job.fail(error) } }
        }
    }

    /// Who joins a batch of so many before it is committed.
    ///
    /// Clients that wait for their answers come back when they have them: of those that shared the last flush most are on
    /// their way again. Where a flush takes long, it is quicker for all of them to wait a little for each other than to
    /// queue up behind one another's flushes. Nobody waits who came alone the last time, nor longer than a fraction of
    /// what a flush takes.
    /// - Parameter patience: how long is waited, less with each call for the same batch.
    private func company(for count: Int, patience: inout Duration) -> [Job] {
        let more = Self.mostPerCommit - count
        let missing = min(last.withLock { $0.writes } - count, more)
        // To be woken up takes about as long.
        if missing > 0, patience > .microseconds(100) {
            let start = ContinuousClock.now
            waiting.wait(for: missing, until: .now() + .nanoseconds(Int(patience / .nanoseconds(1))))
            patience -= .now - start
        }
        return waiting.take(more)
    }

    /// The writes that wait behind a batch which failed because another process holds the database. They have waited as
    /// long, and would only wait for the same.
    private func waitingInVain(for error: any Error) -> [Job] {
        guard let error = error as? DatabaseError, error.resultCode == .SQLITE_BUSY else { return [] }
        return waiting.take(.max)
    }

    /// Runs one write in a savepoint.
    /// - Throws: if SQLite had to give up the whole transaction, as it does when the disk is full.
    private static func run(
        _ job: Job, in db: Database, noting changes: Changes
    ) throws -> @Sendable () -> Void {
        do {
            let transaction = WriteTransaction(db)
            let succeed = try db.withSavepoint { try job.run(transaction) }
            changes.add(transaction.changes)
            return succeed
        } catch {
            guard db.isInsideTransaction else { throw error }
            return { job.fail(error) }
        }
    }
}
