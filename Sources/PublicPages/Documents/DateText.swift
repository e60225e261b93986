import HTTPServer
import StatusPages

/// Dates as the documents write them, in UTC.
extension Timestamp {
    /// For readers, such as `20 Nov 2026, 21:48 UTC`.
    var readable: String {
        let text = rfc3339
        let month = Int(text.fixed(5, 2)).map { Self.months[$0 - 1] } ?? ""
        let day = text.fixed(8, 1) == "0" ? text.fixed(9, 1) : text.fixed(8, 2)
        return "\(day) \(month) \(text.fixed(0, 4)), \(text.fixed(11, 5)) UTC"
    }

    /// For RSS, such as `Fri, 20 Nov 2026 21:48:34 GMT` (RFC 822 with four digits of the year). The fraction of a
    /// second is cut off.
    var rfc822: String { HTTPDate.format(Int(wholeSeconds)) }

    /// For iCalendar, such as `20261120T214834Z` (RFC 5545 §3.3.5). The fraction of a second is cut off.
    var basic: String {
        let text = rfc3339
        return "\(text.fixed(0, 4))\(text.fixed(5, 2))\(text.fixed(8, 2))T"
            + "\(text.fixed(11, 2))\(text.fixed(14, 2))\(text.fixed(17, 2))Z"
    }

    /// Seconds since the Unix epoch, rounded down.
    var wholeSeconds: Int64 {
        // Rounds down for times before 1970, too.
        (milliseconds - (milliseconds % 1_000 + 1_000) % 1_000) / 1_000
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

extension String {
    /// A part of a text in ASCII.
    fileprivate func fixed(_ start: Int, _ length: Int) -> Substring {
        Substring(utf8.dropFirst(start).prefix(length))
    }
}
