/// The configured rate limits of each key. Zero disables a limit.
public struct RateLimits: Equatable, Sendable {
    /// The limit on all requests of a key, and also its burst size.
    public var requestsPerMinute = 1_200
    /// The rate at which a key may record past incidents, in requests per second.
    public var backfillPerSecond = 5
    /// The burst size of the backfill limit, in requests.
    public var backfillBurst = 300

    public init() {}

    /// The limit on all requests of a key; nil if it is disabled.
    var general: RateLimit? {
        guard requestsPerMinute > 0 else { return nil }
        return RateLimit(.apiKey, capacity: requestsPerMinute, refill: requestsPerMinute, period: 60_000)
    }

    /// The limit on backfill; nil if it is disabled.
    var backfill: RateLimit? {
        guard backfillPerSecond > 0, backfillBurst > 0 else { return nil }
        return RateLimit(.retrospectiveIncidents, capacity: backfillBurst, refill: backfillPerSecond, period: 1_000)
    }
}

/// A limit on the requests of a key, enforced by a bucket that refills evenly.
struct RateLimit: Equatable, Sendable {
    enum Name: String {
        case apiKey = "api_key"
        case retrospectiveIncidents = "retrospective_incidents"
    }

    let name: Name
    /// The number of requests that a full bucket holds.
    let capacity: Int
    /// The number of requests that flow into the bucket in each `period`.
    let refill: Int
    /// In milliseconds.
    let period: Int

    init(_ name: Name, capacity: Int, refill: Int, period: Int) {
        self.name = name
        self.capacity = capacity
        self.refill = refill
        self.period = period
    }

    /// The time that an empty bucket takes to fill, in seconds, rounded up.
    var window: Int { (capacity * period).dividedUp(by: refill * 1_000) }
}

extension Int {
    /// Divides two non-negative numbers and rounds up.
    func dividedUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}
