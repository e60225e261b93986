/// The share of a window in which a component was up.
///
/// Full and partial outages are downtime, at full weight. Degraded performance and maintenance are not. Overlapping
/// outages count once.
public struct Availability: Equatable, Sendable {
    public static let longestWindow: Int64 = 366 * 86_400_000

    /// A span of time. Without an end, it is still in progress.
    public struct Span: Equatable, Sendable {
        public let startAt: Timestamp
        public let endAt: Timestamp?

        public init(startAt: Timestamp, endAt: Timestamp?) {
            self.startAt = startAt
            self.endAt = endAt
        }
    }

    /// The statuses of an incident that count as downtime.
    public static let downtimeStatuses: [ComponentStatus] = [.partialOutage, .fullOutage]

    /// In hundredths of a percent, rounded down; nil if there is no data for any of the window.
    public let hundredths: Int64?

    /// - Parameters:
    ///   - since: the time from which there is data.
    ///   - now: the present. Times after it do not count, and neither do times before `since`.
    public init(from start: Timestamp, to end: Timestamp, since: Timestamp, now: Timestamp, outages: [Span]) {
        let first = max(start, since).milliseconds
        let last = min(end, now).milliseconds
        guard last > first else {
            hundredths = nil
            return
        }
        var down: Int64 = 0
        var counted = first
        for outage in outages.sorted(by: { $0.startAt < $1.startAt }) {
            let begin = max(outage.startAt.milliseconds, counted)
            let finish = min(outage.endAt?.milliseconds ?? last, last)
            if finish > begin {
                down += finish - begin
                counted = finish
            }
        }
        hundredths = (last - first - down) * 10_000 / (last - first)
    }

    /// For example `99.94`.
    public var percent: String? {
        hundredths.map { "\($0 / 100).\($0 % 100 < 10 ? "0" : "")\($0 % 100)" }
    }
}
