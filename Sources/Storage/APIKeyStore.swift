import Foundation
import GRDB
public import StatusPages

extension ReadTransaction {
    /// The valid key with that token.
    /// - Parameter tokenHash: the SHA-256 of the token.
    public func apiKey(tokenHash: [UInt8]) throws -> APIKey? {
        try apiKeys(
            """
            SELECT id, name, created_at, role FROM api_key_tokens
            JOIN api_keys ON id = api_key_tokens.api_key_id
            LEFT JOIN api_key_roles ON api_key_roles.api_key_id = id
            WHERE hash = ? AND revoked_at IS NULL
            """, [Data(tokenHash)]
        ).first
    }

    /// All valid keys, by creation.
    public func apiKeys() throws -> [APIKey] {
        try apiKeys(
            """
            SELECT id, name, created_at, role FROM api_keys LEFT JOIN api_key_roles ON api_key_id = id
            WHERE revoked_at IS NULL ORDER BY id
            """, [])
    }

    /// Runs a query with one row a role, those of a key together.
    private func apiKeys(_ sql: String, _ arguments: StatementArguments) throws -> [APIKey] {
        let rows = try db.query(sql, arguments) { row in
            let role: String? = try row.optional(3)
            return APIKey(
                id: try row.id(0), name: try row.value(1), createdAt: try row.timestamp(2),
                roles: try role == nil ? [] : [row.choice(3)])
        }
        return rows.reduce(into: []) { keys, row in
            let previous = keys.last?.id == row.id ? keys.removeLast().roles : []
            keys.append(APIKey(id: row.id, name: row.name, createdAt: row.createdAt, roles: previous + row.roles))
        }
    }
}

extension WriteTransaction {
    /// Records a new key.
    /// - Parameter tokenHash: the SHA-256 of its token; the token itself is never stored.
    public func insert(_ key: APIKey, tokenHash: [UInt8]) throws {
        try db.run(
            "INSERT INTO api_keys (id, name, created_at) VALUES (?, ?, ?)",
            [key.id.description, key.name, key.createdAt.milliseconds])
        for role in key.roles {
            try db.run(
                "INSERT INTO api_key_roles (api_key_id, role) VALUES (?, ?)", [key.id.description, role.rawValue])
        }
        try db.run(
            "INSERT INTO api_key_tokens (hash, api_key_id, issued_at) VALUES (?, ?, ?)",
            [Data(tokenHash), key.id.description, key.createdAt.milliseconds])
    }

    /// Makes a key's tokens worthless from now on.
    /// - Returns: false if there is no such key, or it was revoked before.
    public func revokeAPIKey(_ id: ID<APIKey>, at now: Timestamp) throws -> Bool {
        try db.run(
            "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            [now.milliseconds, id.description])
        guard db.changesCount > 0 else { return false }
        try db.run("DELETE FROM api_key_tokens WHERE api_key_id = ?", [id.description])
        return true
    }
}
