import GRDB
public import StatusPages

/// The queries for a page's public documents.
extension ReadTransaction {
    /// The current state of a page.
    /// - Parameters:
    ///   - serverURL: without a trailing slash.
    ///   - hasMail: whether the server can send email.
    public func state(of page: StatusPage, serverURL: String, hasMail: Bool = false) throws -> PageState {
        let createdAt = try db.query(
            "SELECT created_at FROM pages WHERE id = ?", [page.id.description]
        ) { try $0.timestamp(0) }.first
        guard let createdAt else { throw StorageError.inconsistent(reason: "there is no page \(page.id)") }
        return PageState(
            page: page, url: page.publicURL(serverURL: serverURL), createdAt: createdAt, hasMail: hasMail,
            incidents: try ongoingIncidents(of: page.id), maintenances: try unfinishedMaintenances(of: page.id))
    }

    /// Brings a page's state up to date.
    /// - Parameter changed: all events of the page that changed since `state` was read.
    public func state(_ state: PageState, after changed: ChangedEvents) throws -> PageState {
        var state = state
        for id in changed.incidents { state.replace(id, with: try incident(id)) }
        for id in changed.maintenances { state.replace(id, with: try maintenance(id)) }
        return state
    }

    /// The newest incidents that a page or sub-page shows, newest publication first.
    public func newestIncidents(in scope: PageScope, limit: Int) throws -> [Incident] {
        try incidents(
            where: "\(Self.condition(of: scope, .incidents)) ORDER BY published_at DESC, id DESC LIMIT :limit",
            Self.arguments(of: scope, limit: limit))
    }

    /// The maintenances with the latest start that a page or sub-page shows, latest first.
    public func latestMaintenances(in scope: PageScope, limit: Int) throws -> [Maintenance] {
        let complete = try maintenances(
            where: """
                \(Self.condition(of: scope, .maintenances)) AND status = 'maintenance_complete'
                ORDER BY start_at DESC, id DESC LIMIT :limit
                """, Self.arguments(of: scope, limit: limit))
        let unfinished = try unfinishedMaintenances(of: scope.page.id).filter(scope.shows)
        let latest = (complete + unfinished).sorted { ($0.window.startAt, $0.id) > ($1.window.startAt, $1.id) }
        return Array(latest.prefix(limit))
    }

    /// The maintenances whose window ends after a time, soonest start first. If there are more than `limit`, those that
    /// end first are left out.
    public func maintenances(in scope: PageScope, endingAfter time: Timestamp, limit: Int) throws -> [Maintenance] {
        try maintenances(
            where: """
                \(Self.condition(of: scope, .maintenances)) AND end_at > :time ORDER BY end_at DESC, id DESC LIMIT :limit
                """, Self.arguments(of: scope, limit: limit) + ["time": time.milliseconds]
        ).sorted { ($0.window.startAt, $0.id) < ($1.window.startAt, $1.id) }
    }

    /// The events that a page or sub-page shows and that changed last, latest change first.
    public func lastChangedEvents(in scope: PageScope, limit: Int) throws -> [PageEvent] {
        let order = "ORDER BY changed_at DESC, id DESC LIMIT :limit"
        let arguments = Self.arguments(of: scope, limit: limit)
        let incidents = try incidents(where: "\(Self.condition(of: scope, .incidents)) \(order)", arguments)
        let maintenances = try maintenances(where: "\(Self.condition(of: scope, .maintenances)) \(order)", arguments)
        let events = incidents.map(PageEvent.incident) + maintenances.map(PageEvent.maintenance)
        return Array(events.sorted { ($0.changedAt, $0.ulid) > ($1.changedAt, $1.ulid) }.prefix(limit))
    }

    /// When an event that a page or sub-page shows last changed; nil if there is none.
    public func lastChange(in scope: PageScope) throws -> Timestamp? {
        try [EventList.incidents, .maintenances].compactMap { list in
            try db.query(
                """
                SELECT changed_at FROM \(list.table) WHERE \(Self.condition(of: scope, list))
                ORDER BY changed_at DESC LIMIT :limit
                """, Self.arguments(of: scope, limit: 1)
            ) { try $0.timestamp(0) }.first
        }.max()
    }

