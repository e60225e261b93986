import Foundation
import StatusPages

/// Threads that do jobs, each one after the other. They start when there are jobs, and end after a minute without any.
// Sendable because every variable is used only while `condition` is locked.
final class Lanes: @unchecked Sendable {
    /// The next action of a lane.
    private enum Turn {
        case work(DeliveryJob)
        /// There is nothing to do for this time, or until something changes.
        case wait(milliseconds: Int64?)
        case end
    }

    private static let idleTime = Duration.seconds(60)
    /// With fewer waiting jobs than this, more are loaded.
    private static let few = 200

    private let condition = NSCondition()
    private let label: String
    private let now: @Sendable () -> Timestamp
    private let makeWorker: @Sendable () -> any Worker
    private var finish: (@Sendable (Attempt) -> Void)?
    private var whenLow: (@Sendable () -> Void)?
    private var pool = DeliveryPool()
    /// The maximum number of lanes.
    private var most: Int
    private var lanes = 0
    private var idle = 0
    /// How many attempts have an outcome that is not stored, or are under way.
    private var open = 0
    private var isFailingToStore = false
    private var isStopping = false
    private var moreAreDue = false
    /// Only for mail.
    private var gate: RelayGate?

    init(
        _ label: String, most: Int, gate: RelayGate? = nil, now: @escaping @Sendable () -> Timestamp,
        makeWorker: @escaping @Sendable () -> any Worker
    ) {
        self.label = label
        self.most = most
        self.gate = gate
        self.now = now
        self.makeWorker = makeWorker
    }

    /// - Parameters:
    ///   - finish: gets each attempt, on the lane's thread.
    ///   - whenLow: called when few jobs wait and more could be loaded.
    func connect(finish: @escaping @Sendable (Attempt) -> Void, whenLow: @escaping @Sendable () -> Void) {
        locked { (self.finish, self.whenLow) = (finish, whenLow) }
    }

    private func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
        condition.lock()
        defer { condition.unlock() }
        return try body()
    }

    // MARK: Jobs

    func room(forRequested isRequested: Bool) -> Int { locked { pool.room(forRequested: isRequested) } }

    /// How many jobs are in memory.
    var count: Int { locked { pool.count } }

    /// - Returns: how many of the jobs are new.
    func add(_ jobs: [DeliveryJob]) -> Int {
        locked { jobs.count { pool.add($0) } }
    }

    /// Sets whether more jobs could be loaded once there is room.
    func note(moreAreDue: Bool) { locked { self.moreAreDue = moreAreDue } }

    /// Starts lanes for the jobs that wait, and wakes those that wait for jobs.
    func startWork() {
        let missing = locked {
            condition.broadcast()
            guard !isStopping else { return 0 }
            let missing = max(0, min(pool.waiting - idle, most - lanes))
            lanes += missing
            return missing
        }
        for _ in 0..<missing {
            let thread = Thread { self.run() }
            thread.name = "allclear.\(label)"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    // MARK: Lanes

    private func run() {
        let worker = makeWorker()
        defer { worker.rest() }
        let finish = locked { self.finish }
        var lastWork = ContinuousClock.now
        while true {
            switch turn(lastWork) {
            case .work(let job):
                finish?(worker.work(on: job))
                lastWork = .now
            case .wait: continue
            case .end: return
            }
        }
    }

    /// Waits until there is something to do.
    private func turn(_ lastWork: ContinuousClock.Instant) -> Turn {
        let (turn, report) = locked { () -> (Turn, (@Sendable () -> Void)?) in
            let turn = nextTurn()
            switch turn {
            case .work:
                defer { moreAreDue = moreAreDue && pool.waiting >= Self.few }
                return (turn, moreAreDue && pool.waiting < Self.few ? whenLow : nil)
            case .wait(let milliseconds):
                guard lanes <= most, .now - lastWork < Self.idleTime else { break }
                idle += 1
                _ = condition.wait(until: Date(timeIntervalSinceNow: Double(min(milliseconds ?? 1_000, 1_000)) / 1_000))
                idle -= 1
                return (turn, nil)
            case .end: break
            }
            lanes -= 1
            condition.broadcast()
            return (.end, nil)
        }
        report?()
        return turn
    }

    private func nextTurn() -> Turn {
        if isStopping || lanes > most { return .end }
        guard !isFailingToStore, open < OutcomeRecorder.most, pool.waiting > 0 else { return .wait(milliseconds: nil) }
        if let gate {
            guard let delay = gate.delay(at: now()) else { return .wait(milliseconds: nil) }
            if delay > 0 { return .wait(milliseconds: delay) }
        }
        guard let job = pool.take() else { return .wait(milliseconds: nil) }
        gate?.begin(at: now())
        open += 1
        return .work(job)
    }

    /// Does all jobs that can be done now on the caller's thread. For tests.
    func workHere() {
        let worker = makeWorker()
        let finish = locked { self.finish }
        while case .work(let job) = locked({ nextTurn() }) { finish?(worker.work(on: job)) }
        worker.rest()
    }

    // MARK: Outcomes

    /// A change of the relay's state by an attempt.
    enum RelayChange {
        case none
        case failing(wait: Int64)
        case works
    }

    /// An attempt is over. Its job stays in memory if there is an outcome to store.
    /// - Returns: whether the relay began to fail, or works again.
    func note(_ attempt: Attempt) -> RelayChange {
        locked {
            defer { condition.broadcast() }
            let wasFailing = gate?.isFailing ?? false
            switch attempt.result {
            case .made: gate?.noteSuccess()
            case .notComposed, .cancelled: gate?.noteNothing()
            case .relayTrouble(_, let time):
                gate?.noteTrouble(at: time)
                close(attempt)
            case .nothing:
                gate?.noteNothing()
                close(attempt)
            }
            let isFailing = gate?.isFailing ?? false
            if isFailing == wasFailing { return .none }
            return isFailing ? .failing(wait: gate?.wait ?? 0) : .works
        }
    }

    /// The outcomes of attempts are stored.
    func noteStored(_ attempts: [Attempt]) {
        locked {
            isFailingToStore = false
            for attempt in attempts { close(attempt) }
            condition.broadcast()
        }
    }

    /// Outcomes could not be stored. No job begins until they are.
    func noteStorageFailure() { locked { isFailingToStore = true } }

    private func close(_ attempt: Attempt) {
        open -= 1
        pool.release(attempt.job)
    }

    // MARK: Settings and the end

    /// Changes the settings. They apply to the next job of each lane.
    /// - Parameter resettingGate: whether the settings of the relay changed.
    func use(most: Int, perMinute: Int, resettingGate: Bool) {
        locked {
            self.most = most
            gate?.perMinute = perMinute
            if resettingGate { gate?.reset() }
            condition.broadcast()
        }
    }

    /// Begins no more jobs.
    func stop() {
        locked {
            isStopping = true
            condition.broadcast()
        }
    }

    /// Waits until the jobs under way are done.
    /// - Returns: false if they take longer.
    func waitUntilStopped(until end: Date) -> Bool {
        locked {
            while lanes > 0 { if !condition.wait(until: end) { return lanes == 0 } }
            return true
        }
    }
}
