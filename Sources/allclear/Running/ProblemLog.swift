import Locking
import Logging

/// Logs what goes wrong at every look, of which there are several a second: when it begins, and then once a minute. A log
/// that fills up is no help to someone whose disk is full.
final class ProblemLog: Sendable {
    private static let interval = Duration.seconds(60)

    private let logger: Logger
    /// When each was told last. Those of more than an interval ago are forgotten.
    private let told = Locked<[[String: String]: ContinuousClock.Instant]>([:])

    init(logger: Logger) { self.logger = logger }

    func report(
        _ problem: String, _ error: any Error, _ details: [String: String] = [:],
        at now: ContinuousClock.Instant = .now
    ) {
        let facts = details.merging(["error": "\(error)"]) { detail, _ in detail }
        let key = facts.merging(["": problem]) { fact, _ in fact }
        let isNew = told.withLock { told in
            told = told.filter { now - $0.value < Self.interval }
            guard told[key] == nil else { return false }
            told[key] = now
            return true
        }
        guard isNew else { return }
        logger.error("\(problem)", metadata: facts.mapValues { "\($0)" })
    }
}
