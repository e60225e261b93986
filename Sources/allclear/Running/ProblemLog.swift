import Locking
import Logging

/// Logs problems of tasks that run several times a second: at once, and then once a minute. More lines would only help
/// to fill a full disk.
final class ProblemLog: Sendable {
    private static let interval = Duration.seconds(60)

    private struct Problem: Hashable {
        let name: String
        let facts: [String: String]
    }

    private let logger: Logger
    /// The time of each problem's last log line. Entries older than the interval are dropped.
    private let logged = Locked<[Problem: ContinuousClock.Instant]>([:])

    init(logger: Logger) { self.logger = logger }

    /// - Parameter details: distinguish the problem from others with that name and error.
    func report(
        _ name: String, _ error: any Error, _ details: [String: String] = [:],
        at now: ContinuousClock.Instant = .now
    ) {
        let problem = Problem(name: name, facts: details.merging(["error": "\(error)"]) { detail, _ in detail })
        let isNew = logged.withLock { logged in
            logged = logged.filter { now - $0.value < Self.interval }
            guard logged[problem] == nil else { return false }
            logged[problem] = now
            return true
        }
        guard isNew else { return }
        logger.error("\(name)", metadata: problem.facts.mapValues { "\($0)" })
    }
}
