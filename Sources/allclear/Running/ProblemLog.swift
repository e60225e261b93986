import Locking
import Logging

/// Logs what goes wrong at every look, of which there are several a second: when it begins, and then once a minute. A log
/// that fills up is no help to someone whose disk is full.
final class ProblemLog: Sendable {
    private static let interval = Duration.seconds(60)

    private struct Problem: Hashable {
        let name: String
        let facts: [String: String]
    }

    private let logger: Logger
    /// When each was told last. Those of more than an interval ago are forgotten.
    private let told = Locked<[Problem: ContinuousClock.Instant]>([:])

    init(logger: Logger) { self.logger = logger }

    /// - Parameter details: what tells it from others of that name and error.
    func report(
        _ name: String, _ error: any Error, _ details: [String: String] = [:],
        at now: ContinuousClock.Instant = .now
    ) {
        let problem = Problem(name: name, facts: details.merging(["error": "\(error)"]) { detail, _ in detail })
        let isNew = told.withLock { told in
            told = told.filter { now - $0.value < Self.interval }
            guard told[problem] == nil else { return false }
            told[problem] = now
            return true
        }
        guard isNew else { return }
        logger.error("\(name)", metadata: problem.facts.mapValues { "\($0)" })
    }
}
