import CivilCalendar
import Glibc

/// HTTP dates (RFC 9110 §5.6.7), with a resolution of one second.
public enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Formats the preferred form, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    /// - Parameter seconds: since the Unix epoch.
    public static func format(_ seconds: Int) -> String {
        let day = seconds.quotient(flooredBy: 86_400)
        let date = CivilDate(daysSince1970: day)
        let second = seconds - day * 86_400
        return "\(days[date.weekday]), \(padded(date.day)) \(months[date.month - 1]) \(padded(date.year, to: 4)) "
            + "\(padded(second / 3_600)):\(padded(second / 60 % 60)):\(padded(second % 60)) GMT"
    }

    /// Reads the preferred form and the two obsolete forms that recipients must accept: `Sunday, 06-Nov-94 08:49:37
    /// GMT` and `Sun Nov  6 08:49:37 1994`.
    /// - Returns: seconds since the Unix epoch; nil for any other text. The caller then ignores the condition.
    public static func parse(_ text: String) -> Int? { parse(text, now: time(nil)) }

    /// - Parameter now: seconds since the Unix epoch. A two-digit year is read as a year at most 50 years later than
    ///   this.
    static func parse(_ text: String, now: Int) -> Int? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        switch parts.count {
        case 6 where parts[2].isEmpty && parts[3].utf8.count == 1:
            guard days.contains(String(parts[0])), let day = digits(parts[3], count: 1) else { return nil }
            return seconds(day, parts[1], digits(parts[5], count: 4), parts[4])
        case 6:
            guard parts[0].last == ",", days.contains(String(parts[0].dropLast())), parts[5] == "GMT" else {
                return nil
            }
            return seconds(digits(parts[1], count: 2), parts[2], digits(parts[3], count: 4), parts[4])
        case 5:
            guard days.contains(String(parts[0])) else { return nil }
            return seconds(digits(parts[2], count: 2), parts[1], digits(parts[4], count: 4), parts[3])
        case 4:
            let date = parts[1].split(separator: "-", omittingEmptySubsequences: false)
            guard parts[0].last == ",", longDays.contains(String(parts[0].dropLast())), parts[3] == "GMT",
                date.count == 3, let year = digits(date[2], count: 2)
            else { return nil }
            return seconds(digits(date[0], count: 2), date[1], century(of: year, now) + year, parts[2])
        default: return nil
        }
    }

    private static let longDays = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]

    /// The latest century that puts a year at most 50 years ahead.
    private static func century(of year: Int, _ now: Int) -> Int {
        let latest = CivilDate(daysSince1970: now.quotient(flooredBy: 86_400)).year + 50
        let century = latest / 100 * 100
        return century + year > latest ? century - 100 : century
    }

    private static func seconds(_ day: Int?, _ month: Substring, _ year: Int?, _ time: Substring) -> Int? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false)
        guard let day, let year, let month = months.firstIndex(of: String(month)),
            let date = CivilDate(year: year, month: month + 1, day: day),
            clock.count == 3, let hour = digits(clock[0], count: 2), let minute = digits(clock[1], count: 2),
            let second = digits(clock[2], count: 2), hour < 24, minute < 60, second <= 60
        else { return nil }
        return date.daysSince1970 * 86_400 + hour * 3_600 + minute * 60 + second
    }

    private static func digits(_ text: Substring, count: Int) -> Int? {
        guard text.utf8.count == count, text.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        return Int(text)
    }

    private static func padded(_ number: Int, to width: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
