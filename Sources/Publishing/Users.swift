public import Accounts
import Foundation
public import StatusPages
public import Storage

/// The use cases for managing users. If a user calls them, that user must be an owner.
extension Publishing {
    /// A user, who may be disabled.
    /// - Throws: `NotFound`, or an error of the database.
    public func find(_ id: ID<User>, in transaction: ReadTransaction) throws -> User {
        guard let user = try transaction.user(id) else { throw NotFound("user") }
        return user
    }

    /// - Parameter email: in upper or lower case.
    /// - Throws: `NotFound`, or an error of the database.
    public func findUser(email: String, in transaction: ReadTransaction) throws -> User {
        guard let user = try transaction.user(email: email) else { throw NotFound("user") }
        return user
    }

    /// The user who asks for something, read again: since the request was admitted, the user may have been disabled or
    /// have another role.
    /// - Throws: `UserRefusal`, or an error of the database.
    public func requireUser(
        _ id: ID<User>, holding role: APIKey.Role, in transaction: ReadTransaction
    ) throws -> User {
        guard let user = try transaction.user(id) else { throw UserRefusal.unknown }
        guard !user.isDisabled else { throw UserRefusal.disabled }
        guard user.holds(role) else { throw UserRefusal.missingRole(role) }
        return user
    }

    /// Makes a user, with or without a password.
    /// - Throws: `UserRefusal`, or an error of the database.
    public func makeUser(
        email: String, name: String, role: User.Role, passwordHash: PasswordHash? = nil,
        in transaction: WriteTransaction
    ) throws -> User {
        try requireOwner(in: transaction)
        return try add(email: email, name: name, role: role, passwordHash, in: transaction)
    }

    /// Changes a user's role.
    /// - Throws: `NotFound`, `UserRefusal`, or an error of the database.
    public func changeRole(of id: ID<User>, to role: User.Role, in transaction: WriteTransaction) throws -> User {
        try requireOwner(in: transaction)
        var user = try find(id, in: transaction.reading)
        guard user.role != role else { return user }
        guard actingUser(in: transaction) != id else { throw UserRefusal.ownRole }
        if user.role == .owner {
            try requireOwner(besides: user, in: transaction)
            // Otherwise an invitation that the user prepared would make a new owner.
            try transaction.deleteLinks(madeByOrFor: id)
        }
        let old = user
        user.role = role
        try transaction.save(user)
        try audit(.changed, user, since: old, in: transaction)
        return user
    }

    /// Disables a user: the sessions end, and links stop working. The API keys that the user made keep working.
    /// - Throws: `NotFound`, `UserRefusal`, or an error of the database.
    public func disable(_ id: ID<User>, in transaction: WriteTransaction) throws -> User {
        try requireOwner(in: transaction)
        var user = try find(id, in: transaction.reading)
        guard !user.isDisabled else { return user }
        try requireOwner(besides: user, in: transaction)
        user.disabledAt = now()
        try transaction.save(user)
        try transaction.deleteLinks(madeByOrFor: id)
        var changes = AuditChanges()
        changes.note("sessions", try transaction.deleteSessions(of: id), 0)
        try audit(.disabled, AuditSubject(user), page: nil, changes, in: transaction)
        return user
    }

    /// Lets a disabled user log in again.
    /// - Throws: `NotFound`, `UserRefusal`, or an error of the database.
    public func enable(_ id: ID<User>, in transaction: WriteTransaction) throws -> User {
        try requireOwner(in: transaction)
        var user = try find(id, in: transaction.reading)
        guard user.isDisabled else { return user }
        user.disabledAt = nil
        try transaction.save(user)
        try audit(.enabled, AuditSubject(user), page: nil, in: transaction)
        return user
    }

    /// Turns a user's second factor off, for users who lost it together with the recovery codes.
    /// - Throws: `NotFound`, `UserRefusal`, or an error of the database.
    public func resetTwoFactor(of id: ID<User>, in transaction: WriteTransaction) throws -> User {
        try requireOwner(in: transaction)
        return try turnOff(try find(id, in: transaction.reading), in: transaction)
    }

    // MARK: Parts

    /// Adds a user. The caller has checked who may do so.
    func add(
        email: String, name: String, role: User.Role, _ passwordHash: PasswordHash?, in transaction: WriteTransaction
    ) throws -> User {
        let user = try newUser(email: email, name: name, role: role, passwordHash, in: transaction.reading)
        try insert(user, in: transaction)
        return user
    }

