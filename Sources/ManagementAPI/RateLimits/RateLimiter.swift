import Locking
import StatusPages

/// The buckets that all requests share. They are gone when the process is, and nobody is the worse for full ones.
final class RateLimiter: Sendable {
    private let buckets: Locked<RateLimitBuckets>
    private let now: @Sendable () -> Timestamp

    init(_ limits: RateLimits, now: @escaping @Sendable () -> Timestamp) {
        buckets = Locked(RateLimitBuckets(limits))
        self.now = now
    }

    func use(_ limits: RateLimits) { buckets.withLock { $0.use(limits, at: now()) } }

    func admit(_ key: ID<APIKey>, isBackfill: Bool) -> RateLimitDecision? {
        // The time is asked for inside, so that no bucket sees it go back because threads overtook each other.
        buckets.withLock { $0.admit(key, isBackfill: isBackfill, at: now()) }
    }
}
