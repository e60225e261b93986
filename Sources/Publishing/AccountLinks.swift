public import Accounts
public import StatusPages
public import Storage

/// The use cases of links by which people get in without a password. Callers show the token once: only its hash is
/// stored.
extension Publishing {
    /// Makes a link to set up the first owner.
    /// - Throws: `UserRefusal`, `SecureRandom.Unavailable`, or an error of the database.
    public func makeSetUpLink(in transaction: WriteTransaction) throws -> SecretToken {
        guard try transaction.reading.userCount() == 0 else { throw UserRefusal.alreadySetUp }
        return try insertLink(for: .setup, name: Self.firstOwner, in: transaction).1
    }

    /// Makes the first owner.
    /// - Throws: `UserRefusal`, or an error of the database.
    public func setUp(
        _ token: SecretToken, name: String, email: String, passwordHash: PasswordHash,
        in transaction: WriteTransaction
    ) throws -> User {
        guard try transaction.reading.userCount() == 0 else { throw UserRefusal.alreadySetUp }
        let link = try validLink(token, in: transaction.reading)
        guard link.purpose == .setup else { throw UserRefusal.linkInvalid }
        let user = try enter(by: link, email: email, name: name, role: .owner, passwordHash, in: transaction)
        try transaction.deleteSetUpLinks()
        return user
    }

    /// Invites somebody to become a user.
    /// - Parameter name: nil if the invited person chooses it.
    /// - Throws: `UserRefusal`, `SecureRandom.Unavailable`, or an error of the database.
    public func invite(
        email: String, name: String?, role: User.Role, in transaction: WriteTransaction
    ) throws -> (AccountLink, SecretToken) {
        try requireOwner(in: transaction)
        if let name { try Self.check(name: name) }
        guard EmailAddress(email) != nil else { throw UserRefusal.emailInvalid }
        guard try transaction.reading.user(email: email) == nil else { throw UserRefusal.emailTaken }
        return try insertLink(for: .invitation(email: email, name: name, role: role), name: email, in: transaction)
    }

    /// Makes the user whom an invitation is for.
    /// - Throws: `UserRefusal`, or an error of the database.
    public func accept(
        _ token: SecretToken, name: String, passwordHash: PasswordHash, in transaction: WriteTransaction
    ) throws -> User {
        let link = try validLink(token, in: transaction.reading)
        guard case .invitation(let email, _, let role) = link.purpose else { throw UserRefusal.linkInvalid }
        return try enter(by: link, email: email, name: name, role: role, passwordHash, in: transaction)
    }

    /// Makes a link by which a user sets a new password.
    /// - Throws: `NotFound`, `UserRefusal`, `SecureRandom.Unavailable`, or an error of the database.
    public func makeResetLink(
        for id: ID<User>, in transaction: WriteTransaction
    ) throws -> (AccountLink, SecretToken) {
        try requireOwner(in: transaction)
        let user = try find(id, in: transaction.reading)
        guard !user.isDisabled else { throw UserRefusal.disabled }
        return try insertLink(for: .reset(id), name: user.name, in: transaction)
    }

    /// Makes a link for a user who forgot the password. It may be sent only to the user's address. Users whom a proxy
    /// logs in have no password, and cannot get one this way: the proxy decides whether they may log in.
    /// - Returns: nil if no enabled user with a password has the address.
    /// - Throws: `SecureRandom.Unavailable`, or an error of the database.
    public func makeForgottenPasswordLink(
        email: String, in transaction: WriteTransaction
    ) throws -> (user: User, token: SecretToken)? {
        guard let user = try transaction.reading.user(email: email), !user.isDisabled, user.passwordHash != nil else {
            return nil
        }
        let transaction = acting(as: user, in: transaction)
        return (user, try insertLink(for: .reset(user.id), name: user.name, in: transaction).1)
    }

    /// Sets the password of a user, and ends all sessions. The second factor stays as it was.
    /// - Throws: `UserRefusal`, or an error of the database.
    public func reset(
        _ token: SecretToken, passwordHash: PasswordHash, in transaction: WriteTransaction
    ) throws -> User {
        let link = try validLink(token, in: transaction.reading)
        guard case .reset(let id) = link.purpose, let user = try transaction.reading.user(id), !user.isDisabled else {
            throw UserRefusal.linkInvalid
        }
        try transaction.use(link, at: now())
        return try changePassword(
            of: id, to: passwordHash, keeping: nil, in: acting(as: user, in: transaction))
    }

    /// Makes an invitation or a reset link stop working before anybody uses it.
    /// - Parameter name: as `AccountLink.name`.
    /// - Throws: `NotFound`, `UserRefusal`, or an error of the database.
    public func revokeLink(_ name: String, in transaction: WriteTransaction) throws {
        try requireOwner(in: transaction)
        let open = try transaction.reading.openAccountLinks(at: now())
        guard let link = open.first(where: { $0.name == name }) else { throw NotFound("open link") }
        try transaction.delete(link)
        var changes = AuditChanges()
        changes.name("kind", link.kind.rawValue)
        let guest: String
        switch link.purpose {
        case .setup: guest = Self.firstOwner
        case .invitation(let email, _, _): guest = email
        case .reset(let id): guest = try find(id, in: transaction.reading).name
        }
        try audit(.revoked, AuditSubject(link, name: guest), page: nil, changes, in: transaction)
    }

    /// A link that can be used now, for the screen that uses it.
    /// - Throws: `UserRefusal.linkInvalid`, or an error of the database.
    public func validLink(_ token: SecretToken, in transaction: ReadTransaction) throws -> AccountLink {
        guard let link = try transaction.accountLink(hash: token.hash), link.isValid(at: now()) else {
            throw UserRefusal.linkInvalid
        }
        return link
    }

    // MARK: Parts

    /// The name of the person that a set-up link is for.
    private static let firstOwner = "first owner"

    /// Makes a user by a link, and records the user as the maker of the change.
    private func enter(
        by link: AccountLink, email: String, name: String, role: User.Role, _ passwordHash: PasswordHash,
        in transaction: WriteTransaction
    ) throws -> User {
        let user = try newUser(email: email, name: name, role: role, passwordHash, in: transaction.reading)
        try transaction.use(link, at: now())
        try insert(user, in: acting(as: user, in: transaction))
        return user
    }

    private func insertLink(
        for purpose: AccountLink.Purpose, name: String, in transaction: WriteTransaction
    ) throws -> (AccountLink, SecretToken) {
        let token = try SecretToken.generate()
        let link = AccountLink(token: token, for: purpose, by: actingUser(in: transaction), at: now())
        try transaction.insert(link)
        var changes = AuditChanges()
        changes.note("kind", nil, link.kind.rawValue)
        changes.note("expires_at", nil, link.expiresAt)
        if case .invitation(_, _, let role) = purpose { changes.note("role", nil, role.rawValue) }
        try audit(.created, AuditSubject(link, name: name), page: nil, changes, in: transaction)
        return (link, token)
    }
}
