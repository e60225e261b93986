public import StatusPages
public import Storage

/// Why a key may not change keys.
public enum KeyRefusal: Error, Equatable {
    /// The calling key was revoked meanwhile.
    case revoked
    case missingRole(APIKey.Role)
    /// The caller lacks roles that it would hand out.
    case missingRolesToGive([MissingRole])
}

/// The maximum number of keys exists already.
public struct TooManyKeys: Error, CustomStringConvertible {
    public var description: String { "there are already \(APIKey.most) API keys; revoke one first" }
}

/// The use cases of API keys. Callers give the SHA-256 of a new token: the token itself is never stored.
extension Publishing {
    /// A valid key.
    /// - Throws: `NotFound`, or an error of the database.
    public func find(_ id: ID<APIKey>, in transaction: ReadTransaction) throws -> APIKey {
        guard let key = try transaction.apiKey(id) else { throw NotFound("API key") }
        return key
    }

    /// Makes a key for the operator of the server.
    /// - Throws: `TooManyKeys`, or an error of the database.
    public func makeKey(
        name: String, roles: [APIKey.Role], tokenHash: [UInt8], in transaction: WriteTransaction
    ) throws -> APIKey {
        guard try transaction.reading.apiKeyCount() < APIKey.most else { throw TooManyKeys() }
        let key = APIKey(id: ID(newID()), name: name, createdAt: now(), roles: roles)
        try transaction.insert(key, tokenHash: tokenHash)
        try audit(.created, key, in: transaction)
        return key
    }

    /// Makes a key for a client of the API.
    /// - Parameter caller: the key that makes it.
    /// - Throws: `KeyRefusal`, `Faults`, or an error of the database.
    public func issueKey(
        _ draft: APIKeyDraft, by caller: ID<APIKey>, tokenHash: [UInt8], in transaction: WriteTransaction
    ) throws -> APIKey {
        let caller = try self.caller(caller, in: transaction.reading)
        try Self.check(caller.rolesMissing(toGive: draft))
        let count = try transaction.reading.apiKeyCount()
        let key = try APIKey.issue(draft, by: APIKey.Creator(caller), among: count, at: now(), newID: newID)
        try transaction.insert(key, tokenHash: tokenHash)
        try audit(.created, key, in: transaction)
        return key
    }

    /// Replaces a key's name, roles and comments.
    /// - Throws: `NotFound`, `KeyRefusal`, `Faults`, or an error of the database.
    public func change(
        _ id: ID<APIKey>, with draft: APIKeyDraft, by caller: ID<APIKey>, in transaction: WriteTransaction
    ) throws -> APIKey {
        let old = try find(id, in: transaction.reading)
        let caller = try self.caller(caller, in: transaction.reading)
        try Self.check(caller.rolesMissing(toGive: draft, to: old))
        var key = old
        try key.revise(draft)
        try transaction.save(key)
        try audit(.changed, key, since: old, in: transaction)
        return key
    }

    /// Gives a key a new token.
    /// - Throws: `NotFound`, `KeyRefusal`, `Faults`, or an error of the database.
    public func rotate(
        _ id: ID<APIKey>, _ command: APIKeyRotation, by caller: ID<APIKey>, tokenHash: [UInt8],
        in transaction: WriteTransaction
    ) throws -> APIKey {
        let key = try find(id, in: transaction.reading)
        let caller = try self.caller(caller, orOwnerOf: id, in: transaction.reading)
        try Self.check(caller.rolesMissing(toRotate: key))
        return try rotate(key, command, tokenHash: tokenHash, in: transaction)
    }

    /// Revokes a key for a client of the API.
    /// - Throws: `NotFound`, `KeyRefusal`, or an error of the database.
    public func revoke(_ id: ID<APIKey>, by caller: ID<APIKey>, in transaction: WriteTransaction) throws {
        _ = try self.caller(caller, orOwnerOf: id, in: transaction.reading)
        try revoke(id, in: transaction)
    }

    /// Revokes a key for the operator of the server: its tokens stop working now. A claim on the key ends. The claims
    /// that the key has made stay, because they belong to the tool.
    /// - Throws: `NotFound`, or an error of the database.
    public func revoke(_ id: ID<APIKey>, in transaction: WriteTransaction) throws {
        let subject = AuditSubject(.apiKey, id, try find(id, in: transaction.reading).name)
        let claim = try transaction.reading.claim(on: .apiKey(id))
        _ = try transaction.revokeAPIKey(id, at: now())
        try audit(.none, since: claim, on: subject, page: nil, in: transaction)
        try audit(.revoked, subject, page: nil, in: transaction)
    }

    // MARK: Parts

    /// Gives a key a new token. The caller has checked who may do so.
    func rotate(
        _ old: APIKey, _ command: APIKeyRotation, tokenHash: [UInt8], in transaction: WriteTransaction
    ) throws -> APIKey {
        var key = old
        let expiry = try key.rotate(command, at: now())
        try transaction.rotate(key, tokenHash: tokenHash, expiringOthersAt: expiry)
        var changes = AuditChanges()
        changes.noteHidden("token")
        changes.name("grace_period_minutes", command.gracePeriodMinutes)
        try audit(.rotated, AuditSubject(.apiKey, key.id, key.name), page: nil, changes, in: transaction)
        return key
    }

    /// The calling key, read again: since the request was admitted, the key may have been revoked or have lost its
    /// role.
    /// - Parameter own: the key that the request is about. That key may call without the role.
    private func caller(
        _ id: ID<APIKey>, orOwnerOf own: ID<APIKey>? = nil, in transaction: ReadTransaction
    ) throws -> APIKey {
        guard let caller = try transaction.apiKey(id) else { throw KeyRefusal.revoked }
        guard caller.id == own || caller.holds(.apiKeysManage) else { throw KeyRefusal.missingRole(.apiKeysManage) }
        return caller
    }

    private static func check(_ missing: [MissingRole]) throws {
        guard missing.isEmpty else { throw KeyRefusal.missingRolesToGive(missing) }
    }

    func audit(
        _ action: AuditEvent.Action, _ key: APIKey, since old: APIKey? = nil, in transaction: WriteTransaction
    ) throws {
        var changes = AuditChanges()
        changes.note("name", old?.name, key.name)
        changes.note("roles", old?.roles.map(\.rawValue), key.roles.map(\.rawValue))
        changes.note("comments", old?.comments, key.comments)
        if !changes.isEmpty {
            try audit(action, AuditSubject(.apiKey, key.id, key.name), page: nil, changes, in: transaction)
        }
    }
}
