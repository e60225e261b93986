import Accounts
import Foundation
import GRDB
public import StatusPages

extension Store {
    /// The valid key with this token. Sees every earlier commit, including those of other processes.
    ///
    /// The parameters are those of `ReadTransaction.apiKey(tokenHash:at:)`.
    public func apiKey(tokenHash: [UInt8], at now: Timestamp) throws -> APIKey? {
        do {
            if isStandby {
                return try withReader { try ReadTransaction($0).apiKey(tokenHash: tokenHash, at: now) }
            }
            return try withConnections { connections in
                let state = connections.index?.state
                if let key = keys.key(tokenHash: tokenHash, at: now, in: state) { return key }
                let found = try connections.pool.read { db in
                    try ReadTransaction(db).validKey(tokenHash: tokenHash, at: now)
                }
                // The WAL is in the same state as before the read, so the key did not change in between.
                if let found, let state, connections.index?.state == state {
                    keys.keep(found, tokenHash: tokenHash, of: state)
                }
                return found?.key
            }
        } catch {
            throw StorageError.wrapping(error)
        }
    }
}

extension ReadTransaction {
    /// The valid key with this token.
    /// - Parameters:
    ///   - tokenHash: the SHA-256 of the token.
    ///   - now: the time at which the token must not have expired yet.
    public func apiKey(tokenHash: [UInt8], at now: Timestamp) throws -> APIKey? {
        try validKey(tokenHash: tokenHash, at: now)?.key
    }

    func validKey(tokenHash: [UInt8], at now: Timestamp) throws -> ValidKey? {
        let tokens = try db.query(
            "SELECT api_key_id, expires_at FROM api_key_tokens WHERE hash = ? AND (expires_at IS NULL OR expires_at > ?)",
            [Data(tokenHash), now.milliseconds]
        ) { (id: try $0.id(0) as ID<APIKey>, expiresAt: try $0.optionalTimestamp(1)) }
        guard let token = tokens.first, let key = try apiKey(token.id) else { return nil }
        return ValidKey(key: key, expiresAt: token.expiresAt)
    }

    /// - Returns: nil if there is no such key, or it was revoked.
    public func apiKey(_ id: ID<APIKey>) throws -> APIKey? {
        try apiKeys(where: "keys.id = ?", [id.description]).first
    }

    /// All valid keys, oldest first.
    public func apiKeys() throws -> [APIKey] { try apiKeys(where: "true ORDER BY keys.id", []) }

    /// Valid keys, oldest first.
    /// - Parameters:
    ///   - after: the key after which the list begins. Nil: from the oldest.
    ///   - limit: the maximum number of keys to return.
    /// - Returns: nil if `after` is not a valid key.
    public func apiKeys(after: ID<APIKey>?, limit: Int) throws -> [APIKey]? {
        if let after, try apiKey(after) == nil { return nil }
        return try apiKeys(where: "keys.id > ? ORDER BY keys.id LIMIT ?", [after?.description ?? "", limit])
    }

    /// The number of valid keys.
    public func apiKeyCount() throws -> Int {
        let counts: [Int] = try db.query("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL") { try $0.value(0) }
        return counts.first ?? 0
    }

    /// Whether any rotated key still has a stored token that has expired.
    public func hasTokens(expiredBy now: Timestamp) throws -> Bool {
        let found: [Int] = try db.query(
            "SELECT 1 FROM api_key_tokens WHERE expires_at <= ? LIMIT 1", [now.milliseconds]
        ) { try $0.value(0) }
        return !found.isEmpty
    }

    /// Whether there ever was a key. Revoked keys count.
    public func hasHadAPIKeys() throws -> Bool {
        let found: [Int] = try db.query("SELECT 1 FROM api_keys LIMIT 1") { try $0.value(0) }
        return !found.isEmpty
    }

    private func apiKeys(where condition: String, _ arguments: StatementArguments) throws -> [APIKey] {
        try db.query(
            """
            SELECT keys.id, keys.name, keys.comments, keys.created_at, creators.id, creators.name, tokens.issued_at,
                keys.last_used_at, (SELECT group_concat(role) FROM api_key_roles WHERE api_key_id = keys.id),
                users.id, users.name, users.email, users.role
            FROM api_keys AS keys LEFT JOIN api_keys AS creators ON creators.id = keys.creator_id
            LEFT JOIN users ON users.id = keys.creator_user_id
            LEFT JOIN api_key_tokens AS tokens ON tokens.api_key_id = keys.id AND tokens.expires_at IS NULL
            WHERE keys.revoked_at IS NULL AND \(condition)
            """, arguments
        ) { row in
            APIKey(
                id: try row.id(0), name: try row.value(1), comments: try row.optional(2),
                createdAt: try row.timestamp(3), creator: try Self.creator(row),
                tokenIssuedAt: try row.optionalTimestamp(6), lastUsedAt: try row.optionalTimestamp(7),
                roles: try Self.roles(row.optional(8)))
        }
    }

