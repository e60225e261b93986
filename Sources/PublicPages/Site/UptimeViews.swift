import Markup
import StatusPages

/// Writes uptime bars. Days on which nothing happened are made once and copied into every bar.
struct UptimeWriter {
    private let texts: Texts
    private let showsPercentage: Bool
    /// The marks of the last 90 days, oldest first.
    private let marks: [Mark]
    /// The texts that are the same under each bar.
    private let daysAgo: HTML
    private let today: HTML

    /// - Parameter today: the last day of the bars, as days since 1970-01-01; nil if there is no bar.
    init(_ texts: Texts, showsPercentage: Bool, today: Int?) {
        self.texts = texts
        self.showsPercentage = showsPercentage
        marks =
            today.map { today in
                (0..<UptimeBar.days).map { Mark(texts, $0, day: today - UptimeBar.days + 1 + $0) }
            } ?? []
        daysAgo = "<span>\(texts.uptime.daysAgo(UptimeBar.days))</span>"
        self.today = "<span>\(texts.uptime.today)</span>"
    }

    /// A day of any bar.
    private struct Mark {
        let day: Int
        let date: CalendarDay
        let dateText: String
        /// The start of its element.
        let opening: HTML
        /// The whole element, if nothing happened.
        let operational: HTML
        /// The whole element, without data.
        let noData: HTML

        init(_ texts: Texts, _ index: Int, day: Int) {
            self.day = day
            date = CalendarDay(days: day)
            dateText = texts.date(date)
            opening = "<rect x=\"\(index)\" data-day=\"\(date.id)\" data-status=\""
            operational = "\(opening)operational\"><title>\(dateText) · \(texts.uptime.noDowntime)</title></rect>"
            noData = "\(opening)no_data\"><title>\(dateText) · \(texts.uptime.noData)</title></rect>"
        }
    }

    func write(_ bar: UptimeBar, of id: ULID, _ name: String, to html: inout HTML) {
        var affected: [(mark: Mark, words: String)] = []
        var days = HTML()
        for (index, day) in bar.days.enumerated() {
            let mark =
                index < marks.count && marks[index].day == day.day ? marks[index] : Mark(texts, index, day: day.day)
            switch day.status {
            case nil: days += mark.noData
            case .operational: days += mark.operational
            case let status?:
                let words = describe(day, status)
                affected.append((mark, words))
                days += mark.opening
                days += "\(status.rawValue)\"><title>\(mark.dateText) · \(words)</title></rect>"
            }
        }
        let percentage = showsPercentage ? bar.percentage : nil
        let count = affected.isEmpty ? texts.uptime.noAffectedDays : texts.uptime.affectedDays(affected.count)
        let label = [name, texts.uptime.bar, percentage.map(texts.uptime.percentage), count].compactMap(\.self)
        html += """
            <div class="bar" data-uptime-of="\(id.description)"><svg viewBox="0 0 89.72 32" preserveAspectRatio="none" \
            role="img" aria-label="\(label.joined(separator: " · "))">
            """
        html += days
        html += "</svg><p>"
        html += daysAgo
        if let percentage {
            html += "<span data-uptime=\"\(percentage)\">\(texts.uptime.percentage(percentage))</span>"
        }
        html += today
        html += "</p>"
        if !affected.isEmpty {
            html += "<details class=\"days\"><summary>\(count)</summary><ul>"
            for (mark, words) in affected.reversed() {
                html += "<li><time datetime=\"\(mark.date.id)\">\(mark.dateText)</time> · \(words)</li>"
            }
            html += "</ul></details>"
        }
        html += "</div>"
    }

    /// Each status with its length, and the events.
    private func describe(_ day: UptimeDay, _ status: ShownStatus) -> String {
        let lengths = day.lengths.map {
            texts.uptime.lasted(texts.word($0.status), texts.length(milliseconds: $0.milliseconds))
        }
        // Without a length the status still has to be told.
        return ((lengths.isEmpty ? [texts.word(status)] : lengths) + day.events).joined(separator: " · ")
    }
}
