import Locking
import Logging
import StatusPages
import Storage

/// Moves maintenances that are left to the clock: publishes what is due, each update once, in order.
///
/// It looks for work instead of waiting for a known moment: a look is one indexed query, and needs to know nothing of
/// windows that were moved, clocks that were set, or other processes that write.
final class MaintenanceClock: Sendable {
    private let store: Store
    private let writer: Writer
    private let problems: ProblemLog
    private let logger: Logger
    private let newID: @Sendable () -> ULID
    private let underWay = Locked<Set<ID<Maintenance>>>([])

    init(
        store: Store, writer: Writer, problems: ProblemLog, logger: Logger, newID: @escaping @Sendable () -> ULID
    ) {
        self.store = store
        self.writer = writer
        self.problems = problems
        self.logger = logger
        self.newID = newID
    }

    /// Publishes what fell due while no server ran, before anyone is served.
    func catchUp() {
        for maintenance in due() {
            do {
                note(
                    try store.write { try Self.publish(maintenance, in: $0, at: Clock.now(), newID: newID) },
                    maintenance)
            } catch {
                report(error, maintenance)
            }
        }
    }

    /// Hands what is due by now to the writer.
    func look() {
        for maintenance in due() {
            // One that is on its way needs no second push.
            guard underWay.withLock({ $0.insert(maintenance).inserted }) else { continue }
            let newID = newID
            writer.write({ try Self.publish(maintenance, in: $0, at: Clock.now(), newID: newID) }) { [self] result in
                switch result {
                case .success(let published): note(published, maintenance)
                case .failure(let error): report(error, maintenance)
                }
                _ = underWay.withLock { $0.remove(maintenance) }
            }
        }
    }

    private func due() -> [ID<Maintenance>] {
        do {
            return try store.read { try $0.dueMaintenances(at: Clock.now()).map(\.id) }
        } catch {
            problems.report("cannot look for due maintenances", error)
            return []
        }
    }

    private func note(_ published: [Maintenance.Status], _ maintenance: ID<Maintenance>) {
        for status in published {
            logger.info(
                "a maintenance went on by the clock",
                metadata: ["maintenance": "\(maintenance)", "status": "\(status.rawValue)"])
        }
    }

    private func report(_ error: any Error, _ maintenance: ID<Maintenance>) {
        problems.report("cannot publish a due maintenance update", error, ["maintenance": "\(maintenance)"])
    }

    /// Publishes all that is due of one maintenance by now. One that nobody looked after for its whole window gets both
    /// its updates.
    /// - Returns: the statuses it was given.
    private static func publish(
        _ id: ID<Maintenance>, in transaction: WriteTransaction, at now: Timestamp, newID: () -> ULID
    ) throws -> [Maintenance.Status] {
        guard var maintenance = try transaction.reading.maintenance(id) else { return [] }
        var published: [Maintenance.Status] = []
        while let update = maintenance.automate(at: now, newID: newID) {
            try transaction.save(maintenance, publishing: update)
            published.append(update.status)
        }
        return published
    }
}
