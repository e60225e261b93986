import StatusPages

/// What is left of a limit for one key: a value that changes with time and requests alone.
///
/// It counts what is missing, in parts of which a request is `period` and every millisecond brings back `refill`: whole
/// numbers, so that nothing is lost to rounding however slowly it fills.
struct TokenBucket: Equatable, Sendable {
    private var missing = 0
    private var seenAt: Timestamp

    /// A full bucket.
    init(at now: Timestamp) { seenAt = now }

    var isFull: Bool { missing == 0 }

    /// Lets flow in what came since the bucket was last seen. A clock that was set back brings nothing.
    mutating func fill(_ limit: RateLimit, at now: Timestamp) {
        let elapsed = max(0, now.milliseconds - seenAt.milliseconds)
        // No longer than fills it, so that no distance in time is too large to multiply.
        missing = max(0, missing - min(Int(elapsed), missing / limit.refill + 1) * limit.refill)
        seenAt = now
    }

    /// Misses no more than a bucket of that limit can hold.
    mutating func fit(_ limit: RateLimit) { missing = min(missing, limit.capacity * limit.period) }

    /// Takes a request out, if there is a whole one.
    mutating func take(_ limit: RateLimit) {
        if remaining(limit) > 0 { missing += limit.period }
    }

    /// How many requests it holds.
    func remaining(_ limit: RateLimit) -> Int { limit.capacity - missing.dividedUp(by: limit.period) }

    /// When the bucket is full again, if nothing is taken.
    func fullAt(_ limit: RateLimit) -> Timestamp { seenAt.advanced(byMilliseconds: wait(limit, until: 0)) }

    /// How long until there is a request to take, in milliseconds.
    func wait(_ limit: RateLimit) -> Int64 { wait(limit, until: (limit.capacity - 1) * limit.period) }

    private func wait(_ limit: RateLimit, until most: Int) -> Int64 {
        Int64(max(0, missing - most).dividedUp(by: limit.refill))
    }
}
