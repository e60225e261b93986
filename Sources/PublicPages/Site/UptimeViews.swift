import Markup
import StatusPages

/// Writes uptime bars. Days on which nothing happened are made once and copied into every bar.
struct UptimeWriter {
    /// About how many bytes a bar has.
    static let mostBytes = 11_500

    private let texts: Texts
    private let showsPercentage: Bool
    /// The days of the bars, oldest first.
    private let days: [(date: CalendarDay, text: String)]
    /// For each of the days, its whole element if nothing happened.
    private let operational: [HTML]
    /// For each of the days, its whole element without data.
    private let noData: [HTML]
    /// The texts that are the same under each bar.
    private let daysAgo: HTML
    private let today: HTML

    /// - Parameter today: the last day of every bar, as days since 1970-01-01; nil if there is no bar.
    init(_ texts: Texts, showsPercentage: Bool, today: Int?) {
        self.texts = texts
        self.showsPercentage = showsPercentage
        let first = today.map { $0 - UptimeBar.days + 1 }
        days =
            first.map { first in
                (0..<UptimeBar.days).map { index in
                    let date = CalendarDay(days: first + index)
                    return (date, texts.date(date))
                }
            } ?? []
        operational = days.enumerated().map {
            Self.element($0, $1.date, "operational", $1.text, texts.uptime.noDowntime)
        }
        noData = days.enumerated().map { Self.element($0, $1.date, "no_data", $1.text, texts.uptime.noData) }
        daysAgo = "<span>\(texts.uptime.daysAgo(UptimeBar.days))</span>"
        self.today = "<span>\(texts.uptime.today)</span>"
    }

    private static func element(
        _ index: Int, _ date: CalendarDay, _ status: String, _ dateText: String, _ words: String
    ) -> HTML {
        """
        <rect x="\(index)" data-day="\(date.id)" data-status="\(status)"><title>\(dateText) · \(words)</title></rect>
        """
    }

    func write(_ bar: UptimeBar, of id: ULID, _ name: String, to html: inout HTML) {
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
        writeDays(bar, affected, to: &html)
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

    private func writeDays(_ bar: UptimeBar, _ affected: [(index: Int, words: String)], to html: inout HTML) {
        var affected = affected[...]
        for (index, day) in zip(days.indices, bar.days) {
            switch day.status {
            case nil: html += noData[index]
            case .operational: html += operational[index]
            case let status?:
                let words = affected.popFirst()?.words ?? ""
                html += Self.element(index, days[index].date, status.rawValue, days[index].text, words)
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
