import Accounts
import CivilCalendar
import Foundation
import Markup
import StatusPages

/// A time zone in which people read and enter times.
struct Zone: Equatable, Sendable {
    static let utc = Zone(zone: .gmt)

    private let zone: TimeZone

    private init(zone: TimeZone) { self.zone = zone }

    /// Nil if the name is unknown.
    /// - Parameter name: such as `Europe/Berlin`.
    init?(_ name: String) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        self.zone = zone
    }

    /// Such as `Europe/Berlin`.
    var name: String { self == .utc ? "UTC" : zone.identifier }

    /// The names of all zones.
    static let names: [String] = ["UTC"] + TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") }.sorted()

    /// A time that was entered.
    enum Entered: Equatable {
        case time(Timestamp)
        /// Clocks are set forward over this time, so it does not exist in the zone.
        case skipped
        case malformed
        case missing
    }

    /// Reads the value of a field of type `datetime-local`: a date and a time without an offset. If clocks show the
    /// time twice, the first one counts.
    func read(_ text: String) -> Entered {
        if text.isEmpty { return .missing }
        // Browsers leave out the seconds if they are 0.
        guard let local = Timestamp(rfc3339: text + (text.utf8.count == 16 ? ":00Z" : "Z")) else { return .malformed }
        let day: Int64 = 86_400_000
        // Offsets change more rarely than once in two days, so one of these two is the right one, if there is any.
        let times = [-day, day].compactMap { distance -> Timestamp? in
            let offset = self.offset(at: local.advanced(byMilliseconds: distance))
            let time = local.advanced(byMilliseconds: -offset)
            return self.offset(at: time) == offset ? time : nil
        }
        return times.min().map(Entered.time) ?? .skipped
    }

    /// The value of a field of type `datetime-local`.
    func field(_ time: Timestamp) -> String { String(local(time).rfc3339.prefix(16)) }

    /// Such as `30 Nov 2026, 14:20`.
    func text(_ time: Timestamp) -> String {
        let local = self.local(time)
        let seconds = Int(local.milliseconds).quotient(flooredBy: 1_000)
        let date = CivilDate(daysSince1970: seconds.quotient(flooredBy: 86_400))
        return "\(date.day) \(Self.months[date.month - 1]) \(date.year), \(local.rfc3339.dropFirst(11).prefix(5))"
    }

    /// A moment in this zone. The title has it in UTC.
    func time(_ time: Timestamp) -> HTML {
        "<time datetime=\"\(time.rfc3339)\" title=\"\(Zone.utc.text(time)) UTC\">\(text(time))</time>"
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The time that a clock in the zone shows, as if it were one in UTC.
    private func local(_ time: Timestamp) -> Timestamp { time.advanced(byMilliseconds: offset(at: time)) }

    /// Milliseconds east of UTC.
    private func offset(at time: Timestamp) -> Int64 {
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1_000)
        return Int64(zone.secondsFromGMT(for: date)) * 1_000
    }
}

extension Visit {
    /// The zone in which the user reads times.
    var zone: Zone { Zone(user.timeZone) ?? .utc }
}

/// Lengths of time in words.
enum Length {
    /// In the two largest units that it has, such as `2 h 30 min`.
    static func text(milliseconds: Int64) -> String {
        let minutes = milliseconds / 60_000
        let units = [(minutes / 1_440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")]
        let parts = units.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return parts.isEmpty ? "less than 1 min" : parts.joined(separator: " ")
    }

    /// Such as `2 minutes ago`.
    static func ago(_ time: Timestamp, at now: Timestamp) -> String {
        let minutes = max(0, now.milliseconds - time.milliseconds) / 60_000
        switch minutes {
        case 0: return "a moment ago"
        case 1: return "1 minute ago"
        case 2..<60: return "\(minutes) minutes ago"
        case 60..<120: return "1 hour ago"
        case 120..<1_440: return "\(minutes / 60) hours ago"
        case 1_440..<2_880: return "1 day ago"
        default: return "\(minutes / 1_440) days ago"
        }
    }
}
