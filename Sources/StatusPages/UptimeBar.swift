/// The last 90 days of a component or a group, one record for each day of UTC.
public struct UptimeBar: Equatable, Sendable {
    /// How many days a bar has.
    public static let days = 90

    /// Oldest first; the last one is today.
    public let days: [UptimeDay]
    /// The share of the time with data in which it was up, such as `99.94`; nil if there is no data.
    public let percentage: String?

    public init(days: [UptimeDay], percentage: String?) {
        self.days = days
        self.percentage = percentage
    }
}

/// The record of a component or a group on one day of UTC.
public struct UptimeDay: Equatable, Sendable {
    /// How long something lasted within the day.
    public struct Length: Equatable, Sendable {
        public let status: ShownStatus
        public let milliseconds: Int64

        public init(status: ShownStatus, milliseconds: Int64) {
            self.status = status
            self.milliseconds = milliseconds
        }
    }

    /// Days since 1970-01-01.
    public let day: Int
    /// The worst status of the day; nil if there is no data for it.
    public let status: ShownStatus?
    /// Each status except operational with its length, worst first.
    public let lengths: [Length]
    /// The names of the first three events that caused them.
    public let events: [String]

    public init(day: Int, status: ShownStatus?, lengths: [Length] = [], events: [String] = []) {
        self.day = day
        self.status = status
        self.lengths = lengths
        self.events = events
    }
}
