import Locking
public import StatusPages

/// When keys were used, as far as that is not stored yet: a note in memory for each request, so that reading does not
/// cost a write.
public final class KeyUses: Sendable {
    private let times = Locked<[ID<APIKey>: Timestamp]>([:])

    public init() {}

    func note(_ key: ID<APIKey>, at now: Timestamp) {
        times.withLock { $0[key] = now }
    }

    /// A key as it was read, with its last use if that is not stored yet.
    func completed(_ key: APIKey) -> APIKey {
        var key = key
        key.lastUsedAt = times.withLock { $0[key.id] } ?? key.lastUsedAt
        return key
    }

    /// What there is to store.
    public var unstored: [ID<APIKey>: Timestamp] { times.withLock { $0 } }

    /// Forgets what was stored, except of keys that were used again since.
    public func forget(_ stored: [ID<APIKey>: Timestamp]) {
        times.withLock { times in
            for (key, time) in stored where times[key] == time { times[key] = nil }
        }
    }
}
