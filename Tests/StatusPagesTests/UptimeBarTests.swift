import Testing

@testable import StatusPages

@Suite("Uptime bars")
struct UptimeBarTests {
    private static let minute: Int64 = 60_000
    private static let day: Int64 = 86_400_000
    /// Noon.
    private static let now = Timestamp(milliseconds: 20_777 * day + day / 2)

    private static func bar(_ spans: [(status: ShownStatus, start: Int64, end: Int64?)], since: Int64 = 365)
        -> UptimeBar
    {
        let spans = spans.map { span in
            let start = now.advanced(byMilliseconds: span.start)
            let end = span.end.map { now.advanced(byMilliseconds: $0) }
            return (
                span: UptimeSpan(
                    componentID: ID(ULID(high: 0, low: 1)), status: span.status, startAt: start, endAt: end),
                event: "Event"
            )
        }
        return UptimeBar(spans, since: now.advanced(byMilliseconds: -since * day), now: now)
    }

    @Test(
        "A span colours each day that it touches",
        arguments: [
            (-20 * minute, -10 * minute, [0]), (-day, -day + minute, [1]),
            // Over midnight, and until exactly midnight.
            (-day / 2 - minute, -day / 2 + minute, [1, 0]), (-day, -day / 2, [1]),
            // A span that still lasts.
            (-day, nil, [1, 0]), (-1, nil, [0]),
            // A span without length, and one that ended before the bar begins.
            (-day, -day, []), (0, nil, []), (-100 * day, -99 * day, []), (-100 * day, -89 * day, [89]),
        ])
    func days(start: Int64, end: Int64?, touched: [Int]) {
        let bar = Self.bar([(.fullOutage, start, end)])
        let found = bar.days.indices.filter { bar.days[$0].status == .fullOutage }.map { UptimeBar.days - 1 - $0 }
        #expect(found == touched)
        #expect(bar.days.count == 90)
    }

    @Test("A day has its worst status; the length of each status leaves out the time of worse ones")
    func worst() throws {
        let bar = Self.bar([
            (.degradedPerformance, -60 * Self.minute, -20 * Self.minute),
            (.fullOutage, -50 * Self.minute, -40 * Self.minute),
        ])
        let today = try #require(bar.days.last)
        #expect(today.status == .fullOutage)
        #expect(
            today.lengths == [
                .init(status: .fullOutage, milliseconds: 10 * Self.minute),
                .init(status: .degradedPerformance, milliseconds: 30 * Self.minute),
            ])
        #expect(today.events == ["Event"])
    }

    @Test("Days before the first data have no status")
    func noData() {
        let bar = Self.bar([], since: 2)
        #expect(bar.days.map(\.status).suffix(4) == [nil, .operational, .operational, .operational])
    }
}
