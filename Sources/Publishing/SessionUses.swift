public import Accounts
import Locking
public import StatusPages

/// Times of session use that are not stored yet. Each request only updates this memory, so a read does not cost a
/// database write.
public final class SessionUses: Sendable {
    private let times = Locked<[[UInt8]: Timestamp]>([:])

    public init() {}

    public func note(_ session: Session, at now: Timestamp) {
        times.withLock { $0[session.hash] = now }
    }

    /// The session with its last use, stored or not.
    public func completed(_ session: Session) -> Session {
        var session = session
        if let time = times.withLock({ $0[session.hash] }) { session.lastSeenAt = max(session.lastSeenAt, time) }
        return session
    }

    /// The uses that are not stored yet, by the hash of the session's token.
    public var unstored: [[UInt8]: Timestamp] { times.withLock { $0 } }

    /// Forgets uses that are now stored. A session that was used again since then stays.
    public func forget(_ stored: [[UInt8]: Timestamp]) {
        times.withLock { times in
            for (hash, time) in stored where times[hash] == time { times[hash] = nil }
        }
    }
}
