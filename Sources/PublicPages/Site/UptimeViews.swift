import Locking
import Markup
import StatusPages

/// The days that the bars of a page show, in one language. Bars copy the elements of days on which nothing happened.
private struct UptimeDays {
    /// Oldest first.
    let days: [(date: CalendarDay, text: String)]
    /// For each of the days, its whole element if nothing happened.
    let operational: [HTML]
    /// For each of the days, its whole element without data.
    let noData: [HTML]

    /// The values that were made last, by language. Making one takes as long as writing several bars.
    private static let latest = Locked<[String: (today: Int, days: UptimeDays)]>([:])

    /// - Parameter today: the last day, as days since 1970-01-01.
    static func of(_ texts: Texts, today: Int) -> UptimeDays {
        latest.withLock { latest in
            if let known = latest[texts.locale], known.today == today { return known.days }
            let new = UptimeDays(texts, today: today)
            latest[texts.locale] = (today, new)
            return new
        }
    }

    private init(_ texts: Texts, today: Int) {
        days = (0..<UptimeBar.days).map { index in
            let date = CalendarDay(days: today - UptimeBar.days + 1 + index)
            return (date, texts.date(date))
        }
        operational = days.enumerated().map {
            Self.element($0, $1.date, "operational", $1.text, texts.uptime.noDowntime)
        }
        noData = days.enumerated().map { Self.element($0, $1.date, "no_data", $1.text, texts.uptime.noData) }
    }

    static func element(
        _ index: Int, _ date: CalendarDay, _ status: String, _ dateText: String, _ words: String
    ) -> HTML {
        """
        <rect x="\(index)" data-day="\(date.id)" data-status="\(status)"><title>\(dateText) · \(words)</title></rect>
        """
    }
}

/// Writes uptime bars.
struct UptimeWriter {
    /// About how many bytes a bar has.
    static let mostBytes = 11_500

    private let texts: Texts
    private let showsPercentage: Bool
    /// Nil without a bar.
    private let known: UptimeDays?
    /// The texts that are the same under each bar.
    private let daysAgo: HTML
    private let today: HTML

    /// - Parameter today: the last day of every bar, as days since 1970-01-01; nil without a bar.
    init(_ texts: Texts, showsPercentage: Bool, today: Int?) {
        self.texts = texts
        self.showsPercentage = showsPercentage
        known = today.map { UptimeDays.of(texts, today: $0) }
        daysAgo = "<span>\(texts.uptime.daysAgo(UptimeBar.days))</span>"
        self.today = "<span>\(texts.uptime.today)</span>"
    }

    func write(_ bar: UptimeBar, of id: ULID, _ name: String, to html: inout HTML) {
        guard let known else { return }
        let days = known.days
        var affected: [(index: Int, words: String)] = []
        for (index, day) in zip(days.indices, bar.days) {
            if let status = day.status, status != .operational { affected.append((index, describe(day, status))) }
        }
        let percentage = showsPercentage ? bar.percentage : nil
        let count = affected.isEmpty ? texts.uptime.noAffectedDays : texts.uptime.affectedDays(affected.count)
        let label = [name, texts.uptime.bar, percentage.map(texts.uptime.percentage), count].compactMap(\.self)
        html += """
            <div class="bar" data-uptime-of="\(id.description)"><svg viewBox="0 0 89.72 32" preserveAspectRatio="none" \
            role="img" aria-label="\(label.joined(separator: " · "))">
            """
        writeDays(bar, known, affected, to: &html)
        html += "</svg><p>"
        html += daysAgo
        if let percentage {
            html += "<span data-uptime=\"\(percentage)\">\(texts.uptime.percentage(percentage))</span>"
        }
        html += today
        html += "</p>"
        if !affected.isEmpty {
            html += "<details class=\"days\"><summary>\(count)</summary><ul>"
            for (index, words) in affected.reversed() {
                html += "<li><time datetime=\"\(days[index].date.id)\">\(days[index].text)</time> · \(words)</li>"
            }
            html += "</ul></details>"
        }
        html += "</div>"
    }

    private func writeDays(
        _ bar: UptimeBar, _ known: UptimeDays, _ affected: [(index: Int, words: String)], to html: inout HTML
    ) {
        var affected = affected[...]
        for (index, day) in zip(known.days.indices, bar.days) {
            switch day.status {
            case nil: html += known.noData[index]
            case .operational: html += known.operational[index]
            case let status?:
                let (date, text) = known.days[index]
                let words = affected.popFirst()?.words ?? ""
                html += UptimeDays.element(index, date, status.rawValue, text, words)
            }
        }
    }

    /// Each status with its length, and the events.
    private func describe(_ day: UptimeDay, _ status: ShownStatus) -> String {
        let lengths = day.lengths.map {
            texts.uptime.lasted(texts.word($0.status), texts.length(milliseconds: $0.milliseconds))
        }
        // A status without a length is named, too.
        return ((lengths.isEmpty ? [texts.word(status)] : lengths) + day.events).joined(separator: " · ")
    }
}
