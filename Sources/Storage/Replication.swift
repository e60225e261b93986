import Dispatch
import Locking

/// Copies the commits of a database to another machine.
public protocol Replicator: Sendable {
    /// Returns once every commit that was durable when the call began is also on the other machine. It blocks.
    /// - Throws: a description of the reason, if the other machine may not have all of them.
    func sync() throws
}

/// Makes sure that commits are replicated before they count.
public final class Replication: Sendable {
    /// The consequence if a commit cannot be replicated.
    public enum OnFailure: String, CaseIterable, Sendable {
        /// The write fails, but may be stored. Further writes are refused until replication works again.
        case refuse
        /// The write counts, although only this machine has it.
        case local
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        /// The number of commits so far.
        var commits = 0
        /// Since when commits have waited for replication; nil if none do.
        var behindSince: ContinuousClock.Instant?
        /// Whether commits count without being replicated, until replication works again.
        var isLagging = false
        var isOver = false
    }

    private static let retryInterval = DispatchTimeInterval.seconds(1)

    private let replicator: any Replicator
    private let onFailure: OnFailure
    private let observe: @Sendable (Duration, _ isReplicated: Bool) -> Void
    private let state = Locked(State())
    private let retries = DispatchQueue(label: "allclear.replication")

    /// - Parameter observe: called after each attempt, with its duration.
    public init(
        _ replicator: any Replicator, onFailure: OnFailure,
        observe: @escaping @Sendable (Duration, _ isReplicated: Bool) -> Void = { _, _ in }
    ) {
        self.replicator = replicator
        self.onFailure = onFailure
        self.observe = observe
    }

    /// How long commits have waited for replication; zero if none do.
    public var lag: Duration {
        state.withLock { state in state.behindSince.map { ContinuousClock.now - $0 } ?? .zero }
    }

    /// Returns once all commits so far are replicated, or may count anyway.
    /// - Throws: `Failure` if they must not count yet.
    func confirm(_ notice: @escaping @Sendable (StorageNotice) -> Void) throws {
        let mayLag = state.withLock { state in
            state.commits += 1
            return state.isLagging
        }
        // Another thread already retries. Commits do not wait for it.
        if mayLag { return }
        do {
            try attempt()
        } catch {
            if onFailure == .refuse { throw error }
            state.withLock { $0.isLagging = true }
            notice(.replicationLags(reason: error.description))
            retry(notice)
        }
    }

    /// Ends the retries.
    func stop() { state.withLock { $0.isOver = true } }

    /// - Returns: false if there are newer commits, which may not be replicated.
    @discardableResult
    private func attempt() throws(Failure) -> Bool {
        let start = ContinuousClock.now
        let commits = state.withLock { state in
            state.behindSince = state.behindSince ?? start
            return state.commits
        }
        do {
            try replicator.sync()
        } catch {
            observe(.now - start, false)
            throw Failure(description: "replication fails: \(error)")
        }
        observe(.now - start, true)
        return state.withLock { state in
            let isComplete = state.commits == commits
            state.behindSince = isComplete ? nil : start
            if isComplete { state.isLagging = false }
            return isComplete
        }
    }

    private func retry(_ notice: @escaping @Sendable (StorageNotice) -> Void) {
        retries.asyncAfter(deadline: .now() + Self.retryInterval) { [self] in
            if state.withLock({ $0.isOver }) { return }
            do throws(Failure) {
                if try !attempt() {
                    // Under constant writes, each attempt would miss the newest commit. From now on, commits wait
                    // again, and the second attempt covers the earlier ones, which did not wait.
                    state.withLock { $0.isLagging = false }
                    try attempt()
                }
                notice(.replicated)
            } catch {
                state.withLock { $0.isLagging = true }
                retry(notice)
            }
        }
    }
}

extension Store {
    /// Returns once all commits so far are replicated, if there is a replicator.
    /// - Throws: `StorageError.uncertain` if they may not be. The database is then in doubt.
    func replicate() throws {
        do {
            try replication?.confirm(notice)
        } catch let failure as Replication.Failure {
            doubt(failure)
            throw StorageError.uncertain(reason: failure.description)
        }
    }

    /// Like `replicate()`, but returns at once if the WAL is still as it was when everything was replicated. It also
    /// waits after a transaction that wrote nothing, because that may depend on a commit that is not replicated. For
    /// example, a repeated request finds the answer that another process or an earlier server has stored.
    /// - Parameter end: the state of the WAL after the commit.
    func replicate(until end: LogIndex.State?) throws {
        guard replication != nil else { return }
        if let end, end == replicated.withLock({ $0 }) { return }
        try replicate()
        replicated.withLock { $0 = end }
    }

    /// How long commits have waited for replication; zero if none do. Nil without replication.
    public var replicationLag: Duration? { replication?.lag }
}
