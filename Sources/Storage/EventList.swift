import GRDB
public import StatusPages

/// Selects the incidents or maintenances of a list. An event's spans are its impacts or periods. The list shows an
/// event if at least one span meets every condition set here.
public struct EventFilter: Equatable, Sendable {
    /// The span is on one of these components. Nil: on any.
    public var componentIDs: Set<ID<Component>>?
    /// The span ends at this time or later, or has no end.
    public var startAt: Timestamp?
    /// The span starts at this time or earlier.
    public var endAt: Timestamp?

    public init(componentIDs: Set<ID<Component>>? = nil, startAt: Timestamp? = nil, endAt: Timestamp? = nil) {
        self.componentIDs = componentIDs
        self.startAt = startAt
        self.endAt = endAt
    }

    var isEmpty: Bool { componentIDs == nil && startAt == nil && endAt == nil }
}

/// How incidents and maintenances are listed: newest first, one page of results at a time. Pages begin after a record,
/// not at an offset. A list therefore stays stable while records are added, and every page costs the same, however long
/// the history.
struct EventList {
    let table: String
    /// The table of impacts or periods.
    let spans: String
    /// The table that says how far an event's spans are from its publication (see `Reach`).
    let reaches: String
    /// The column of those tables that names the event.
    let owner: String

    static let incidents = EventList(
        table: "incidents", spans: "incident_impacts", reaches: "incident_reaches", owner: "incident_id")
    static let maintenances = EventList(
        table: "maintenances", spans: "maintenance_periods", reaches: "maintenance_reaches", owner: "maintenance_id")

    /// The part of a query after WHERE.
    /// - Returns: nil if `after` is not a record of this list.
    func query(
        of page: ID<StatusPage>, matching filter: EventFilter, after: ULID?, limit: Int, in db: Database
    ) throws -> (condition: String, arguments: StatementArguments)? {
        var arguments: StatementArguments = ["page": page.description]
        if !filter.isEmpty { arguments += window(of: filter) }
        if let after {
            arguments += ["after_id": after.description]
            guard let time = try publicationTime(isFiltered: !filter.isEmpty, arguments, in: db) else { return nil }
            arguments += ["after_time": time]
        } else if !filter.isEmpty {
            arguments += ["after_id": "", "after_time": Reach.endless * 2]
        }
        arguments += ["limit": limit]
        var condition = "page_id = :page"
        if !filter.isEmpty {
            arguments += ["reaches": Reach.json, "endless": Reach.endless]
            condition = "id IN (\(candidates))"
        } else if after != nil {
            condition += " AND (published_at, id) < (:after_time, :after_id)"
        }
        return ("\(condition) ORDER BY published_at DESC, id DESC LIMIT :limit", arguments)
    }

    private func window(of filter: EventFilter) -> StatementArguments {
        [
            "components": filter.componentIDs.map { jsonArray($0.sorted()) } ?? "[null]",
            "from": filter.startAt?.milliseconds ?? -Reach.endless,
            "until": filter.endAt?.milliseconds ?? Reach.endless,
        ]
    }

    /// The publication time of the event after which the list begins; nil if the list does not contain the event.
    private func publicationTime(isFiltered: Bool, _ arguments: StatementArguments, in db: Database) throws -> Int64? {
        let filter = "EXISTS (SELECT 1 FROM json_each(:components) AS component WHERE \(match(of: "\(table).id")))"
        return try db.query(
            """
            SELECT published_at FROM \(table)
            WHERE id = :after_id AND page_id = :page\(isFiltered ? " AND \(filter)" : "")
            """, arguments
        ) { try $0.value(0) as Int64 }.first
    }

    /// The newest matching events for each requested component and each reach. The newest of these are the newest of
    /// all.
    ///
    /// Within one reach, an index has the events in the list's order. The requested window, widened by the reach,
    /// bounds the range to look at. The events in that range that do not match are about as old as the window, so their
    /// number does not grow with the history.
    private var candidates: String {
        """
        SELECT candidate.\(owner)
        FROM json_each(:components) AS component CROSS JOIN json_each(:reaches) AS reach
        CROSS JOIN \(reaches) AS candidate ON candidate.rowid IN (
            SELECT near.rowid FROM \(reaches) AS near
            WHERE near.page_id = :page AND near.component_id IS component.value AND near.reach = reach.value
                AND near.published_at BETWEEN :from - iif(reach.value < 0, :endless, reach.value)
                    AND min(:until + abs(reach.value), :after_time)
                AND (+near.published_at, near.\(owner)) < (:after_time, :after_id)
                AND \(match(of: "near.\(owner)"))
            ORDER BY near.published_at DESC, near.\(owner) DESC LIMIT :limit)
        """
    }

