import GRDB
public import StatusPages

extension ReadTransaction {
    /// The time from which there is data on a component of a page. This is when the component was first placed there,
    /// or the start of the earliest impact on any of the page's components, whichever is earlier. Backfilled incidents
    /// are part of the page's history. Nil if the component was never on the page.
    public func dataAvailableSince(
        _ component: ID<Component>, on page: ID<StatusPage>
    ) throws -> Timestamp? {
        let placed = try db.query(
            "SELECT created_at FROM structure_items WHERE page_id = ? AND component_id = ?",
            [page.description, component.description]
        ) { try $0.timestamp(0) }.min()
        guard let placed else { return nil }
        // The query goes by component, so that each lookup reads the first entry of an index.
        let impacts = try db.query(
            """
            SELECT (SELECT min(start_at) FROM incident_impacts WHERE component_id = structure_items.component_id)
            FROM structure_items WHERE page_id = ? AND component_id IS NOT NULL
            """, [page.description]
        ) { try $0.optional(0) as Int64? }
        let earliest = impacts.compactMap(\.self).min().map(Timestamp.init(milliseconds:))
        return min(placed, earliest ?? placed)
    }

    /// The spans in which incidents on a page put a component in an outage. Returns all that overlap the window.
    public func outages(
        of component: ID<Component>, on page: ID<StatusPage>, from start: Timestamp, to end: Timestamp
    ) throws -> [Availability.Span] {
        let statuses = Availability.downtimeStatuses.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try db.query(
            """
            SELECT start_at, end_at FROM incident_impacts JOIN incidents ON id = incident_id
            WHERE component_id = ? AND page_id = ? AND start_at < ? AND (end_at IS NULL OR end_at > ?)
                AND incident_impacts.status IN (\(statuses))
            """, [component.description, page.description, end.milliseconds, start.milliseconds]
        ) { row in
            let end: Int64? = try row.optional(1)
            return Availability.Span(startAt: try row.timestamp(0), endAt: end.map(Timestamp.init(milliseconds:)))
        }
    }
}
