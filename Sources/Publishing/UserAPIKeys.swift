public import Accounts
public import StatusPages
public import Storage

/// The use cases of API keys for users of the dashboard. Owners hold every role, so they can grant every role.
extension Publishing {
    /// Makes a key for an owner.
    /// - Throws: `UserRefusal`, `Faults`, or an error of the database.
    public func issueKey(
        _ draft: APIKeyDraft, byUser id: ID<User>, tokenHash: [UInt8], in transaction: WriteTransaction
    ) throws -> APIKey {
        let user = try keyManager(id, in: transaction.reading)
        let creator = APIKey.UserCreator(
            id: user.id.ulid, name: user.name, email: user.email, role: user.role.wireName)
        let count = try transaction.reading.apiKeyCount()
        let key = try APIKey.issue(
            draft, by: .user(creator), granting: Set(user.role.apiRoles), among: count, at: now(), newID: newID)
        try transaction.insert(key, tokenHash: tokenHash)
        try audit(.created, key, in: transaction)
        return key
    }

    /// Replaces a key's name, roles and comments for an owner.
    /// - Throws: `NotFound`, `UserRefusal`, `Faults`, or an error of the database.
    public func change(
        _ id: ID<APIKey>, with draft: APIKeyDraft, byUser user: ID<User>, in transaction: WriteTransaction
    ) throws -> APIKey {
        let user = try keyManager(user, in: transaction.reading)
        let old = try find(id, in: transaction.reading)
        var key = old
        try key.revise(draft, granting: Set(user.role.apiRoles))
        try transaction.save(key)
        try audit(.changed, key, since: old, in: transaction)
        return key
    }

    /// Gives a key a new token for an owner.
    /// - Throws: `NotFound`, `UserRefusal`, `Faults`, or an error of the database.
    public func rotate(
        _ id: ID<APIKey>, _ command: APIKeyRotation, byUser user: ID<User>, tokenHash: [UInt8],
        in transaction: WriteTransaction
    ) throws -> APIKey {
        _ = try keyManager(user, in: transaction.reading)
        return try rotate(try find(id, in: transaction.reading), command, tokenHash: tokenHash, in: transaction)
    }

    /// Revokes a key for an owner.
    /// - Throws: `NotFound`, `UserRefusal`, or an error of the database.
    public func revoke(_ id: ID<APIKey>, byUser user: ID<User>, in transaction: WriteTransaction) throws {
        _ = try keyManager(user, in: transaction.reading)
        try revoke(id, in: transaction)
    }

    private func keyManager(_ id: ID<User>, in transaction: ReadTransaction) throws -> User {
        try requireUser(id, holding: .apiKeysManage, in: transaction)
    }
}
