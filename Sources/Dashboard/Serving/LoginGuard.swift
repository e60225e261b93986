import Accounts
import Locking
import StatusPages

/// Slows down the guessing of passwords and codes. It is in memory: a restart forgets the attempts.
final class LoginGuard: Sendable {
    private let throttle = Locked(LoginThrottle())

    /// The name under which attempts to confirm are counted. Codes have their own: a right password, which comes before
    /// every code, must not reset their count.
    static func account(of user: User) -> String { user.hasTwoFactor ? "code of \(user.email)" : user.email }

    /// Counts an attempt.
    /// - Throws: `FormProblem.tooManyRequests` if it comes too early.
    func attempt(account: String, address: String?, at now: Timestamp) throws(FormProblem) {
        let seconds = throttle.withLock { $0.attempt(account: account, address: address ?? "", at: now) }
        if let seconds { throw .tooManyRequests(retryAfter: seconds) }
    }

    /// Takes back an attempt that succeeded.
    func succeed(account: String, address: String?) {
        throttle.withLock { $0.succeed(account: account, address: address ?? "") }
    }
}
