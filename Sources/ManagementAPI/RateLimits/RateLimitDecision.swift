import HTTPTypes
import StatusPages

/// Whether a request passes the rate limits, and the limit fields of its answer.
struct RateLimitDecision: Equatable, Sendable {
    let isGranted: Bool
    /// The limits that apply to the request, the most restrictive one first. That is the limit with the longest wait
    /// or, without a wait, the one with the fewest requests left.
    let levels: [RateLimitLevel]
    let binding: RateLimitLevel
    let now: Timestamp

    /// Returns nil if no limits apply.
    init?(isGranted: Bool, _ levels: [RateLimitLevel], at now: Timestamp) {
        self.isGranted = isGranted
        self.levels = levels.sorted { (-$0.wait, $0.remaining) < (-$1.wait, $1.remaining) }
        guard let first = self.levels.first else { return nil }
        binding = first
        self.now = now
    }

    /// Seconds until the next retry can succeed, at least 1.
    var retryAfter: Int64 { max(1, (binding.wait + 999) / 1_000) }

    /// The time at which `retryAfter` ends.
    var retryAt: Timestamp { now.advanced(byMilliseconds: retryAfter * 1_000) }

    /// The header fields of every answer to a request under a limit.
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
