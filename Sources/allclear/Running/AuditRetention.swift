import Locking
import StatusPages
import Storage

/// Deletes events of the audit log after the configured number of days.
final class AuditRetention: Sendable {
    /// How many events one transaction deletes.
    private static let part = 500
    private static let day: Int64 = 86_400_000

    private let store: Store
    private let writer: Writer
    private let problems: ProblemLog
    private let keepDays: Locked<Int>

    /// - Parameter keepDays: 0 keeps events forever.
    init(store: Store, writer: Writer, keepDays: Int, problems: ProblemLog) {
        self.store = store
        self.writer = writer
        self.problems = problems
        self.keepDays = Locked(keepDays)
    }

    func use(keepDays: Int) { self.keepDays.withLock { $0 = keepDays } }

    /// Gives the writer no work if nothing is old enough.
    func enforce() {
        let days = keepDays.withLock { $0 }
        guard days > 0 else { return }
        let time = Clock.now().advanced(byMilliseconds: -Int64(days) * Self.day)
        do {
            guard try store.read({ try $0.hasAuditEvents(before: time) }) else { return }
        } catch {
            return problems.report("cannot read outdated events of the audit log", error)
        }
        writer.write(
            { try $0.deleteAuditEvents(before: time, limit: Self.part) },
            completion: { [self] result in
                switch result {
                case .success(let count): if count == Self.part { enforce() }
                case .failure(let error): problems.report("cannot delete outdated events of the audit log", error)
                }
            })
    }
}
