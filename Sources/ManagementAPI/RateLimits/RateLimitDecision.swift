import HTTPTypes
import StatusPages

/// Whether a request may pass, and what its key is told of its limits.
struct RateLimitDecision: Equatable, Sendable {
    let isGranted: Bool
    /// The limits that the request falls under, the one that binds first: the one to wait for longest, else the one of
    /// which least is left.
    let levels: [RateLimitLevel]
    let binding: RateLimitLevel
    let now: Timestamp

    /// Nil without limits.
    init?(isGranted: Bool, _ levels: [RateLimitLevel], at now: Timestamp) {
        self.isGranted = isGranted
        self.levels = levels.sorted { (-$0.wait, $0.remaining) < (-$1.wait, $1.remaining) }
        guard let first = self.levels.first else { return nil }
        binding = first
        self.now = now
    }

    /// How long to wait before the next try, in seconds: the next at which there is a request to take.
    var retryAfter: Int64 { max(1, (binding.wait + 999) / 1_000) }

    /// The moment that `retryAfter` leads to.
    var retryAt: Timestamp { now.advanced(byMilliseconds: retryAfter * 1_000) }

    /// What every answer under a limit says of it.
    var fields: HTTPFields {
        let windows = levels.map { "\($0.limit.capacity);window=\($0.limit.window)" }
        let full = (binding.fullAt.milliseconds + 999) / 1_000
        return [
            .xRateLimitLimit: (["\(binding.limit.capacity)"] + windows).joined(separator: ", "),
            .xRateLimitRemaining: "\(binding.remaining)",
            .xRateLimitUsed: "\(binding.limit.capacity - binding.remaining)",
            .xRateLimitReset: "\(full)",
        ]
    }
}

extension HTTPField.Name {
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let xRateLimitLimit = HTTPField.Name("X-RateLimit-Limit")!
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let xRateLimitRemaining = HTTPField.Name("X-RateLimit-Remaining")!
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let xRateLimitUsed = HTTPField.Name("X-RateLimit-Used")!
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let xRateLimitReset = HTTPField.Name("X-RateLimit-Reset")!
}
