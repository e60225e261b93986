import Markup
import StatusPages

/// The contents of an email about updates, as text and as HTML, without the links of a subscriber.
struct UpdateText {
    /// Newest first.
    private let announcements: [Announcement]
    private let newest: Announcement

    /// - Parameter announcements: not empty.
    init(_ announcements: [Announcement]) {
        self.announcements = announcements
        newest = announcements[0]
    }

    private var reason: String {
        "You get this email because you subscribed to updates from \(newest.pageName.onOneLine)."
    }

    var plain: String {
        let updates = announcements.map { announcement in
            ([announcement.title, "", announcement.message.withoutNull, ""] + announcement.facts).joined(
                separator: "\n")
        }
        return """
            \(updates.joined(separator: "\n\n"))
            \(newest.eventURL)

            -- \n\(reason)

            """
    }

    var html: HTML {
        """
        \(MailHTML.beginning(title: newest.title))\(announcements.map(html))\
        <p style="margin:24px 0">\(MailHTML.link("View on \(newest.pageName.onOneLine)", url: newest.eventURL))</p>
        <hr style="margin:24px 0 12px;border:0;border-top:1px solid">
        \(MailHTML.note(HTML(text: reason)))
        """
    }

    private func html(_ announcement: Announcement) -> HTML {
        """
        <div style="margin:0 0 24px;padding:0 0 0 16px;border-left:4px solid \(announcement.colour)">
        \(MailHTML.heading(announcement.title))\
        <div style="overflow-x:auto">\(Markdown(announcement.message.withoutNull).html)</div>
        \(announcement.facts.map { MailHTML.note(HTML(text: $0)) })\
        </div>

        """
    }
}

extension Announcement {
    /// The heading of the update in emails and chats, such as `Investigating: Login is down`.
    var title: String { "\(statusInWords): \(eventName)".onOneLine }

    /// The affected components and the times, one line each.
    var facts: [String] {
        var facts: [String] = []
        if !affected.isEmpty {
            let names = affected.map { "\($0.name) (\($0.status.inWords))" }
            facts.append("Affected: \(names.joined(separator: ", "))".onOneLine)
        }
        if let window { facts.append("When: \(window.startAt.inWords) to \(window.endAt.inWords)") }
        return facts + [publishedAt.inWords]
    }

    /// A colour for the status, visible on white and on black.
    var colour: String {
        switch status {
        case Incident.Status.resolved.rawValue, Maintenance.Status.complete.rawValue: "#2f9e44"
        case Incident.Status.monitoring.rawValue: "#1c7ed6"
        case Incident.Status.investigating.rawValue, Incident.Status.identified.rawValue: "#e03131"
        default: "#7048e8"
        }
    }
}

extension ShownStatus {
    var inWords: String {
        switch self {
        case .operational: "Operational"
        case .underMaintenance: "Under maintenance"
        case .degradedPerformance: "Degraded performance"
        case .partialOutage: "Partial outage"
        case .fullOutage: "Full outage"
        }
    }
}

extension String {
    /// Mail programs may end a text at U+0000.
    var withoutNull: String { String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? " " : $0 })) }
}
