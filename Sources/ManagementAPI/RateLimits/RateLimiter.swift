import Locking
import StatusPages

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
