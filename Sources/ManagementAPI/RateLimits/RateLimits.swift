/// How often one key may ask, as an operator decides. A zero lifts a limit.
public struct RateLimits: Equatable, Sendable {
    /// For everything, at once as well as over time.
    public var requestsPerMinute = 1_200
    /// For recording incidents that are over, over time.
    public var backfillPerSecond = 5
    /// The same, at once.
    public var backfillBurst = 300

    public init() {}

    /// The limit on all requests of a key, if there is one.
    var general: RateLimit? {
        guard requestsPerMinute > 0 else { return nil }
        return RateLimit(.apiKey, capacity: requestsPerMinute, refill: requestsPerMinute, period: 60_000)
    }

    /// The limit on backfill, if there is one.
    var backfill: RateLimit? {
        guard backfillPerSecond > 0, backfillBurst > 0 else { return nil }
        return RateLimit(.retrospectiveIncidents, capacity: backfillBurst, refill: backfillPerSecond, period: 1_000)
    }
}

/// A limit kept by buckets: each holds so many requests, and fills evenly.
struct RateLimit: Equatable, Sendable {
    enum Name: String {
        case apiKey = "api_key"
        case retrospectiveIncidents = "retrospective_incidents"
    }

    let name: Name
    /// How many requests a full bucket holds.
    let capacity: Int
    /// How many flow into it in `period`.
    let refill: Int
    /// In milliseconds.
    let period: Int

    init(_ name: Name, capacity: Int, refill: Int, period: Int) {
        self.name = name
        self.capacity = capacity
        self.refill = refill
        self.period = period
    }

    /// How long an empty bucket takes to fill, in seconds, rounded up.
    var window: Int { (capacity * period).dividedUp(by: refill * 1_000) }
}

extension Int {
    /// Division of what is not negative, rounded up.
    func dividedUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}
