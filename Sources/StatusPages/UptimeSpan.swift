/// A time for which an event gave a component a status other than operational.
public struct UptimeSpan: Equatable, Sendable {
    public let componentID: ID<Component>
    public let status: ShownStatus
    public let startAt: Timestamp
    /// Nil while it lasts.
    public let endAt: Timestamp?

    public init(componentID: ID<Component>, status: ShownStatus, startAt: Timestamp, endAt: Timestamp?) {
        self.componentID = componentID
        self.status = status
        self.startAt = startAt
        self.endAt = endAt
    }
}

/// An event, and the spans in which it affected components.
public struct EventSpans: Equatable, Sendable {
    public let event: ULID
    public let name: String
    public let spans: [UptimeSpan]

    public init(event: ULID, name: String, spans: [UptimeSpan]) {
        self.event = event
        self.name = name
        self.spans = spans
    }

    public init(_ incident: Incident) {
        self.init(
            event: incident.id.ulid, name: incident.name,
            spans: incident.timeline.impacts.map {
                UptimeSpan(
                    componentID: $0.componentID, status: ShownStatus($0.status), startAt: $0.startAt, endAt: $0.endAt)
            })
    }

    /// The periods of a maintenance. A maintenance that has not begun has no spans yet.
    public init(_ maintenance: Maintenance) {
        let periods = maintenance.status == .scheduled ? [] : maintenance.periods
        self.init(
            event: maintenance.id.ulid, name: maintenance.name,
            spans: periods.map {
                // An open period lasts until something ends it, even past the end of the window.
                UptimeSpan(
                    componentID: $0.componentID, status: .underMaintenance, startAt: $0.startAt,
                    endAt: $0.isOpen ? nil : $0.endAt)
            })
    }
}

extension UptimeBar {
    /// A span with the name of its event.
    public typealias NamedSpan = (span: UptimeSpan, event: String)

    private static let millisecondsPerDay: Int64 = 86_400_000

    /// The bar of a component, or of a group: at each moment it has the worst status of all components.
    /// - Parameters:
    ///   - spans: those of all components, in any order.
    ///   - since: the time from which there is data; nil if there is none.
    ///   - now: the present. Its day of UTC is the last one of the bar.
    public init(_ spans: [NamedSpan], since: Timestamp?, now: Timestamp) {
        let today = Int(now.milliseconds / Self.millisecondsPerDay)
        let first = today - Self.days + 1
        let begin = Timestamp(milliseconds: Int64(first) * Self.millisecondsPerDay)
        var byDay: [[NamedSpan]] = Array(repeating: [], count: Self.days)
        for named in spans.sorted(by: { $0.span.startAt < $1.span.startAt }) {
            let end = min(named.span.endAt ?? now, now)
            guard end > named.span.startAt, end > begin else { continue }
            let from = max(Int(named.span.startAt.milliseconds / Self.millisecondsPerDay), first)
            let until = min(Int((end.milliseconds - 1) / Self.millisecondsPerDay), today)
            guard from <= until else { continue }
            for day in from...until { byDay[day - first].append(named) }
        }
        let days = byDay.enumerated().map { index, spans in Self.day(first + index, spans, since: since, now: now) }
        let outages = spans.map(\.span).filter { $0.status >= .partialOutage }
            .map { Availability.Span(startAt: $0.startAt, endAt: $0.endAt) }
        let availability = since.map { Availability(from: begin, to: now, since: $0, now: now, outages: outages) }
        self.init(days: days, percentage: availability?.percent)
    }

    private static func day(_ day: Int, _ spans: [NamedSpan], since: Timestamp?, now: Timestamp) -> UptimeDay {
        let start = Int64(day) * millisecondsPerDay
        let end = min(start + millisecondsPerDay, now.milliseconds)
        guard let since, since.milliseconds < start + millisecondsPerDay else {
            return UptimeDay(day: day, status: spans.map(\.span.status).max())
        }
        if spans.isEmpty { return UptimeDay(day: day, status: .operational) }
        var names: [String] = []
        for span in spans where !names.contains(span.event) && names.count < 3 { names.append(span.event) }
        return UptimeDay(
            day: day, status: spans.map(\.span.status).max(), lengths: lengths(of: spans, from: start, to: end),
            events: names)
    }

    /// How long each status was the worst one between two times.
    private static func lengths(of spans: [NamedSpan], from start: Int64, to end: Int64) -> [UptimeDay.Length] {
        var lengths: [UptimeDay.Length] = []
        var worse: Int64 = 0
        for status in ShownStatus.allCases.reversed() where status != .operational {
            let atLeast = union(of: spans.filter { $0.span.status >= status }, from: start, to: end)
            if atLeast > worse { lengths.append(UptimeDay.Length(status: status, milliseconds: atLeast - worse)) }
            worse = max(worse, atLeast)
        }
        return lengths
    }

    /// - Parameter spans: sorted by start.
    private static func union(of spans: [NamedSpan], from start: Int64, to end: Int64) -> Int64 {
        var total: Int64 = 0
        var counted = start
        for (span, _) in spans {
            let begin = max(span.startAt.milliseconds, counted)
            let finish = min(span.endAt?.milliseconds ?? end, end)
            if finish > begin {
                total += finish - begin
                counted = finish
            }
        }
        return total
    }
}
