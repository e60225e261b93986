import Markup
import StatusPages

/// A month of UTC.
struct CalendarMonth: Equatable, Sendable {
    /// How many months a page of the history has.
    static let perPage = 3

    let year: Int
    /// From 1 to 12.
    let month: Int

    init(year: Int, month: Int) {
        self.year = year
        self.month = month
    }

    init(of time: Timestamp) {
        let day = CalendarDay(time)
        self.init(year: day.year, month: day.month)
    }

    /// The months of a page of the history, newest first.
    /// - Parameter page: 1 for the page with the current month.
    /// - Returns: an empty list if the number is below 1, or if the page would be before the year 1.
    static func page(_ page: Int, at now: Timestamp) -> [CalendarMonth] {
        let latest = CalendarMonth(of: now)
        let count = latest.year * 12 + latest.month - 1
        guard page >= 1, page <= count / perPage else { return [] }
        return (0..<perPage).map { latest.earlier(by: (page - 1) * perPage + $0) }
    }

    func earlier(by months: Int) -> CalendarMonth {
        let count = year * 12 + month - 1 - months
        return CalendarMonth(year: count / 12, month: count % 12 + 1)
    }

    /// Such as `2026-11`.
    var id: String {
        let digits = String(year)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + (month < 10 ? "-0" : "-") + "\(month)"
    }

    /// The first moment of the month; nil before the year 1.
    var start: Timestamp? { Timestamp(rfc3339: "\(id)-01T00:00:00Z") }
}

/// A day of UTC.
struct CalendarDay {
    let year: Int
    /// From 1 to 12.
    let month: Int
    let day: Int
    /// Such as `2026-11-20`.
    let id: String
    /// Hours and minutes, such as `21:48`.
    fileprivate let time: String

    init(_ time: Timestamp) {
        let text = Array(time.rfc3339.utf8)
        func number(_ range: Range<Int>) -> Int { text[range].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } }
        year = number(0..<4)
        month = number(5..<7)
        day = number(8..<10)
        id = String(decoding: text[..<10], as: UTF8.self)
        self.time = String(decoding: text[11..<16], as: UTF8.self)
    }

    /// - Parameter days: since 1970-01-01.
    init(days: Int) { self.init(Timestamp(milliseconds: Int64(days) * 86_400_000)) }
}

extension Texts {
    func date(_ day: CalendarDay) -> String { dates.date(day.day, dates.shortMonths[day.month - 1], day.year) }
    func month(_ month: CalendarMonth) -> String { dates.month(dates.months[month.month - 1], month.year) }

    /// A moment. The script of the page replaces it by the reader's own time.
    func time(_ time: Timestamp) -> HTML {
        let day = CalendarDay(time)
        return "<time datetime=\"\(time.rfc3339)\">\(dates.moment(date(day), day.time))</time>"
    }

    /// A length of time in the two largest units that it has, rounded down.
    func length(milliseconds: Int64) -> String {
        let minutes = milliseconds / 60_000
        let units = [
            (minutes / 1_440, lengths.days), (minutes / 60 % 24, lengths.hours), (minutes % 60, lengths.minutes),
        ]
        let parts = units.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }
        return parts.isEmpty ? lengths.underOneMinute : parts.joined(separator: lengths.separator)
    }

    func word(_ status: ShownStatus) -> String {
        switch status {
        case .operational: statuses.operational
        case .underMaintenance: statuses.underMaintenance
        case .degradedPerformance: statuses.degradedPerformance
        case .partialOutage: statuses.partialOutage
        case .fullOutage: statuses.fullOutage
        }
    }

    func word(_ status: OverallStatus) -> String {
        switch status {
        case .operational: statuses.allOperational
        case .incident: statuses.ongoingIncident
        case .underMaintenance: word(ShownStatus.underMaintenance)
        case .degradedPerformance: word(ShownStatus.degradedPerformance)
        case .partialOutage: word(ShownStatus.partialOutage)
        case .fullOutage: word(ShownStatus.fullOutage)
        }
    }

    func word(_ status: Incident.Status) -> String {
        switch status {
        case .investigating: statuses.investigating
        case .identified: statuses.identified
        case .monitoring: statuses.monitoring
        case .resolved: statuses.resolved
        }
    }

    func word(_ status: Maintenance.Status) -> String {
        switch status {
        case .scheduled: statuses.scheduled
        case .inProgress: statuses.inProgress
        case .complete: statuses.completed
        }
    }
}
