import Accounts
import Locking
import StatusPages

/// Slows down the guessing of passwords and codes. It is in memory: a restart forgets the attempts.
final class LoginGuard: Sendable {
    private let throttle = Locked(LoginThrottle())

    /// A secret that somebody tries to guess, or an email that somebody asks for. Each has a separate count. A stranger
    /// who guesses a password at the log-in cannot block the user's "Confirm it is you". A correct password does not
    /// reset the count of codes.
    enum Guess {
        /// - Parameter email: as somebody typed it.
        case password(email: String)
        case code(of: User)
        /// The password of a user who is logged in.
        case confirmation(of: User)
        /// An email that a stranger asks for. It counts as an attempt that failed.
        case mail(email: String)

        /// The proof that "Confirm it is you" asks for.
        static func confirming(_ user: User) -> Guess { user.hasTwoFactor ? .code(of: user) : .confirmation(of: user) }

        /// The name under which attempts are counted. Its first word is the kind of guess, so that an email address
        /// that somebody types cannot match the name of another kind.
        fileprivate var account: String {
            switch self {
            case .password(let email): "password \(email)"
            case .code(let user): "code \(user.email)"
            case .confirmation(let user): "confirmation \(user.email)"
            case .mail(let email): "mail \(email)"
            }
        }
    }

    /// Counts an attempt.
    /// - Throws: `FormProblem.tooManyRequests` if it comes too early.
    func attempt(_ guess: Guess, address: String?, at now: Timestamp) throws(FormProblem) {
        let seconds = throttle.withLock { $0.attempt(account: guess.account, address: address ?? "", at: now) }
        if let seconds { throw .tooManyRequests(retryAfter: seconds) }
    }

    /// Takes back an attempt that was not checked, so that it does not count as failed.
    func takeBack(_ guess: Guess, address: String?) {
        throttle.withLock { $0.takeBack(account: guess.account, address: address ?? "") }
    }

    /// Takes back an attempt that succeeded.
    func succeed(_ guess: Guess, address: String?) {
        throttle.withLock { $0.succeed(account: guess.account, address: address ?? "") }
    }
}
