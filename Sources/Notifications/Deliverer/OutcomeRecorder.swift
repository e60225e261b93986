import Dispatch
import Locking
import StatusPages
import Storage

/// Commits the outcomes of attempts, many at once: a quarter of a second after the first at the latest, or as soon as
/// fifty wait.
///
/// Attempts that are not stored yet would be repeated after a crash. So the lanes stop before a hundred of them are
/// open, and while a commit fails.
final class OutcomeRecorder: Sendable {
    /// The maximum number of attempts whose outcome is not stored.
    static let most = 100
    /// Half of `most`, so that the lanes continue during a commit.
    private static let batch = 50

    private struct State {
        var attempts: [Attempt] = []
        /// The state of the relay to store.
        var relay: (state: DeliveryStatus.RelayState, error: String?)?
        var isScheduled = false
    }

    private let state = Locked(State())
    private let queue: DispatchQueue
    private let writer: Writer
    private let recording: Recording
    private let delay: DispatchTimeInterval?
    private let completion: @Sendable (Result<Recorded, any Error>, [Attempt]) -> Void

    /// - Parameters:
    ///   - delay: how long an outcome may wait. Nil: only `flush` stores outcomes.
    ///   - completion: called after each commit with its attempts. A failed commit is retried.
    init(
        _ label: String, writer: Writer, recording: Recording, delay: DispatchTimeInterval? = .milliseconds(250),
        completion: @escaping @Sendable (Result<Recorded, any Error>, [Attempt]) -> Void
    ) {
        queue = DispatchQueue(label: "allclear.\(label)-outcomes")
        self.writer = writer
        self.recording = recording
        self.delay = delay
        self.completion = completion
    }

    func add(_ attempt: Attempt) {
        let (isFirst, isFull) = state.withLock { state in
            state.attempts.append(attempt)
            defer { state.isScheduled = true }
            return (!state.isScheduled, state.attempts.count == Self.batch)
        }
        schedule(isFirst: isFirst, isFull: isFull)
    }

    /// Stores the state of the relay with the next outcomes.
    func note(relay: DeliveryStatus.RelayState, error: String?) {
        let isFirst = state.withLock { state in
            state.relay = (relay, error)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        schedule(isFirst: isFirst, isFull: false)
    }

    private func schedule(isFirst: Bool, isFull: Bool) {
        guard let delay else { return }
        if isFull { queue.async { self.commit() } }
        if isFirst { queue.asyncAfter(deadline: .now() + delay) { self.commit() } }
    }

    /// Stores all outcomes so far, and waits until they are stored.
    /// - Returns: false if that failed. The outcomes are kept for the next commit.
    @discardableResult
    func flush() -> Bool { queue.sync { commit() } }

    @discardableResult
    private func commit() -> Bool {
        let (attempts, relay) = state.withLock { state in
            state.isScheduled = false
            defer { (state.attempts, state.relay) = ([], nil) }
            return (state.attempts, state.relay)
        }
        guard !attempts.isEmpty || relay != nil else { return true }
        let result = writer.writeAndWait(as: .clock) { [recording] transaction in
            if let relay { try transaction.setRelay(relay.state, error: relay.error) }
            return try recording.record(attempts, in: transaction)
        }
        if case .failure = result {
            let isFirst = state.withLock { state in
                state.attempts = attempts + state.attempts
                state.relay = state.relay ?? relay
                defer { state.isScheduled = true }
                return !state.isScheduled
            }
            schedule(isFirst: isFirst, isFull: false)
        }
        completion(result, attempts)
        if case .failure = result { return false }
        return true
    }
}

extension Writer {
    /// Writes, and waits until the write is durable or has failed. The writer itself must not call it.
    func writeAndWait<Value: Sendable>(
        as actor: AuditActor? = nil, _ body: @escaping @Sendable (WriteTransaction) throws -> Value
    ) -> Result<Value, any Error> {
        let isDone = DispatchSemaphore(value: 0)
        let result = Locked<Result<Value, any Error>?>(nil)
        write(as: actor, body, mayWait: true) { outcome in
            result.withLock { $0 = outcome }
            isDone.signal()
        }
        isDone.wait()
        return result.withLock { $0 } ?? .failure(StorageError.inconsistent(reason: "a write has no result"))
    }
}
