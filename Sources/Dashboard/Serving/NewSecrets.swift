import Accounts
import Cryptography
import Locking
import StatusPages

/// Secrets of second factors that users are setting up. They are in memory until a correct code proves that an app has
/// the secret.
final class NewSecrets: Sendable {
    /// In milliseconds.
    private static let lifetime: Int64 = 15 * 60_000

    private let secrets = Locked<[ID<User>: (bytes: [UInt8], expiresAt: Timestamp)]>([:])

    func make(for user: ID<User>, at now: Timestamp) throws(SecureRandom.Unavailable) {
        let secret = try TOTP.generateSecret()
        secrets.withLock { secrets in
            secrets = secrets.filter { now < $0.value.expiresAt }
            secrets[user] = (secret, now.advanced(byMilliseconds: Self.lifetime))
        }
    }

    /// - Returns: nil if the user did not begin, or began too long ago.
    func secret(of user: ID<User>, at now: Timestamp) -> [UInt8]? {
        secrets.withLock { $0[user].flatMap { now < $0.expiresAt ? $0.bytes : nil } }
    }

    func forget(_ user: ID<User>) { secrets.withLock { $0[user] = nil } }
}
