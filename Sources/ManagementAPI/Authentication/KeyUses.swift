import Locking
public import StatusPages

/// Times of key use that are not stored yet. Each request only updates this memory, so a read does not cost a database
/// write.
public final class KeyUses: Sendable {
    private let times = Locked<[ID<APIKey>: Timestamp]>([:])

    public init() {}

    func note(_ key: ID<APIKey>, at now: Timestamp) {
        times.withLock { $0[key] = now }
    }

    /// The key with its last use, stored or not.
    public func completed(_ key: APIKey) -> APIKey {
        var key = key
        key.lastUsedAt = times.withLock { $0[key.id] } ?? key.lastUsedAt
        return key
    }

    /// The uses that are not stored yet.
    public var unstored: [ID<APIKey>: Timestamp] { times.withLock { $0 } }

    /// Forgets uses that are now stored. A key that was used again since then stays.
    public func forget(_ stored: [ID<APIKey>: Timestamp]) {
        times.withLock { times in
            for (key, time) in stored where times[key] == time { times[key] = nil }
        }
    }
}
