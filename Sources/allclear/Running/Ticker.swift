import Dispatch
import Synchronization

/// Repeats a task on a separate queue until it is stopped.
final class Ticker: Sendable {
    private let interval: DispatchTimeInterval
    private let queue: DispatchQueue
    private let body: @Sendable () -> Void
    private let isStopped = Atomic(false)

    /// - Parameters:
    ///   - interval: the wait before each run.
    ///   - body: the task. The next wait begins when it ends.
    init(_ label: String, every interval: DispatchTimeInterval, _ body: @escaping @Sendable () -> Void) {
        self.interval = interval
        self.body = body
        queue = DispatchQueue(label: "allclear.\(label)")
    }

    func start() {
        queue.asyncAfter(deadline: .now() + interval) { [self] in
            guard !isStopped.load(ordering: .relaxed) else { return }
            body()
            start()
        }
    }

    /// Waits for the current run to end. There is no further run.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        queue.sync {}
    }
}
