import Markup
import StatusPages

/// The maintenances of a page or sub-page as iCalendar (RFC 5545), for calendars that subscribe.
struct MaintenanceCalendar {
    /// The maximum number of maintenances in a calendar.
    static let mostEvents = 500

    let scope: PageScope
    /// In the order in which they are written.
    let maintenances: [Maintenance]

    /// - Parameter maintenances: in any order.
    init(_ scope: PageScope, _ maintenances: [Maintenance]) {
        self.scope = scope
        self.maintenances = maintenances.sorted { ($0.window.startAt, $0.id) < ($1.window.startAt, $1.id) }
    }

    /// Without METHOD: PUBLISH would require an ORGANIZER (RFC 5546 §3.2.1).
    func bytes() -> [UInt8] {
        var lines = ContentLines()
        lines.add("BEGIN", "VCALENDAR")
        lines.add("VERSION", "2.0")
        lines.add("PRODID", "-//Allclear//Allclear//EN")
        lines.add("CALSCALE", "GREGORIAN")
        lines.add("NAME", text: scope.name)
        lines.add("X-WR-CALNAME", text: scope.name)
        lines.add("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
        lines.add("X-PUBLISHED-TTL", "PT1H")
        lines.add("URL", scope.url)
        for maintenance in maintenances { Self.event(maintenance, scope, &lines) }
        if maintenances.isEmpty { Self.timeZone(&lines) }
        lines.add("END", "VCALENDAR")
        return lines.bytes
    }

    private static func event(_ maintenance: Maintenance, _ scope: PageScope, _ lines: inout ContentLines) {
        let event = EventSummary(.maintenance(maintenance), in: scope)
        lines.add("BEGIN", "VEVENT")
        lines.add("UID", event.uuid)
        lines.add("DTSTAMP", event.changedAt.basic)
        lines.add("LAST-MODIFIED", event.changedAt.basic)
        lines.add("CREATED", event.publishedAt.basic)
        // Grows with every change, and needs no counter.
        lines.add("SEQUENCE", "\(event.changedAt.wholeSeconds - event.publishedAt.wholeSeconds)")
        lines.add("DTSTART", maintenance.window.startAt.basic)
        lines.add("DTEND", end(of: maintenance).basic)
        lines.add("SUMMARY", text: event.name)
        lines.add("DESCRIPTION", text: description(event))
        lines.add("URL", event.url)
        lines.add("STATUS", "CONFIRMED")
        lines.add("TRANSP", "TRANSPARENT")
        lines.add("CATEGORIES", "MAINTENANCE")
        lines.add("END", "VEVENT")
    }

    /// The end of the window, or the completion if that was within the window. Always in a later second than the start
    /// (RFC 5545 §3.8.2.2).
    private static func end(of maintenance: Maintenance) -> Timestamp {
        let window = maintenance.window
        var end = window.endAt
        if let completedAt = PageEvent.maintenance(maintenance).endedAt, completedAt > window.startAt {
            end = min(completedAt, end)
        }
        return max(end, window.startAt.advanced(byMilliseconds: 1_000))
    }

    private static func description(_ event: EventSummary) -> String {
        var parts = ["Status: \(event.word)"]
        if let newest = event.updates.first { parts.append(Markdown(newest.message).plainText) }
        if !event.affected.isEmpty {
            let components = event.affected.map { "- \($0.name) (\($0.status.word))" }
            parts.append("Affected components:\n\(components.joined(separator: "\n"))")
        }
        parts.append(event.url)
        return parts.joined(separator: "\n\n")
    }

    /// A calendar must have at least one component (RFC 5545 §3.6). Programs show nothing for a time zone.
    private static func timeZone(_ lines: inout ContentLines) {
        lines.add("BEGIN", "VTIMEZONE")
        lines.add("TZID", "Etc/UTC")
        lines.add("BEGIN", "STANDARD")
        lines.add("DTSTART", "19700101T000000")
        lines.add("TZOFFSETFROM", "+0000")
        lines.add("TZOFFSETTO", "+0000")
        lines.add("TZNAME", "UTC")
        lines.add("END", "STANDARD")
        lines.add("END", "VTIMEZONE")
    }
}
