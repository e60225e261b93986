public import Accounts
import Foundation
import GRDB
public import StatusPages

extension ReadTransaction {
    /// A link. It may have been used, or have expired.
    /// - Parameter hash: of the link's token.
    public func accountLink(hash: [UInt8]) throws -> AccountLink? {
        try accountLinks(where: "hash = ?", [Data(hash)]).first
    }

    /// The invitations and reset links that work at the given time. Those that expire first come first.
    public func openAccountLinks(at now: Timestamp) throws -> [AccountLink] {
        try accountLinks(
            where: "kind <> 'setup' AND used_at IS NULL AND expires_at > ? ORDER BY expires_at, hash",
            [now.milliseconds])
    }

    private func accountLinks(where condition: String, _ arguments: StatementArguments) throws -> [AccountLink] {
        try db.query(
            """
            SELECT hash, kind, user_id, email, name, role, created_by, expires_at, used_at FROM account_links
            WHERE \(condition)
            """, arguments, Self.accountLink)
    }

    private static func accountLink(_ row: Row) throws -> AccountLink {
        let hash: Data = try row.value(0)
        let kind: AccountLink.Kind = try row.choice(1)
        let purpose: AccountLink.Purpose =
            switch kind {
            case .setup: .setup
            case .invitation:
                .invitation(email: try row.value(3), name: try row.optional(4), role: try row.choice(5))
            case .reset: .reset(try row.id(2))
            }
        return AccountLink(
            hash: Array(hash), purpose: purpose, createdBy: try row.optionalID(6), expiresAt: try row.timestamp(7),
            usedAt: try row.optionalTimestamp(8))
    }
}

extension WriteTransaction {
    /// Stores a new link. Earlier links with the same purpose stop working.
    public func insert(_ link: AccountLink) throws {
        var (user, email, name, role): (String?, String?, String?, String?)
        switch link.purpose {
        case .setup: break
        case .invitation(let address, let guest, let given):
            (email, name, role) = (address, guest, given.rawValue)
        case .reset(let id): user = id.description
        }
        try db.run(
            """
            DELETE FROM account_links WHERE used_at IS NULL AND kind = ? AND user_id IS ? AND email IS ? COLLATE NOCASE
            """, [link.kind.rawValue, user, email])
        try db.run(
            """
            INSERT INTO account_links (hash, kind, user_id, email, name, role, created_by, expires_at, used_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                Data(link.hash), link.kind.rawValue, user, email, name, role, link.createdBy?.description,
                link.expiresAt.milliseconds, link.usedAt?.milliseconds,
            ])
    }

    public func use(_ link: AccountLink, at now: Timestamp) throws {
        try db.run("UPDATE account_links SET used_at = ? WHERE hash = ?", [now.milliseconds, Data(link.hash)])
    }

    public func delete(_ link: AccountLink) throws {
        try db.run("DELETE FROM account_links WHERE hash = ?", [Data(link.hash)])
    }

    /// Deletes the links that were made to set up the first owner, and are not used.
    public func deleteSetUpLinks() throws {
        try db.run("DELETE FROM account_links WHERE kind = 'setup' AND used_at IS NULL", [])
    }

    /// Deletes the unused links that reset a user's password.
    public func deleteResetLinks(of user: ID<User>) throws {
        try db.run(
            "DELETE FROM account_links WHERE used_at IS NULL AND kind = 'reset' AND user_id = ?", [user.description])
    }

    /// Deletes the unused links that a user made, and those that reset the user's own password.
    public func deleteLinks(madeByOrFor user: ID<User>) throws {
        try db.run(
            "DELETE FROM account_links WHERE used_at IS NULL AND (created_by = :user OR user_id = :user)",
            ["user": user.description])
    }
}
