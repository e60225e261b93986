import Testing

@testable import StatusPages

@Suite("Availability")
struct AvailabilityTests {
    struct Case: Sendable {
        var window: ClosedRange<Int64> = 0...1_000
        var since: Int64 = 0
        var now: Int64 = 10_000
        var outages: [(Int64, Int64?)] = []
        var percent: String?
    }

    static let cases: [Case] = [
        Case(percent: "100.00"),
        Case(outages: [(0, 1_000)], percent: "0.00"),
        Case(outages: [(0, 250)], percent: "75.00"),
        // Percentages are rounded down: here two thirds, and 99.999 %.
        Case(window: 0...3, outages: [(0, 1)], percent: "66.66"),
        Case(window: 0...100_000, outages: [(0, 1)], percent: "99.99"),
        // Overlapping, touching and nested outages count once.
        Case(outages: [(100, 300), (200, 400), (250, 260)], percent: "70.00"),
        Case(outages: [(300, 400), (100, 300)], percent: "70.00"),
        Case(outages: [(100, 300), (100, 300)], percent: "80.00"),
        // Outages count only within the window. An outage without an end counts to the end of the window.
        Case(outages: [(-500, 100)], percent: "90.00"),
        Case(outages: [(900, 5_000)], percent: "90.00"),
        Case(outages: [(500, nil)], percent: "50.00"),
        Case(outages: [(-500, -100), (2_000, nil)], percent: "100.00"),
        // The time before there is data and the time after now do not count.
        Case(since: 500, outages: [(0, 750)], percent: "50.00"),
        Case(now: 500, outages: [(250, nil)], percent: "50.00"),
        Case(since: 1_000, percent: nil),
        Case(since: 5_000, percent: nil),
        Case(now: 0, percent: nil),
        Case(window: 0...31_622_400_000, now: .max, outages: [(0, 1)], percent: "99.99"),
    ]

    @Test("Only outages are downtime", arguments: cases)
    func percent(_ test: Case) {
        let availability = Availability(
            from: Timestamp(milliseconds: test.window.lowerBound), to: Timestamp(milliseconds: test.window.upperBound),
            since: Timestamp(milliseconds: test.since), now: Timestamp(milliseconds: test.now),
            outages: test.outages.map { start, end in
                Availability.Span(
                    startAt: Timestamp(milliseconds: start), endAt: end.map { Timestamp(milliseconds: $0) })
            })
        #expect(availability.percent == test.percent)
    }
}
