import CivilCalendar
import StatusPages

/// Times as emails show them, in English and UTC.
extension Timestamp {
    /// Such as `20 Nov 2026, 21:48 UTC`.
    var inWords: String {
        let (date, second) = parts
        return "\(date.day) \(Self.months[date.month - 1]) \(date.year), \(Self.clock(second)) UTC"
    }

    /// The format of the field `Date` (RFC 5322 §3.3), such as `Fri, 20 Nov 2026 21:48:34 +0000`.
    var mailDate: String {
        let (date, second) = parts
        let day = "\(Self.days[date.weekday]), \(date.day) \(Self.months[date.month - 1]) \(date.year)"
        return "\(day) \(Self.clock(second)):\(Self.twoDigits(second % 60)) +0000"
    }

    /// The day, and the second of the day.
    private var parts: (date: CivilDate, second: Int) {
        let seconds = Int(milliseconds).quotient(flooredBy: 1_000)
        let day = seconds.quotient(flooredBy: 86_400)
        return (CivilDate(daysSince1970: day), seconds - day * 86_400)
    }

    private static func clock(_ second: Int) -> String {
        "\(twoDigits(second / 3_600)):\(twoDigits(second / 60 % 60))"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
