public import Accounts
import Foundation
public import StatusPages
public import Storage

/// The use cases of users for their own account. The caller has checked who the user is.
extension Publishing {
    /// Replaces a user's name and preferences.
    /// - Throws: `UserRefusal`, or an error of the database.
    public func changeAccount(
        of id: ID<User>, name: String, timeZone: String, theme: SiteSettings.Theme, in transaction: WriteTransaction
    ) throws -> User {
        let old = try enabledUser(id, in: transaction.reading)
        try Self.check(name: name)
        guard TimeZone(identifier: timeZone) != nil else { throw UserRefusal.timeZoneInvalid }
        var user = old
        user.name = name
        user.timeZone = timeZone
        user.theme = theme
        try transaction.save(user)
        try audit(.changed, user, since: old, in: transaction)
        return user
    }

    /// Replaces a user's password, and ends the other sessions. Links to reset it stop working: somebody else may have
    /// asked for them.
    /// - Parameter kept: the hash of the session that stays.
    /// - Throws: `UserRefusal`, or an error of the database.
    public func changePassword(
        of id: ID<User>, to hash: PasswordHash, keeping kept: [UInt8]?, in transaction: WriteTransaction
    ) throws -> User {
        let old = try enabledUser(id, in: transaction.reading)
        var user = old
        user.passwordHash = hash.phc
        try transaction.save(user)
        try transaction.deleteResetLinks(of: id)
        _ = try transaction.deleteSessions(of: id, except: kept)
        try audit(.changed, user, since: old, in: transaction)
        return user
    }

    /// Stores the hash of the same password with the present parameters. The password itself does not change, so this
    /// is not audited, and sessions stay.
    /// - Parameter old: the stored hash. If another one is stored meanwhile, nothing changes.
    /// - Throws: an error of the database.
    public func rehash(of id: ID<User>, from old: PasswordHash, to new: PasswordHash, in transaction: WriteTransaction)
        throws
    {
        guard var user = try transaction.reading.user(id), user.passwordHash == old.phc else { return }
        user.passwordHash = new.phc
        try transaction.save(user)
    }

    /// Turns the second factor on.
    /// - Parameters:
    ///   - secret: a new secret, which the user's app has.
    ///   - step: the step of the code that proved it.
    /// - Returns: recovery codes, which are not stored. The user must see them now.
    /// - Throws: `UserRefusal`, `SecureRandom.Unavailable`, or an error of the database.
    public func turnOnTwoFactor(
        of id: ID<User>, secret: [UInt8], step: Int64, in transaction: WriteTransaction
    ) throws -> [String] {
        let old = try enabledUser(id, in: transaction.reading)
        guard !old.hasTwoFactor else { throw UserRefusal.twoFactorIsOn }
        var user = old
        user.turnOnTwoFactor(secret: secret, step: step)
        try transaction.save(user)
        let (codes, hashes) = try RecoveryCode.generate()
        try transaction.replaceRecoveryCodes(of: id, with: hashes)
        try audit(.changed, user, since: old, in: transaction)
        return codes
    }

    /// - Throws: `UserRefusal`, or an error of the database.
    public func turnOffTwoFactor(of id: ID<User>, in transaction: WriteTransaction) throws -> User {
        try turnOff(try enabledUser(id, in: transaction.reading), in: transaction)
    }

    /// Replaces the recovery codes of a user's second factor. The earlier ones stop working.
    /// - Returns: the new codes, which are not stored. The user must see them now.
    /// - Throws: `UserRefusal`, `SecureRandom.Unavailable`, or an error of the database.
    public func renewRecoveryCodes(of id: ID<User>, in transaction: WriteTransaction) throws -> [String] {
        let user = try enabledUser(id, in: transaction.reading)
        guard user.hasTwoFactor else { throw UserRefusal.twoFactorIsOff }
        let (codes, hashes) = try RecoveryCode.generate()
        try transaction.replaceRecoveryCodes(of: id, with: hashes)
        var changes = AuditChanges()
        changes.noteHidden("recovery_codes")
        try audit(.changed, AuditSubject(user), page: nil, changes, in: transaction)
        return codes
    }

    /// Uses up a recovery code in place of a code from the user's app.
    /// - Parameter typed: the code as the user typed it.
    /// - Throws: `UserRefusal`, or an error of the database.
    public func useRecoveryCode(_ typed: String, of id: ID<User>, in transaction: WriteTransaction) throws {
        let user = try enabledUser(id, in: transaction.reading)
        guard let hash = RecoveryCode.hash(typed), try transaction.useRecoveryCode(hash, of: id, at: now()) else {
            throw UserRefusal.codeInvalid
        }
        let left = try transaction.reading.recoveryCodeCount(of: id)
        var changes = AuditChanges()
        changes.note("recovery_codes", left + 1, left)
        let transaction = acting(as: user, in: transaction)
        try audit(.changed, AuditSubject(user), page: nil, changes, in: transaction)
    }

    // MARK: Parts

    /// - Throws: `UserRefusal`, or an error of the database.
    func enabledUser(_ id: ID<User>, in transaction: ReadTransaction) throws -> User {
        try requireUser(id, holding: .statusPageViewer, in: transaction)
    }

    /// The transaction with the user as its actor. When it began, the user was not known.
    func acting(as user: User, in transaction: WriteTransaction) -> WriteTransaction {
        transaction.acting(
            as: .user(user, requestID: transaction.actor?.requestID, address: transaction.actor?.address))
    }
}
