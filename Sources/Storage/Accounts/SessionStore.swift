public import Accounts
import Foundation
import GRDB
public import StatusPages

extension ReadTransaction {
    /// A session with its user. It may have expired.
    /// - Parameter hash: of the session's token.
    public func session(hash: [UInt8]) throws -> (session: Session, user: User)? {
        try db.query(
            """
            SELECT \(Self.sessionColumns), \(Self.userColumns) FROM sessions JOIN users ON users.id = user_id
            WHERE hash = ?
            """, [Data(hash)]
        ) { row in (try Self.session(row), try Self.user(row, from: 8)) }.first
    }

    /// The sessions of a user, newest first, including expired ones.
    public func sessions(of user: ID<User>) throws -> [Session] {
        try db.query(
            "SELECT \(Self.sessionColumns) FROM sessions WHERE user_id = ? ORDER BY created_at DESC, hash",
            [user.description], Self.session)
    }

    private static let sessionColumns =
        "hash, user_id, sessions.created_at, last_seen_at, confirmed_at, method, user_agent, address"

    private static func session(_ row: Row) throws -> Session {
        let hash: Data = try row.value(0)
        return Session(
            hash: Array(hash), userID: try row.id(1), createdAt: try row.timestamp(2), lastSeenAt: try row.timestamp(3),
            confirmedAt: try row.timestamp(4), method: try row.choice(5), userAgent: try row.value(6),
            address: try row.value(7))
    }
}

extension WriteTransaction {
    public func insert(_ session: Session) throws {
        try db.run(
            """
            INSERT INTO sessions (hash, user_id, created_at, last_seen_at, confirmed_at, method, user_agent, address)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                Data(session.hash), session.userID.description, session.createdAt.milliseconds,
                session.lastSeenAt.milliseconds, session.confirmedAt.milliseconds, session.method.rawValue,
                session.userAgent, session.address,
            ])
    }

    /// - Returns: false if there is no such session.
    public func deleteSession(_ hash: [UInt8]) throws -> Bool {
        try db.run("DELETE FROM sessions WHERE hash = ?", [Data(hash)])
        return db.changesCount > 0
    }

    /// - Parameter kept: the hash of a session that stays.
    /// - Returns: how many were deleted.
    public func deleteSessions(of user: ID<User>, except kept: [UInt8]? = nil) throws -> Int {
        try db.run(
            "DELETE FROM sessions WHERE user_id = ? AND hash IS NOT ?", [user.description, kept.map { Data($0) }])
        return db.changesCount
    }

    /// Stores when sessions were last used. Sessions that ended meanwhile stay deleted.
    /// - Parameter times: by the hash of the session's token.
    public func recordUses(_ times: [[UInt8]: Timestamp]) throws {
        for (hash, time) in times {
            try db.run(
                "UPDATE sessions SET last_seen_at = max(last_seen_at, ?) WHERE hash = ?",
                [time.milliseconds, Data(hash)])
        }
    }
}
