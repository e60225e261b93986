import HTTPTypes
import StatusPages
import Storage

/// Feeds and calendars.
extension DocumentKind {
    static let feeds = [
        feed(["/feed.rss", "/history.rss"], "application/rss+xml; charset=utf-8") { $0.rss() },
        feed(["/feed.atom", "/history.atom"], "application/atom+xml; charset=utf-8") { $0.atom() },
        feed(["/feed.json"], "application/feed+json") { $0.json() },
        DocumentKind(
            paths: ["/maintenances.ics"], mediaType: calendarType, tag: .calendar, caching: .minute,
            fields: calendarFields,
            source: .page { reading in
                let shown = reading.today.advanced(byMilliseconds: -90 * 86_400_000)
                let maintenances = try reading.history.maintenances(
                    in: reading.scope, endingAfter: shown, limit: MaintenanceCalendar.mostEvents)
                return MaintenanceCalendar(reading.scope, maintenances).bytes()
            }),
        DocumentKind(
            paths: ["/maintenances/{id}.ics"], mediaType: calendarType, tag: .calendar, caching: .minute,
            fields: calendarFields,
            source: .event { reading, id in
                guard let maintenance = try reading.history.maintenance(ID(id)),
                    maintenance.pageID == reading.scope.page.id, reading.scope.shows(maintenance)
                else { return nil }
                return MaintenanceCalendar(reading.scope, [maintenance]).bytes()
            }),
    ]

    private static let calendarType = "text/calendar; charset=utf-8"

    private static let calendarFields: @Sendable (PageScope) -> HTTPFields = { scope in
        var fields = open()
        fields[.contentDisposition] = "inline; filename=\"\(scope.page.slug)-maintenances.ics\""
        return fields
    }

    private static func feed(
        _ paths: [String], _ mediaType: String, _ render: @escaping @Sendable (Feed) -> [UInt8]
    ) -> DocumentKind {
        DocumentKind(
            paths: paths, mediaType: mediaType, tag: .feed, caching: .minute, fields: openFields,
            source: .page { reading in
                let events = try reading.history.lastChangedEvents(in: reading.scope, limit: Feed.mostEvents)
                return render(Feed(reading.scope, createdAt: reading.edition.state.createdAt, events: events))
            })
    }
}
