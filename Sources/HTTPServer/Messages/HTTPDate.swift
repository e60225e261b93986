import Glibc

/// Dates as HTTP writes them (RFC 9110 §5.6.7), to the second.
public enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The preferred form, as in `Sun, 06 Nov 1994 08:49:37 GMT`.
    /// - Parameter seconds: since the Unix epoch.
    public static func format(_ seconds: Int) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let day = days[Int(parts.tm_wday)]
        let month = months[Int(parts.tm_mon)]
        return "\(day), \(padded(parts.tm_mday)) \(month) \(padded(parts.tm_year + 1900, to: 4)) "
            + "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec)) GMT"
    }

    /// Reads the preferred form. Anything else gives nil, which makes the condition that carries it void.
    public static func parse(_ text: String) -> Int? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].count == 4, parts[0].last == ",", days.contains(String(parts[0].dropLast())),
            let day = digits(parts[1], count: 2), let month = months.firstIndex(of: String(parts[2])),
            let year = digits(parts[3], count: 4), parts[5] == "GMT"
        else { return nil }
        let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hour = digits(clock[0], count: 2), let minute = digits(clock[1], count: 2),
            let second = digits(clock[2], count: 2), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var broken = tm()
        broken.tm_year = year - 1900
        broken.tm_mon = Int32(month)
        broken.tm_mday = day
        broken.tm_hour = hour
        broken.tm_min = minute
        broken.tm_sec = second
        return timegm(&broken)
    }

    private static func digits(_ text: Substring, count: Int) -> Int32? {
        guard text.utf8.count == count, text.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        return Int32(text)
    }

    private static func padded(_ number: Int32, to width: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
