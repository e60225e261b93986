public import Accounts
public import StatusPages
public import Storage

/// The use cases of sessions. The tokens go into a cookie: only their hashes are stored.
extension Publishing {
    /// Logs a user in, after the user proved who they are. A user has at most 20 sessions: a new one ends the oldest.
    /// - Parameter step: the step of the code that was part of the proof; nil if there was none.
    /// - Throws: `UserRefusal`, `SecureRandom.Unavailable`, or an error of the database.
    public func logIn(
        _ id: ID<User>, by method: Session.Method, codeOf step: Int64? = nil, userAgent: String, address: String,
        in transaction: WriteTransaction
    ) throws -> (Session, SecretToken) {
        var user = try enabledUser(id, in: transaction.reading)
        try Self.use(step, by: &user)
        user.lastLoginAt = now()
        try transaction.save(user)
        let token = try SecretToken.generate()
        let session = Session(
            token: token, user: user, method: method, userAgent: userAgent, address: address, at: now())
        for oldest in try transaction.reading.sessions(of: id).dropFirst(SessionRules.mostPerUser - 1) {
            _ = try transaction.deleteSession(oldest.hash)
        }
        try transaction.insert(session)
        var changes = AuditChanges()
        changes.note("method", nil, method.rawValue)
        try audit(
            .loggedIn, AuditSubject(session, of: user), page: nil, changes, in: acting(as: user, in: transaction))
        return (session, token)
    }

    /// Checks that a user's password and second factor did not change during a proof. A proof takes a while. If the
    /// password is reset meanwhile, the old one must not let anybody in.
    /// - Parameter user: as read before the proof.
    /// - Throws: `UserRefusal.proofOutdated`, or an error of the database.
    public func requireSameProof(of user: User, in transaction: ReadTransaction) throws {
        guard let present = try transaction.user(user.id), present.passwordHash == user.passwordHash,
            present.totpSecret == user.totpSecret
        else { throw UserRefusal.proofOutdated }
    }

    /// Ends a session. If it has ended already, nothing happens.
    /// - Parameter hash: of the session's token.
    /// - Throws: an error of the database.
    public func logOut(_ hash: [UInt8], in transaction: WriteTransaction) throws {
        guard let (session, user) = try transaction.reading.session(hash: hash) else { return }
        _ = try transaction.deleteSession(hash)
        try audit(.loggedOut, AuditSubject(session, of: user), page: nil, in: acting(as: user, in: transaction))
    }

    /// Notes that a user proved again who they are. The session gets a new token.
    /// - Parameters:
    ///   - hash: of the session's token.
    ///   - step: the step of the code that was the proof; nil for a password.
    /// - Throws: `UserRefusal`, `SecureRandom.Unavailable`, or an error of the database.
    public func confirm(
        _ hash: [UInt8], codeOf step: Int64? = nil, in transaction: WriteTransaction
    ) throws -> (Session, SecretToken) {
        guard case (let old, var user)? = try transaction.reading.session(hash: hash), !user.isDisabled else {
            throw UserRefusal.sessionEnded
        }
        if step != nil {
            try Self.use(step, by: &user)
            try transaction.save(user)
        }
        let token = try SecretToken.generate()
        let session = old.confirmed(token: token, at: now())
        _ = try transaction.deleteSession(hash)
        try transaction.insert(session)
        try audit(.confirmed, AuditSubject(session, of: user), page: nil, in: acting(as: user, in: transaction))
        return (session, token)
    }

    /// Ends one session of a user.
    /// - Parameter name: as `Session.name`.
    /// - Throws: `NotFound`, or an error of the database.
    public func revokeSession(_ name: String, of id: ID<User>, in transaction: WriteTransaction) throws {
        let user = try find(id, in: transaction.reading)
        guard let session = try transaction.reading.sessions(of: id).first(where: { $0.name == name }) else {
            throw NotFound("session")
        }
        _ = try transaction.deleteSession(session.hash)
        try audit(.revoked, AuditSubject(session, of: user), page: nil, in: transaction)
    }

    /// Ends all sessions of a user. Only owners may do this for other users.
    /// - Parameter kept: the hash of a session that stays.
    /// - Returns: how many ended.
    /// - Throws: `NotFound`, `UserRefusal`, or an error of the database.
    public func signOutEverywhere(
        _ id: ID<User>, except kept: [UInt8]? = nil, in transaction: WriteTransaction
    ) throws -> Int {
        if actingUser(in: transaction) != id { try requireOwner(in: transaction) }
        let user = try find(id, in: transaction.reading)
        let count = try transaction.deleteSessions(of: id, except: kept)
        guard count > 0 else { return 0 }
        var changes = AuditChanges()
        changes.name("sessions", count)
        try audit(.loggedOut, AuditSubject(user), page: nil, changes, in: transaction)
        return count
    }

    /// - Throws: `UserRefusal.codeInvalid` if a code of this step or of a later one was used before.
    private static func use(_ step: Int64?, by user: inout User) throws {
        guard let step else { return }
        guard user.useCode(of: step) else { throw UserRefusal.codeInvalid }
    }
}
