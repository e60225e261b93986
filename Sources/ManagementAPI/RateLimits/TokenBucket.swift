import StatusPages

/// The state of one limit for one key. Its value depends only on time and requests.
///
/// It counts the missing parts of a full bucket in whole numbers. A request takes `period` parts, and every millisecond
/// returns `refill` parts. However slowly the bucket fills, rounding loses nothing.
struct TokenBucket: Equatable, Sendable {
    private var missing = 0
    private var seenAt: Timestamp

    init(at now: Timestamp) { seenAt = now }

    var isFull: Bool { missing == 0 }

    /// Adds the parts that flowed in since the last call. A clock that was set back adds nothing.
    mutating func fill(_ limit: RateLimit, at now: Timestamp) {
        let elapsed = max(0, now.milliseconds - seenAt.milliseconds)
        // Use no more time than the bucket needs to fill, so that the multiplication cannot overflow.
        missing = max(0, missing - min(Int(elapsed), missing / limit.refill + 1) * limit.refill)
        seenAt = now
    }

    /// Limits the missing parts to the capacity of `limit`.
    mutating func fit(_ limit: RateLimit) { missing = min(missing, limit.capacity * limit.period) }

    /// Takes one request out, if the bucket holds one.
    mutating func take(_ limit: RateLimit) {
        if remaining(limit) > 0 { missing += limit.period }
    }

    /// The number of requests that the bucket holds.
    func remaining(_ limit: RateLimit) -> Int { limit.capacity - missing.dividedUp(by: limit.period) }

    /// The time at which the bucket is full again, if nothing is taken.
    func fullAt(_ limit: RateLimit) -> Timestamp { seenAt.advanced(byMilliseconds: wait(limit, until: 0)) }

    /// Milliseconds until the bucket holds a request.
    func wait(_ limit: RateLimit) -> Int64 { wait(limit, until: (limit.capacity - 1) * limit.period) }

    private func wait(_ limit: RateLimit, until most: Int) -> Int64 {
        Int64(max(0, missing - most).dividedUp(by: limit.refill))
    }
}
