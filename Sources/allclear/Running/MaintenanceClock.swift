import Dispatch
import Logging
import StatusPages
import Storage
import Synchronization

/// Moves maintenances that are left to the clock: publishes what is due, each update once, in order.
///
/// It looks for work instead of waiting for a known moment: a look is one indexed query, and needs to know nothing of
/// windows that were moved, clocks that were set, or other processes that write.
final class MaintenanceClock: Sendable {
    /// An update is to be out within a second of its moment.
    private static let interval = DispatchTimeInterval.milliseconds(250)

    private let store: Store
    private let writer: Writer
    private let logger: Logger
    private let newID: @Sendable () -> ULID
    private let queue = DispatchQueue(label: "allclear.maintenances")
    private let isStopped = Atomic(false)

    init(store: Store, writer: Writer, logger: Logger, newID: @escaping @Sendable () -> ULID) {
        self.store = store
        self.writer = writer
        self.logger = logger
        self.newID = newID
    }

    /// Looks now and then, until it is stopped.
    func start() {
        queue.asyncAfter(deadline: .now() + Self.interval) { [self] in
            guard !isStopped.load(ordering: .relaxed) else { return }
            look()
            start()
        }
    }

    /// Returns when the last look is over.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        queue.sync {}
    }

    private func look() {
        let now = Clock.now()
        do {
            guard try store.read({ try !$0.dueMaintenances(at: now).isEmpty }) else { return }
        } catch {
            return logger.error("cannot look for due maintenances", metadata: ["error": "\(error)"])
        }
        let newID = newID
        writer.write({ try Self.publishDue(in: $0, at: Clock.now(), newID: newID) }) { [logger] result in
            if case .failure(let error) = result {
                logger.error("cannot publish a due maintenance update", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Publishes all that is due by now. A maintenance that nobody looked after for its whole window gets both its updates.
    static func publishDue(in transaction: WriteTransaction, at now: Timestamp, newID: () -> ULID) throws {
        for var maintenance in try transaction.reading.dueMaintenances(at: now) {
            while let update = maintenance.automate(at: now, newID: newID) {
                try transaction.save(maintenance, publishing: update)
            }
        }
    }
}
