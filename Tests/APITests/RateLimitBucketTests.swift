import HTTPTypes
import StatusPages
import Testing

@testable import ManagementAPI

@Suite("Rate limit buckets")
struct RateLimitBucketTests {
    private static let first = ID<APIKey>(TestIDs.all[0])
    private static let second = ID<APIKey>(TestIDs.all[1])

    private func at(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_767_225_600_000 + milliseconds)
    }

    private func limits(_ minute: Int = 1_200, backfill: Int = 5, burst: Int = 300) -> RateLimits {
        var limits = RateLimits()
        limits.requestsPerMinute = minute
        limits.backfillPerSecond = backfill
        limits.backfillBurst = burst
        return limits
    }

    /// Sends `count` requests at one moment.
    /// - Returns: how many of them passed, and the last decision.
    private func ask(
        _ count: Int, _ buckets: inout RateLimitBuckets, key: ID<APIKey> = first, isBackfill: Bool = false,
        at time: Int64
    ) -> (passed: Int, last: RateLimitDecision?) {
        var passed = 0
        var last: RateLimitDecision?
        for _ in 0..<count {
            last = buckets.admit(key, isBackfill: isBackfill, at: at(time))
            if last?.isGranted ?? true { passed += 1 }
        }
        return (passed, last)
    }

    /// For each limit in requests per minute: the times of bursts of requests, and how many of each pass.
    private static let courses: [Int: [(time: Int64, passes: Int)]] = [
        1_200: [(0, 1_200), (49, 0), (50, 1), (99, 0), (100, 1), (1_100, 20), (100_000, 1_200)],
        1: [(0, 1), (59_999, 0), (60_000, 1), (119_999, 0), (500_000, 1)],
        7: [(0, 7), (8_571, 0), (8_572, 1), (17_142, 0), (17_143, 1), (60_000, 5)],
        1_000_000: [(0, 3_000)],
    ]

    @Test("A bucket allows a burst and refills evenly, however often it is read", arguments: courses.keys)
    func general(perMinute: Int) throws {
        var buckets = RateLimitBuckets(limits(perMinute))
        for (time, passes) in try #require(Self.courses[perMinute]) {
            #expect(ask(3_000, &buckets, at: time).passed == passes, "at \(time)")
        }
    }

    @Test("Retrospective incidents use their own bucket and the general one")
    func backfill() {
        var buckets = RateLimitBuckets(limits())
        #expect(ask(400, &buckets, isBackfill: true, at: 0).passed == 300)
        #expect(ask(1_000, &buckets, at: 0).passed == 900)
        // The empty bucket decides, and a rejected request takes from neither bucket.
        #expect(ask(100, &buckets, isBackfill: true, at: 1_000).passed == 5)
        #expect(ask(100, &buckets, at: 1_000).passed == 15)
    }

    @Test("Every key has its own bucket")
    func keys() {
        var buckets = RateLimitBuckets(limits(2))
        #expect(ask(3, &buckets, at: 0).passed == 2)
        #expect(ask(3, &buckets, key: Self.second, at: 0).passed == 2)
    }

    @Test("A limit of 0 means no limit")
    func lifted() {
        var none = RateLimitBuckets(limits(0, backfill: 0))
        #expect(ask(5_000, &none, isBackfill: true, at: 0).passed == 5_000)
        #expect(ask(1, &none, at: 0).last == nil)
        #expect(none.count == 0)
        var noBurst = RateLimitBuckets(limits(burst: 0))
        #expect(ask(500, &noBurst, isBackfill: true, at: 0).passed == 500)
        var backfillOnly = RateLimitBuckets(limits(0))
        #expect(ask(1, &backfillOnly, at: 0).last == nil)
        #expect(ask(500, &backfillOnly, isBackfill: true, at: 0).passed == 300)
    }

    @Test("The strictest limit is listed first")
    func fields() throws {
        var buckets = RateLimitBuckets(limits())
        let plain = try #require(ask(1, &buckets, at: 0).last)
        #expect(texts(plain) == ["1200, 1200;window=60", "1199", "1", "1767225601"])
        let backfill = try #require(ask(1, &buckets, isBackfill: true, at: 0).last)
        #expect(texts(backfill) == ["300, 300;window=60, 1200;window=60", "299", "1", "1767225601"])
        _ = ask(1_000, &buckets, at: 0)
        let scarce = try #require(ask(1, &buckets, isBackfill: true, at: 0).last)
        #expect(texts(scarce) == ["1200, 1200;window=60, 300;window=60", "197", "1003", "1767225651"])
    }

    @Test("A rejected client learns when to retry, and is then accepted")
    func refusal() throws {
        var buckets = RateLimitBuckets(limits(1))
        _ = ask(1, &buckets, at: 0)
        let refused = try #require(ask(1, &buckets, at: 500).last)
        #expect(!refused.isGranted)
        #expect(refused.retryAfter == 60)
        #expect(refused.retryAt == at(60_500))
        #expect(refused.binding.limit.name == .apiKey)
        #expect(ask(1, &buckets, at: 60_500).passed == 1)

        var backfill = RateLimitBuckets(limits())
        let last = try #require(ask(301, &backfill, isBackfill: true, at: 0).last)
        #expect(last.binding.limit.name == .retrospectiveIncidents)
        #expect(last.retryAfter == 1)
    }

    @Test("Setting the clock back changes no bucket")
    func clockSetBack() {
        var buckets = RateLimitBuckets(limits(60))
        #expect(ask(100, &buckets, at: 3_600_000).passed == 60)
        #expect(ask(100, &buckets, at: 0).passed == 0)
        #expect(ask(100, &buckets, at: 2_000).passed == 2)
        #expect(ask(100, &buckets, at: .max / 2).passed == 60)
    }

    @Test("Full buckets take no memory")
    func memory() {
        var buckets = RateLimitBuckets(limits())
        for id in TestIDs.all { _ = ask(1, &buckets, key: ID(id), isBackfill: true, at: 0) }
        _ = ask(1_199, &buckets, at: 0)
        #expect(buckets.count == 2 * TestIDs.all.count)
        _ = ask(1, &buckets, at: 59_000)
        #expect(buckets.count == 2 * TestIDs.all.count)
        _ = ask(1, &buckets, key: Self.second, at: 60_000)
        // Two buckets: the first key's, which was used a second ago, and the second key's.
        #expect(buckets.count == 2)
    }

    private func texts(_ decision: RateLimitDecision) -> [String?] {
        ["Limit", "Remaining", "Used", "Reset"].map { name in
            decision.fields.first { $0.name.canonicalName == "x-ratelimit-\(name.lowercased())" }?.value
        }
    }

    @Test("New limits keep the tokens used, and refill at the new rate from then on")
    func otherLimits() {
        var buckets = RateLimitBuckets(limits(60))
        #expect(ask(40, &buckets, at: 0).passed == 40)
        // Ten tokens have been refilled by now.
        buckets.use(limits(100), at: at(10_000))
        #expect(ask(200, &buckets, at: 10_000).passed == 70)
        // The new bucket starts empty at worst, even if the client had used more than its size.
        buckets.use(limits(6), at: at(10_000))
        let empty = ask(1, &buckets, at: 10_000)
        #expect(empty.passed == 0)
        #expect(empty.last?.binding.remaining == 0)
        #expect(ask(2, &buckets, at: 20_000).passed == 1)
    }

    @Test("A removed limit forgets its buckets, and a new one starts with full buckets")
    func liftedLimits() {
        var buckets = RateLimitBuckets(limits(10, backfill: 1, burst: 5))
        #expect(ask(20, &buckets, isBackfill: true, at: 0).passed == 5)
        buckets.use(limits(0, backfill: 1, burst: 5), at: at(0))
        #expect(buckets.count == 1)
        #expect(ask(3_000, &buckets, at: 0).passed == 3_000)
        #expect(ask(1, &buckets, isBackfill: true, at: 0).passed == 0)
        buckets.use(limits(10), at: at(0))
        #expect(ask(20, &buckets, at: 0).passed == 10)
    }
}

private enum TestIDs {
    static let all: [ULID] = {
        var generator = ULIDGenerator(randomness: SystemRandomNumberGenerator())
        return (0..<100).map { generator.next(at: Timestamp(milliseconds: $0)) }
    }()
}
