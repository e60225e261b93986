import Dispatch
import Glibc
import Locking

/// Runs blocking work, with a limit on how much runs at once and how much waits.
public final class BoundedQueue: Sendable {
    private struct State {
        var capacity: Int
        /// A slot becomes nil when a worker takes its closure, so that captured objects are released once it has run.
        var waiting: [(@Sendable () -> Void)?] = []
        var head = 0
        /// The indices of idle workers.
        var idle: [Int]

        mutating func next() -> (@Sendable () -> Void)? {
            guard head < waiting.count else {
                waiting.removeAll(keepingCapacity: true)
                head = 0
                return nil
            }
            let work = waiting[head]
            waiting[head] = nil
            head += 1
            // If constant load keeps the queue from ever emptying, the finished part is removed in large pieces.
            if head >= 256, head * 2 >= waiting.count {
                waiting.removeFirst(head)
                head = 0
            }
            return work
        }
    }

    /// Serial queues, because each one gets a thread when it needs one. A concurrent queue waits about a second for its
    /// blocked threads before it starts more threads than there are processors.
    private let workers: [DispatchQueue]
    private let niceness: Int32?
    private let state: Locked<State>

    /// - Parameters:
    ///   - width: how many closures run at once.
    ///   - capacity: how many closures may wait.
    ///   - niceness: how far other threads come first, from 1 to 19 (sched(7)); nil to run like all others.
    public init(label: String, width: Int, capacity: Int, niceness: Int32? = nil) {
        self.niceness = niceness
        workers = (0..<width).map { DispatchQueue(label: "\(label).\($0)") }
        state = Locked(State(capacity: capacity, idle: Array(0..<width)))
    }

    /// Lowering the capacity drops nothing: closures that already wait still run.
    func setCapacity(_ capacity: Int) { state.withLock { $0.capacity = capacity } }

    /// - Returns: false if the queue is full; the closure is not queued then.
    public func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        enum Decision {
            case refuse, wait
            case start(worker: Int)
        }
        let decision = state.withLock { state -> Decision in
            guard state.waiting.count - state.head < state.capacity else { return .refuse }
            state.waiting.append(work)
            return state.idle.popLast().map(Decision.start) ?? .wait
        }
        switch decision {
        case .refuse: return false
        case .wait: return true
        case .start(let worker):
            start(worker)
            return true
        }
    }

    private func start(_ worker: Int) {
        guard let niceness, startThread(worker, niceness) else { return workers[worker].async { self.drain(worker) } }
    }

    /// Starts a separate thread with the niceness. A thread of Dispatch does other work later, and raising its priority
    /// again would need a privilege.
    /// - Returns: false if the system has no room for a thread.
    private func startThread(_ worker: Int, _ niceness: Int32) -> Bool {
        let start = ThreadStart {
            // 0 means the calling thread. If the call fails, the work has the usual priority.
            setpriority(Int32(PRIO_PROCESS.rawValue), 0, niceness)
            self.drain(worker)
        }
        let argument = Unmanaged.passRetained(start)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, argument.toOpaque())
        guard status == 0 else {
            argument.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func drain(_ worker: Int) {
        while let work = state.withLock({ state in
            let work = state.next()
            if work == nil { state.idle.append(worker) }
            return work
        }) {
            work()
        }
    }
}

/// The closure that a new thread runs.
private final class ThreadStart: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