    private static func creator(_ row: Row) throws -> APIKey.Creator? {
        if let id: ID<APIKey> = try row.optionalID(4) { return .key(id, name: try row.value(5)) }
        guard let id: ID<User> = try row.optionalID(9) else { return nil }
        let role: User.Role = try row.choice(12)
        return .user(
            APIKey.UserCreator(
                id: id.ulid, name: try row.value(10), email: try row.value(11), role: role.wireName))
    }

    /// - Parameter list: the names of the roles, separated by commas; nil for none.
    private static func roles(_ list: String?) throws -> [APIKey.Role] {
        try (list ?? "").utf8.split(separator: UInt8(ascii: ",")).map { name in
            guard let role = APIKey.Role(rawValue: String(Substring(name))) else {
                throw StorageError.inconsistent(reason: "\(Substring(name).debugDescription) is not a role")
            }
            return role
        }
    }
}

extension WriteTransaction {
    /// Stores a new key.
    /// - Parameter tokenHash: the SHA-256 of its token. The token itself is never stored.
    public func insert(_ key: APIKey, tokenHash: [UInt8]) throws {
        var (creatorKey, creatorUser): (String?, String?)
        switch key.creator {
        case .key(let id, _): creatorKey = id.description
        case .user(let user): creatorUser = user.id.description
        case nil: break
        }
        try changeKeys(
            """
            INSERT INTO api_keys (id, name, comments, created_at, creator_id, creator_user_id)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                key.id.description, key.name, key.comments, key.createdAt.milliseconds, creatorKey, creatorUser,
            ])
        try insertRoles(of: key)
        try insertToken(tokenHash, of: key)
    }

    /// Stores a key's name, comments and roles after a change.
    public func save(_ key: APIKey) throws {
        try changeKeys(
            "UPDATE api_keys SET name = ?, comments = ? WHERE id = ?", [key.name, key.comments, key.id.description])
        try changeKeys("DELETE FROM api_key_roles WHERE api_key_id = ?", [key.id.description])
        try insertRoles(of: key)
    }

    /// Stores a key's new token, and deletes its expired tokens.
    /// - Parameter expiry: when the key's existing tokens expire, unless they expire earlier.
    public func rotate(_ key: APIKey, tokenHash: [UInt8], expiringOthersAt expiry: Timestamp) throws {
        try changeKeys(
            "UPDATE api_key_tokens SET expires_at = min(coalesce(expires_at, :expiry), :expiry) WHERE api_key_id = :key",
            ["expiry": expiry.milliseconds, "key": key.id.description])
        try changeKeys(
            "DELETE FROM api_key_tokens WHERE api_key_id = ? AND expires_at <= ?",
            [key.id.description, key.tokenIssuedAt.milliseconds])
        try insertToken(tokenHash, of: key)
    }

    /// Stores when keys were last used. A time before the stored one changes nothing.
    public func recordUses(_ times: [ID<APIKey>: Timestamp]) throws {
        for (id, time) in times {
            try changeKeys(
                "UPDATE api_keys SET last_used_at = max(coalesce(last_used_at, :time), :time) WHERE id = :key",
                ["time": time.milliseconds, "key": id.description])
        }
    }

    /// Revokes a key: its tokens stop working now.
    /// - Returns: false if there is no such key, or it is already revoked.
    public func revokeAPIKey(_ id: ID<APIKey>, at now: Timestamp) throws -> Bool {
        try changeKeys(
            "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            [now.milliseconds, id.description])
        guard db.changesCount > 0 else { return false }
        // The id and name stay: other keys name this one as their creator, and log lines contain its id.
        try changeKeys("UPDATE api_keys SET comments = NULL WHERE id = ?", [id.description])
        try changeKeys("DELETE FROM api_key_roles WHERE api_key_id = ?", [id.description])
        try changeKeys("DELETE FROM api_key_tokens WHERE api_key_id = ?", [id.description])
        try save(.none, on: .apiKey(id))
        return true
    }

    /// Deletes the expired tokens of rotated keys.
    public func forgetTokens(expiredBy now: Timestamp) throws {
        try changeKeys("DELETE FROM api_key_tokens WHERE expires_at <= ?", [now.milliseconds])
    }

    private func insertRoles(of key: APIKey) throws {
        for role in key.roles {
            try changeKeys(
                "INSERT INTO api_key_roles (api_key_id, role) VALUES (?, ?)", [key.id.description, role.rawValue])
        }
    }

    private func insertToken(_ hash: [UInt8], of key: APIKey) throws {
        try changeKeys(
            "INSERT INTO api_key_tokens (hash, api_key_id, issued_at) VALUES (?, ?, ?)",
            [Data(hash), key.id.description, key.tokenIssuedAt.milliseconds])
    }

    /// Runs a statement that may change a key, and notes that cached keys may be stale.
    private func changeKeys(_ sql: String, _ arguments: StatementArguments) throws {
        changes.noteKeys()
        try db.run(sql, arguments)
    }
}
