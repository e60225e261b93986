import Locking
public import Storage

/// Asks caches to forget the documents that have changed.
///
/// A request is sent after readers see the change, so a cache that fetches a document again gets the new one. No reader
/// or writer waits for a request. Each target has its own queue, so a cache that is down does not delay another.
/// Changes during a request share the next one. A start purges every page, because the last changes of the earlier
/// process may not have been purged.
public final class Purger: Sendable {
    /// Requests since the server started, by how they ended.
    public struct Counts: Equatable, Sendable {
        public internal(set) var accepted = 0
        public internal(set) var absent = 0
        public internal(set) var failed = 0
    }

    /// The parts of the server that the purger uses.
    public struct Parts: Sendable {
        let cache: DocumentCache
        let store: Store
        let serverURL: @Sendable () -> String
        let send: @Sendable (PurgeRequest) -> PurgeAnswer
        let report: @Sendable (any Error) -> Void

        /// - Parameters:
        ///   - serverURL: returns the base URL of pages without their own domain, without a trailing slash.
        ///   - send: sends a request and waits for the answer.
        ///   - report: gets each failure.
        public init(
            cache: DocumentCache, store: Store, serverURL: @escaping @Sendable () -> String,
            send: @escaping @Sendable (PurgeRequest) -> PurgeAnswer, report: @escaping @Sendable (any Error) -> Void
        ) {
            self.cache = cache
            self.store = store
            self.serverURL = serverURL
            self.send = send
            self.report = report
        }
    }

    private struct Lane: Sendable {
        let work: PurgeLane
        let follower: ChangeFollower
    }

    private struct State {
        var lanes: [Lane] = []
        var isStarted = false
    }

    private let parts: Parts
    private let noted = Locked(Counts())
    private let state = Locked(State())

    public init(_ parts: Parts, targets: [PurgeTarget]) {
        self.parts = parts
        use(targets)
    }

    /// Starts purging. Call it after the server has begun to answer, because caches fetch forgotten documents again.
    public func start() {
        state.withLock { state in
            state.isStarted = true
            for lane in state.lanes { lane.follower.start() }
        }
    }

    /// Changes the targets. New ones begin with a purge of every page.
    public func use(_ targets: [PurgeTarget]) {
        state.withLock { state in
            let old = state.lanes
            state.lanes = []
            for target in targets where !state.lanes.contains(where: { $0.work.target == target }) {
                if let lane = old.first(where: { $0.work.target == target }) {
                    state.lanes.append(lane)
                    continue
                }
                let lane = makeLane(target)
                if state.isStarted { lane.follower.start() }
                state.lanes.append(lane)
            }
            for lane in old where !targets.contains(lane.work.target) { lane.follower.cancel() }
        }
    }

    private func makeLane(_ target: PurgeTarget) -> Lane {
        let work = PurgeLane(target, parts) { [weak self] change in self?.noted.withLock { change(&$0) } }
        return Lane(work: work, follower: ChangeFollower(parts.cache, label: "allclear.purges") { work.step() })
    }

    /// Waits for the requests in progress, and sends no more.
    public func stop() {
        let lanes = state.withLock { $0.lanes }
        for lane in lanes { lane.follower.cancel() }
        for lane in lanes { lane.follower.stop() }
    }

    public var counts: Counts { noted.withLock { $0 } }

    /// How many requests wait.
    public var pending: Int { state.withLock { $0.lanes }.reduce(0) { $0 + $1.work.pending } }
}
