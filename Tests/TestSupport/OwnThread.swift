import Dispatch

/// A separate thread for a test that blocks. Swift's shared pool has only as many threads as processors, so blocking
/// one would delay other tests.
public final class OwnThread: TaskExecutor {
    // A serial queue always gets its own thread.
    private let queue = DispatchQueue(label: "allclear.tests")

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs blocking work, without waiting for it.
    public static func start(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "allclear.tests").async(execute: body)
    }

    public static func run<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result {
        try await withTaskExecutorPreference(OwnThread(), operation: body)
    }
}

/// An event that a test can wait for, with a timeout. If there is a bug, the test fails instead of hanging.
public final class Event: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    public init() {}

    /// Wakes one waiter.
    public func happen() { semaphore.signal() }

    /// Whether the event has happened. Does not wait.
    public var hasHappened: Bool { semaphore.wait(timeout: .now()) == .success }

    /// - Returns: false if the event did not happen within 20 seconds.
    public func wait() -> Bool { semaphore.wait(timeout: .now() + 20) == .success }
}
