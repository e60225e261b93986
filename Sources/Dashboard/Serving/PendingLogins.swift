import Accounts
import Cryptography
import Locking
import StatusPages

/// Log-ins with a correct password that still need a code. They are in memory: after a restart, people begin again.
final class PendingLogins: Sendable {
    /// In seconds.
    static let lifetime = 300
    private static let mostAttempts = 5
    private static let most = 1_000

    private struct Pending {
        let user: ID<User>
        let passwordHash: String?
        let expiresAt: Timestamp
        var attempts = 0
    }

    private let logIns = Locked<[[UInt8]: Pending]>([:])

    /// - Returns: a token for the browser.
    func begin(_ user: User, at now: Timestamp) throws(SecureRandom.Unavailable) -> SecretToken {
        let token = try SecretToken.generate()
        let pending = Pending(
            user: user.id, passwordHash: user.passwordHash,
            expiresAt: now.advanced(byMilliseconds: Int64(Self.lifetime) * 1_000))
        logIns.withLock { logIns in
            if logIns.count >= Self.most { logIns = logIns.filter { now < $0.value.expiresAt } }
            if logIns.count >= Self.most, let oldest = logIns.min(by: { $0.value.expiresAt < $1.value.expiresAt }) {
                logIns[oldest.key] = nil
            }
            logIns[token.hash] = pending
        }
        return token
    }

    /// - Returns: false if the log-in has ended, or has no attempts left.
    func isOpen(_ token: SecretToken, at now: Timestamp) -> Bool {
        logIns.withLock { logIns in
            guard let pending = logIns[token.hash] else { return false }
            return now < pending.expiresAt && pending.attempts < Self.mostAttempts
        }
    }

    /// Counts an attempt to enter a code.
    /// - Returns: the user, and the hash of the correct password; nil if the log-in has ended.
    func attempt(_ token: SecretToken, at now: Timestamp) -> (user: ID<User>, passwordHash: String?)? {
        logIns.withLock { logIns in
            guard let pending = logIns[token.hash], now < pending.expiresAt, pending.attempts < Self.mostAttempts else {
                logIns[token.hash] = nil
                return nil
            }
            logIns[token.hash]?.attempts += 1
            return (pending.user, pending.passwordHash)
        }
    }

    func end(_ token: SecretToken) { logIns.withLock { $0[token.hash] = nil } }
}