    /// The records of the components that a page places.
    public func componentRecords(of page: ID<StatusPage>) throws -> [ID<Component>: ComponentRecord] {
        // Each sub-query reads one end of an index.
        let rows = try db.query(
            """
            SELECT component_id, components.created_at, structure_items.created_at,
                (SELECT min(start_at) FROM incident_impacts WHERE component_id = structure_items.component_id),
                (SELECT end_at FROM incident_impacts AS ended JOIN incidents ON id = incident_id
                    WHERE component_id = structure_items.component_id AND page_id = :page AND end_at IS NOT NULL
                    ORDER BY ended.end_at DESC LIMIT 1),
                (SELECT ended.end_at FROM maintenance_periods AS ended JOIN maintenances ON id = maintenance_id
                    WHERE component_id = structure_items.component_id AND page_id = :page AND open = 0
                    ORDER BY ended.end_at DESC LIMIT 1)
            FROM structure_items JOIN components ON components.id = component_id
            WHERE page_id = :page AND component_id IS NOT NULL
            """, ["page": page.description]
        ) { row in
            (
                id: try row.id(0) as ID<Component>, createdAt: try row.timestamp(1), placedAt: try row.timestamp(2),
                firstImpact: try row.optionalTimestamp(3),
                lastEnd: max(try row.optionalTimestamp(4), try row.optionalTimestamp(5))
            )
        }
        let earliest = rows.compactMap(\.firstImpact).min()
        let records = rows.map { row in
            let since = min(row.placedAt, earliest ?? row.placedAt)
            return (
                row.id,
                ComponentRecord(createdAt: row.createdAt, dataAvailableSince: since, lastEndedAt: row.lastEnd)
            )
        }
        return Dictionary(records) { one, other in
            (one.dataAvailableSince ?? one.createdAt) < (other.dataAvailableSince ?? other.createdAt) ? one : other
        }
    }

    /// The events that a page or sub-page shows and that ended after a time, latest end first.
    public func endedEvents(in scope: PageScope, after time: Timestamp, limit: Int) throws -> [PageEvent] {
        let incidents = try lastEnded(limit, after: time) { limit, offset in
            try self.incidents(
                where: "\(Self.condition(of: scope, .incidents)) AND \(Self.ended)",
                Self.arguments(of: scope, limit: limit) + [
                    "time": time.milliseconds, "ended": Incident.Status.resolved.rawValue, "offset": offset,
                ]
            ).map(PageEvent.incident)
        }
        let maintenances = try lastEnded(limit, after: time) { limit, offset in
            try self.maintenances(
                where: "\(Self.condition(of: scope, .maintenances)) AND \(Self.ended)",
                Self.arguments(of: scope, limit: limit) + [
                    "time": time.milliseconds, "ended": Maintenance.Status.complete.rawValue, "offset": offset,
                ]
            ).map(PageEvent.maintenance)
        }
        return (incidents + maintenances).sorted { ($0.time, $0.event.ulid) > ($1.time, $1.event.ulid) }
            .prefix(limit).map(\.event)
    }

    private static let ended =
        "status = :ended AND changed_at > :time ORDER BY changed_at DESC, id DESC LIMIT :limit OFFSET :offset"

    /// The events that ended last, with their ends.
    /// - Parameter read: reads events in the order of their last change, latest first. No event ended after its last
    ///   change, so a few of them usually suffice.
    private func lastEnded(
        _ count: Int, after time: Timestamp, _ read: (_ limit: Int, _ offset: Int) throws -> [PageEvent]
    ) rethrows -> [(event: PageEvent, time: Timestamp)] {
        var found: [(event: PageEvent, time: Timestamp)] = []
        for offset in stride(from: 0, to: Int.max, by: 100) {
            let events = try read(100, offset)
            found += events.compactMap { event in event.endedAt.map { (event, $0) } }.filter { $0.time > time }
            guard events.count == 100, let last = events.last?.changedAt else { break }
            if found.count(where: { $0.time >= last }) >= count { break }
        }
        return found
    }

    /// The incidents that were published, and the maintenances that began, within a period, newest first.
    public func begunEvents(
        in scope: PageScope, from start: Timestamp, until end: Timestamp
    ) throws -> [PageEvent] {
        // A negative limit means no limit.
        let arguments =
            Self.arguments(of: scope, limit: -1) + ["from": start.milliseconds, "until": end.milliseconds]
        let incidents = try incidents(
            where: """
                \(Self.condition(of: scope, .incidents)) AND published_at >= :from AND published_at < :until
                LIMIT :limit
                """, arguments)
        // A maintenance may begin before its window, so those with a later window count, too.
        let complete = try maintenances(
            where: """
                \(Self.condition(of: scope, .maintenances)) AND status = 'maintenance_complete' AND start_at >= :from
                AND start_at < :until + 31622400000 LIMIT :limit
                """, arguments)
        let unfinished = try unfinishedMaintenances(of: scope.page.id)
            .filter { $0.status == .inProgress && scope.shows($0) }
        let maintenances = (complete + unfinished).filter { $0.startedAt >= start && $0.startedAt < end }
        let events = incidents.map(PageEvent.incident) + maintenances.map(PageEvent.maintenance)
        return events.sorted { ($0.beganAt, $0.ulid) > ($1.beganAt, $1.ulid) }
    }