    /// Whether an event has a span within the window on the component, or on any component if that is null.
    private func match(of event: String) -> String {
        """
        EXISTS (
            SELECT 1 FROM \(spans) AS span
            WHERE span.\(owner) = \(event) AND (component.value IS NULL OR span.component_id = component.value)
                AND (span.end_at IS NULL OR span.end_at >= :from) AND span.start_at <= :until)
        """
    }

    /// Deletes an event and everything that belongs to it.
    func remove<Event>(_ event: ID<Event>, in db: Database) throws {
        try db.run("DELETE FROM \(table) WHERE id = ?", [event.description])
    }

    /// Stores the time of an event's last change.
    func saveChangeTime<Event>(_ time: Timestamp, of event: ID<Event>, in db: Database) throws {
        try db.run("UPDATE \(table) SET changed_at = ? WHERE id = ?", [time.milliseconds, event.description])
    }

    /// Deletes an event's spans and their reaches.
    func removeSpans<Event>(of event: ID<Event>, in db: Database) throws {
        for table in [spans, reaches] { try db.run("DELETE FROM \(table) WHERE \(owner) = ?", [event.description]) }
    }

    /// Stores the reaches of an event's spans. Call it after the spans are stored.
    func recordReach<Event>(of event: ID<Event>, in db: Database) throws {
        try db.run(
            """
            INSERT INTO \(reaches) (\(owner), component_id, page_id, published_at, reach)
            SELECT id, component_id, page_id, published_at,
                (SELECT min(value) FROM json_each(:reaches) WHERE value >= distance) * iif(lasts, -1, 1)
            FROM (
                SELECT id, component_id, page_id, published_at, count(*) > count(end_at) AS lasts,
                    max(max(abs(start_at - published_at), abs(coalesce(end_at, start_at) - published_at))) AS distance
                FROM (
                    SELECT component_id, start_at, end_at FROM \(spans) WHERE \(owner) = :event
                    UNION ALL SELECT NULL, start_at, end_at FROM \(spans) WHERE \(owner) = :event
                ) CROSS JOIN (SELECT id, page_id, published_at FROM \(table) WHERE id = :event)
                GROUP BY component_id)
            """, ["event": event.description, "reaches": Reach.json])
    }
}

extension EventList {
    /// The ids of events whose stored reaches do not match their spans.
    var wrongReaches: String {
        let recorded = "SELECT \(owner) AS event, component_id, page_id, published_at, reach FROM \(reaches)"
        let due = """
            SELECT event, component_id, page_id, published_at,
                (SELECT min(value) FROM json_each('\(Reach.json)') WHERE value >= distance) * iif(lasts, -1, 1)
            FROM (
                SELECT event, component_id, page_id, published_at, count(*) > count(end_at) AS lasts,
                    max(max(abs(start_at - published_at), abs(coalesce(end_at, start_at) - published_at))) AS distance
                FROM (
                    SELECT \(owner) AS event, component_id, start_at, end_at FROM \(spans)
                    UNION ALL SELECT \(owner), NULL, start_at, end_at FROM \(spans)
                ) JOIN (SELECT id, page_id, published_at FROM \(table)) ON id = event
                GROUP BY event, component_id)
            """
        return """
            SELECT event FROM (\(recorded) EXCEPT \(due)) UNION SELECT event FROM (\(due) EXCEPT \(recorded))
            """
    }
}

/// How far the start and end of an event's spans are from its publication, rounded up to one of a few steps, in
/// milliseconds. Negative if a span has no end.
private enum Reach {
    /// More than the distance between any two times. Three of these can be added without an overflow.
    static let endless: Int64 = 1 << 60

    private static let hour: Int64 = 3_600_000
    /// An hour, a day, 30 days, 366 days, and longer.
    private static let steps = [hour, 24 * hour, 30 * 24 * hour, 366 * 24 * hour, endless]

    /// All possible reaches, as a JSON array.
    static let json = "[\((steps + steps.map { -$0 }).map(String.init).joined(separator: ","))]"
}
