import Locking
import Logging
import Publishing
import StatusPages
import Storage

/// Publishes the updates of automated maintenances when they are due: each update once, in order.
///
/// It polls instead of setting timers. A poll is one indexed query, and stays correct when a window moves, the clock is
/// set, or another process writes.
final class MaintenanceClock: Sendable {
    private let store: Store
    private let writer: Writer
    private let problems: ProblemLog
    private let logger: Logger
    private let publishing: Publishing
    private let underWay = Locked<Set<ID<Maintenance>>>([])

    init(
        store: Store, writer: Writer, publishing: Publishing, problems: ProblemLog, logger: Logger
    ) {
        self.store = store
        self.writer = writer
        self.problems = problems
        self.logger = logger
        self.publishing = publishing
    }

    /// Publishes the updates that became due while no server ran, before the server accepts requests.
    func catchUp() {
        for maintenance in due() {
            do {
                note(try store.write(as: .clock) { try publishing.automate(maintenance, in: $0) }, maintenance)
            } catch {
                report(error, maintenance)
            }
        }
    }

    /// Queues the due updates at the writer.
    func look() {
        for maintenance in due() {
            // Skip a maintenance whose update is already queued.
            guard underWay.withLock({ $0.insert(maintenance).inserted }) else { continue }
            writer.write(
                as: .clock, { [publishing] in try publishing.automate(maintenance, in: $0) },
                completion: { [self] result in
                    switch result {
                    case .success(let published): note(published, maintenance)
                    case .failure(let error): report(error, maintenance)
                    }
                    _ = underWay.withLock { $0.remove(maintenance) }
                })
        }
    }

    private func due() -> [ID<Maintenance>] {
        do {
            return try store.read { try $0.dueMaintenances(at: Clock.now()).map(\.id) }
        } catch {
            problems.report("cannot read due maintenances", error)
            return []
        }
    }

    private func note(_ published: [Maintenance.Status], _ maintenance: ID<Maintenance>) {
        for status in published {
            logger.info(
                "a maintenance changed status automatically",
                metadata: ["maintenance": "\(maintenance)", "status": "\(status.rawValue)"])
        }
    }

    private func report(_ error: any Error, _ maintenance: ID<Maintenance>) {
        problems.report("cannot publish a due maintenance update", error, ["maintenance": "\(maintenance)"])
    }
}
