import Dispatch
import Synchronization

/// Does something again and again, on a queue of its own, until it is stopped.
final class Ticker: Sendable {
    private let interval: DispatchTimeInterval
    private let queue: DispatchQueue
    private let body: @Sendable () -> Void
    private let isStopped = Atomic(false)

    /// - Parameters:
    ///   - interval: how long to wait before each time.
    ///   - body: what to do; the next wait begins when it is done.
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

    /// Returns when what is being done is done; it is not done again.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        queue.sync {}
    }
}
