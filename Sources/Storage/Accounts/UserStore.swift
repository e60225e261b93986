public import Accounts
import Foundation
import GRDB
public import StatusPages

extension ReadTransaction {
    public func user(_ id: ID<User>) throws -> User? { try users(where: "id = ?", [id.description]).first }

    /// - Parameter email: in any case.
    public func user(email: String) throws -> User? { try users(where: "email = ?", [email]).first }

    /// All users, including disabled ones, oldest first.
    public func users() throws -> [User] { try users(where: "true ORDER BY id", []) }

    /// The number of users, including disabled ones.
    public func userCount() throws -> Int {
        let counts: [Int] = try db.query("SELECT count(*) FROM users") { try $0.value(0) }
        return counts.first ?? 0
    }

    /// Whether there is an owner who can log in, apart from one user.
    public func hasOwner(besides user: ID<User>) throws -> Bool {
        let found: [Int] = try db.query(
            "SELECT 1 FROM users WHERE role = 'owner' AND disabled_at IS NULL AND id <> ? LIMIT 1", [user.description]
        ) { try $0.value(0) }
        return !found.isEmpty
    }

    /// How many of a user's recovery codes were not used yet.
    public func recoveryCodeCount(of user: ID<User>) throws -> Int {
        let counts: [Int] = try db.query(
            "SELECT count(*) FROM recovery_codes WHERE user_id = ? AND used_at IS NULL", [user.description]
        ) { try $0.value(0) }
        return counts.first ?? 0
    }

    private func users(where condition: String, _ arguments: StatementArguments) throws -> [User] {
        try db.query("SELECT \(Self.userColumns) FROM users WHERE \(condition)", arguments) { try Self.user($0) }
    }

    static let userColumns = """
        users.id, email, name, role, password, totp_secret, totp_last_step, time_zone, theme, users.created_at,
        disabled_at, last_login_at
        """

    /// - Parameter start: the index of the first of `userColumns`.
    static func user(_ row: Row, from start: Int = 0) throws -> User {
        let secret: Data? = try row.optional(start + 5)
        return User(
            id: try row.id(start), email: try row.value(start + 1), name: try row.value(start + 2),
            role: try row.choice(start + 3), passwordHash: try row.optional(start + 4),
            totpSecret: secret.map { Array($0) }, totpLastStep: try row.optional(start + 6),
            timeZone: try row.value(start + 7), theme: try row.choice(start + 8),
            createdAt: try row.timestamp(start + 9), disabledAt: try row.optionalTimestamp(start + 10),
            lastLoginAt: try row.optionalTimestamp(start + 11))
    }
}

extension WriteTransaction {
    public func insert(_ user: User) throws {
        try db.run(
            "INSERT INTO users (id, email, name, role, created_at) VALUES (?, ?, ?, ?, ?)",
            [
                user.id.description, user.email, user.name, user.role.rawValue, user.createdAt.milliseconds,
            ])
        try save(user)
    }

    /// Stores a user after a change.
    public func save(_ user: User) throws {
        try db.run(
            """
            UPDATE users SET name = ?, role = ?, password = ?, totp_secret = ?, totp_last_step = ?, time_zone = ?,
                theme = ?, disabled_at = ?, last_login_at = ?
            WHERE id = ?
            """,
            [
                user.name, user.role.rawValue, user.passwordHash, user.totpSecret.map { Data($0) }, user.totpLastStep,
                user.timeZone, user.theme.rawValue, user.disabledAt?.milliseconds, user.lastLoginAt?.milliseconds,
                user.id.description,
            ])
        // API keys name the user who made them.
        changes.noteKeys()
    }

    /// Replaces a user's recovery codes.
    /// - Parameter hashes: of the new codes; empty for none.
    public func replaceRecoveryCodes(of user: ID<User>, with hashes: [[UInt8]]) throws {
        try db.run("DELETE FROM recovery_codes WHERE user_id = ?", [user.description])
        for hash in hashes {
            try db.run(
                "INSERT INTO recovery_codes (hash, user_id) VALUES (?, ?)", [Data(hash), user.description])
        }
    }

    /// - Returns: false if the user has no such code, or it was used.
    public func useRecoveryCode(_ hash: [UInt8], of user: ID<User>, at now: Timestamp) throws -> Bool {
        try db.run(
            "UPDATE recovery_codes SET used_at = ? WHERE hash = ? AND user_id = ? AND used_at IS NULL",
            [now.milliseconds, Data(hash), user.description])
        return db.changesCount > 0
    }
}