    func newUser(
        email: String, name: String, role: User.Role, _ passwordHash: PasswordHash?, in transaction: ReadTransaction
    ) throws -> User {
        try Self.check(name: name)
        guard EmailAddress(email) != nil else { throw UserRefusal.emailInvalid }
        guard try transaction.user(email: email) == nil else { throw UserRefusal.emailTaken }
        return User(
            id: ID(newID()), email: email, name: name, role: role, passwordHash: passwordHash?.phc, createdAt: now())
    }

    func insert(_ user: User, in transaction: WriteTransaction) throws {
        try transaction.insert(user)
        try audit(.created, user, in: transaction)
    }

    func turnOff(_ old: User, in transaction: WriteTransaction) throws -> User {
        guard old.hasTwoFactor else { throw UserRefusal.twoFactorIsOff }
        var user = old
        user.turnOffTwoFactor()
        try transaction.save(user)
        try transaction.replaceRecoveryCodes(of: user.id, with: [])
        try audit(.changed, user, since: old, in: transaction)
        return user
    }

    static func check(name: String) throws {
        if let problem = TextRule.name.problem(name) { throw UserRefusal.nameInvalid(problem) }
    }

    /// The user who makes the changes; nil if it is another kind of actor.
    func actingUser(in transaction: WriteTransaction) -> ID<User>? {
        guard let actor = transaction.actor, actor.kind == .user else { return nil }
        return actor.id.map { ID($0) }
    }

    /// Checks that the maker of the changes is an owner, or not a user at all.
    func requireOwner(in transaction: WriteTransaction) throws {
        guard transaction.actor?.kind == .user else { return }
        guard let id = actingUser(in: transaction) else { throw UserRefusal.unknown }
        _ = try requireUser(id, holding: .apiKeysManage, in: transaction.reading)
    }

    /// If this user is an owner who can log in, checks that there is another one.
    private func requireOwner(besides user: User, in transaction: WriteTransaction) throws {
        guard user.role == .owner, !user.isDisabled else { return }
        guard try transaction.reading.hasOwner(besides: user.id) else { throw UserRefusal.lastOwner }
    }

    /// Records a change of a user, without secrets.
    /// - Parameter old: the user before the change; nil for a new one.
    func audit(
        _ action: AuditEvent.Action, _ user: User, since old: User? = nil, in transaction: WriteTransaction
    ) throws {
        var changes = AuditChanges()
        changes.note("name", old?.name, user.name)
        changes.note("email", old?.email, user.email)
        changes.note("role", old?.role.rawValue, user.role.rawValue)
        changes.note("two_factor", old?.hasTwoFactor ?? false, user.hasTwoFactor)
        changes.noteHidden("password", old?.passwordHash, user.passwordHash)
        if let old {
            changes.note("time_zone", old.timeZone, user.timeZone)
            changes.note("theme", old.theme.rawValue, user.theme.rawValue)
        }
        if !changes.isEmpty { try audit(action, AuditSubject(user), page: nil, changes, in: transaction) }
    }
}

/// The use case of a proxy that names users.
extension Publishing {
    /// The user whom a trusted proxy names. The user gets the role that the proxy gives, but the last owner
    /// stays an owner.
    /// - Parameters:
    ///   - name: the name for a new user; nil to use the address.
    ///   - role: nil if the proxy does not decide about roles. Then there are no new users.
    ///   - createsUsers: whether an unknown address becomes a user.
    /// - Throws: `UserRefusal`, or an error of the database.
    public func admit(
        email: String, name: String?, role: User.Role?, createsUsers: Bool, in transaction: WriteTransaction
    ) throws -> User {
        guard let old = try transaction.reading.user(email: email) else {
            guard createsUsers, let role else { throw UserRefusal.unknown }
            let name = name.flatMap { TextRule.name.problem($0) == nil ? $0 : nil } ?? email
            let user = try newUser(email: email, name: name, role: role, nil, in: transaction.reading)
            try insert(user, in: acting(as: user, in: transaction))
            return user
        }
        guard !old.isDisabled else { throw UserRefusal.disabled }
        guard let role, role != old.role else { return old }
        if old.role == .owner {
            guard try transaction.reading.hasOwner(besides: old.id) else { return old }
            try transaction.deleteLinks(madeByOrFor: old.id)
        }
        var user = old
        user.role = role
        try transaction.save(user)
        try audit(.changed, user, since: old, in: acting(as: user, in: transaction))
        return user
    }
}
