public import Accounts
import Locking
import Logging
public import StatusPages

/// Counts log-ins, and forms that `CrossSiteCheck` refuses. Logs the attempts that failed.
public final class AccessRecord: Sendable {
    /// How an attempt to log in ended.
    public enum Outcome: String, CaseIterable, Sendable {
        case succeeded
        case unknownUser = "unknown_user"
        case wrongPassword = "wrong_password"
        case disabled
        /// A code of the second factor, or a recovery code.
        case wrongCode = "wrong_code"
        /// The attempt came too early after others.
        case throttled
    }

    private struct Counts {
        var logIns: [Outcome: Int] = [:]
        var refusals: [String: Int] = [:]
    }

    private let counts = Locked(Counts())
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Attempts to log in since the start.
    public var logIns: [Outcome: Int] { counts.withLock { $0.logIns } }

    /// Refused forms since the start, by reason. Reasons that never occurred have the count 0.
    public var refusedForms: [String: Int] {
        let counts = counts.withLock { $0.refusals }
        return Dictionary(uniqueKeysWithValues: CrossSiteCheck.Refusal.names.map { ($0, counts[$0] ?? 0) })
    }

    func succeeded() { counts.withLock { $0.logIns[.succeeded, default: 0] += 1 } }

    /// The log line has no email address: people sometimes type a password into that field.
    /// - Parameter user: whose account it was; nil if that is unknown.
    func failed(_ visit: OpenVisit, _ outcome: Outcome, _ user: ID<User>?) {
        counts.withLock { $0.logIns[outcome, default: 0] += 1 }
        log("log-in failed", visit, outcome, user)
    }

    /// A user who is logged in failed to prove again who they are.
    func confirmationFailed(_ visit: Visit, _ outcome: Outcome) {
        log("confirmation failed", visit.base, outcome, visit.user.id)
    }

    func refused(_ refusal: CrossSiteCheck.Refusal) {
        counts.withLock { $0.refusals[refusal.name, default: 0] += 1 }
    }

    private func log(_ message: Logger.Message, _ visit: OpenVisit, _ outcome: Outcome, _ user: ID<User>?) {
        var metadata: Logger.Metadata = [
            "request_id": "\(visit.requestID)", "remote": "\(visit.address ?? "")", "reason": "\(outcome.rawValue)",
        ]
        if let user { metadata["user"] = "\(user)" }
        logger.notice(message, metadata: metadata)
    }
}

extension CrossSiteCheck.Refusal {
    /// The reason, as metrics name it.
    var name: String {
        switch self {
        case .otherSite: "other_site"
        case .otherOrigin: "other_origin"
        case .unknownOrigin: "unknown_origin"
        case .wrongToken: "wrong_token"
        }
    }

    static let names = [Self.otherSite, .otherOrigin("", own: ""), .unknownOrigin, .wrongToken].map(\.name)
}

extension OpenVisit {
    /// Counts an attempt to log in.
    /// - Throws: `FormProblem.tooManyRequests` if it comes too early.
    func attemptLogIn(_ guess: LoginGuard.Guess, of user: ID<User>? = nil) throws(FormProblem) {
        do {
            try context.guesses.attempt(guess, address: address, at: now)
        } catch {
            context.access.failed(self, .throttled, user)
            throw error
        }
    }
}

extension Outcome {
    /// This outcome, after `act` has run. If the outcome is the result of a write, `act` runs after the commit.
    func after(_ act: @escaping @Sendable () -> Void) -> Outcome {
        .later { goOn in
            act()
            goOn { self }
        }
    }
}
