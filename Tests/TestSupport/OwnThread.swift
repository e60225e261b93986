import Dispatch

/// A thread for a test that blocks. The threads that tests share are as few as the processors, and blocking those would
/// hold up every other test.
public final class OwnThread: TaskExecutor {
    // A serial queue brings up a thread of its own, however many there are.
    private let queue = DispatchQueue(label: "allclear.tests")

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs what blocks, without waiting for it.
    public static func start(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "allclear.tests").async(execute: body)
    }

    public static func run<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result {
        try await withTaskExecutorPreference(OwnThread(), operation: body)
    }
}

/// Something that is waited for, but not forever: a test with a bug behind it fails and does not hang.
public final class Event: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    public init() {}

    /// Lets one waiter go on.
    public func happen() { semaphore.signal() }

    /// Whether it has happened, for a waiter that has other things to do.
    public var hasHappened: Bool { semaphore.wait(timeout: .now()) == .success }

    /// - Returns: false if it did not happen.
    public func wait() -> Bool { semaphore.wait(timeout: .now() + 20) == .success }
}
