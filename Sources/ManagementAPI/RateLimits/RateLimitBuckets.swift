import Locking
import StatusPages

/// Every key's buckets, except full ones: a missing bucket counts as full.
struct RateLimitBuckets: Sendable {
    private struct Place: Hashable {
        let key: ID<APIKey>
        let limit: RateLimit.Name
    }

    private static let sweepInterval: Int64 = 60_000

    private var general: RateLimit?
    private var backfill: RateLimit?
    private var buckets: [Place: TokenBucket] = [:]
    private var sweptAt: Timestamp?

    init(_ limits: RateLimits) {
        general = limits.general
        backfill = limits.backfill
    }

    /// Switches to new limits. Requests already taken still count: a larger bucket lacks as many requests as before,
    /// and a smaller one is empty at worst.
    mutating func use(_ limits: RateLimits, at now: Timestamp) {
        let old = [general, backfill].compactMap(\.self)
        general = limits.general
        backfill = limits.backfill
        let new = [general, backfill].compactMap(\.self)
        for place in Array(buckets.keys) {
            var bucket = old.first { $0.name == place.limit }.map { filled(place, $0, now) }
            let limit = new.first { $0.name == place.limit }
            if let limit { bucket?.fit(limit) }
            buckets[place] = limit == nil ? nil : bucket
        }
    }

    var count: Int { buckets.count }

    /// Takes one request from each bucket that applies to the request, or from none if one of them is empty.
    /// - Returns: nil if no limit applies.
    mutating func admit(_ key: ID<APIKey>, isBackfill: Bool, at now: Timestamp) -> RateLimitDecision? {
        sweep(at: now)
        let limits = [general, isBackfill ? backfill : nil].compactMap(\.self)
        var levels = limits.map { RateLimitLevel(limit: $0, bucket: filled(Place(key: key, limit: $0.name), $0, now)) }
        let isGranted = levels.allSatisfy { $0.remaining > 0 }
        for index in levels.indices {
            if isGranted { levels[index].take() }
            buckets[Place(key: key, limit: levels[index].limit.name)] = levels[index].bucket
        }
        return RateLimitDecision(isGranted: isGranted, levels, at: now)
    }

    private func filled(_ place: Place, _ limit: RateLimit, _ now: Timestamp) -> TokenBucket {
        var bucket = buckets[place] ?? TokenBucket(at: now)
        bucket.fill(limit, at: now)
        return bucket
    }

    /// Drops full buckets from time to time, so that unused keys take no memory.
    private mutating func sweep(at now: Timestamp) {
        let elapsed = sweptAt.map { abs(now.milliseconds - $0.milliseconds) } ?? Self.sweepInterval
        guard elapsed >= Self.sweepInterval else { return }
        sweptAt = now
        let limits = [general, backfill].compactMap(\.self)
        buckets = buckets.filter { place, _ in
            limits.contains { $0.name == place.limit && !filled(place, $0, now).isFull }
        }
    }
}

/// The remaining part of one limit for one key.
struct RateLimitLevel: Equatable, Sendable {
    let limit: RateLimit
    private(set) var bucket: TokenBucket

    var remaining: Int { bucket.remaining(limit) }
    var fullAt: Timestamp { bucket.fullAt(limit) }
    /// Milliseconds until the bucket holds a request.
    var wait: Int64 { bucket.wait(limit) }

    mutating func take() { bucket.take(limit) }
}

/// The buckets that all requests share. A restart loses them, which only refills every bucket.
final class RateLimiter: Sendable {
    private let buckets: Locked<RateLimitBuckets>
    private let now: @Sendable () -> Timestamp

    init(_ limits: RateLimits, now: @escaping @Sendable () -> Timestamp) {
        buckets = Locked(RateLimitBuckets(limits))
        self.now = now
    }

    func use(_ limits: RateLimits) { buckets.withLock { $0.use(limits, at: now()) } }

    func admit(_ key: ID<APIKey>, isBackfill: Bool) -> RateLimitDecision? {
        // Read the clock under the lock. Otherwise one thread could overtake another, and a bucket would see the time
        // go back.
        buckets.withLock { $0.admit(key, isBackfill: isBackfill, at: now()) }
    }
}