    /// Whether there is an incident that was published before a time, or a maintenance in progress or complete whose
    /// window starts before that time.
    public func hasEvent(in scope: PageScope, before time: Timestamp) throws -> Bool {
        let arguments = Self.arguments(of: scope, limit: 1) + ["time": time.milliseconds]
        let incidents = try db.query(
            """
            SELECT id FROM incidents WHERE \(Self.condition(of: scope, .incidents)) AND published_at < :time LIMIT :limit
            """, arguments
        ) { _ in true }
        if !incidents.isEmpty { return true }
        let maintenances = try db.query(
            """
            SELECT id FROM maintenances WHERE \(Self.condition(of: scope, .maintenances))
            AND status <> 'maintenance_scheduled' AND start_at < :time LIMIT :limit
            """, arguments
        ) { _ in true }
        return !maintenances.isEmpty
    }

    /// The spans in which a page's events affected components, if they ended after a time. Open spans are left out.
    public func endedSpans(of page: ID<StatusPage>, endingAfter time: Timestamp) throws -> [EventSpans] {
        let impacts = try spans(
            """
            SELECT incidents.id, incidents.name, component_id, incident_impacts.status, start_at, end_at
            FROM (\(Self.placed)) CROSS JOIN incident_impacts USING (component_id)
                JOIN incidents ON incidents.id = incident_id
            WHERE incidents.page_id = :page AND end_at > :time
            """, of: page, endingAfter: time)
        let periods = try spans(
            """
            SELECT maintenances.id, maintenances.name, component_id, 'under_maintenance', ended.start_at, ended.end_at
            FROM (\(Self.placed)) CROSS JOIN maintenance_periods AS ended USING (component_id)
                JOIN maintenances ON maintenances.id = maintenance_id
            WHERE maintenances.page_id = :page AND open = 0
                AND ended.end_at > :time AND maintenances.status <> 'maintenance_scheduled'
            """, of: page, endingAfter: time)
        return impacts + periods
    }

    private static let placed =
        "SELECT DISTINCT component_id FROM structure_items WHERE page_id = :page AND component_id IS NOT NULL"

    private func spans(_ sql: String, of page: ID<StatusPage>, endingAfter time: Timestamp) throws -> [EventSpans] {
        let rows = try db.query(sql, ["page": page.description, "time": time.milliseconds]) { row in
            (
                event: (try row.id(0) as ID<PageEvent>).ulid, name: try row.value(1) as String,
                span: UptimeSpan(
                    componentID: try row.id(2), status: try row.choice(3), startAt: try row.timestamp(4),
                    endAt: try row.timestamp(5))
            )
        }
        return Dictionary(grouping: rows, by: \.event).map { event, rows in
            EventSpans(event: event, name: rows[0].name, spans: rows.map(\.span))
        }
    }

    /// Whether a scope shows an event. The page shows all its events, and a sub-page those that name its components.
    private static func condition(of scope: PageScope, _ list: EventList) -> String {
        guard scope.requiredComponents != nil else { return "page_id = :page" }
        let told = list.table == EventList.incidents.table ? EventUpdateTable.incidents : .maintenances
        return """
            page_id = :page AND EXISTS (
                SELECT 1 FROM \(told.components) WHERE \(list.owner) = \(list.table).id
                    AND component_id IN (SELECT value FROM json_each(:components)))
            """
    }

    private static func arguments(of scope: PageScope, limit: Int) -> StatementArguments {
        var arguments: StatementArguments = ["page": scope.page.id.description, "limit": limit]
        if let components = scope.requiredComponents { arguments += ["components": jsonArray(components.sorted())] }
        return arguments
    }
}

private func max(_ one: Timestamp?, _ other: Timestamp?) -> Timestamp? {
    guard let one, let other else { return one ?? other }
    return Swift.max(one, other)
}
