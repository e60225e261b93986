import GRDB
public import StatusPages

extension ReadTransaction {
    public func incident(_ id: ID<Incident>) throws -> Incident? {
        try incidents(where: "id = ?", [id.description]).first
    }

    /// The incidents of a page that are not resolved, newest first.
    public func ongoingIncidents(of page: ID<StatusPage>) throws -> [Incident] {
        try incidents(
            where: "page_id = ? AND status <> 'resolved' ORDER BY published_at DESC, id DESC", [page.description])
    }

    /// Incidents of a page, newest first.
    /// - Parameters:
    ///   - after: the incident behind which to begin. Nil: from the newest.
    ///   - limit: how many at most.
    /// - Returns: nil if `after` is not an incident of this list.
    public func incidents(
        of page: ID<StatusPage>, matching filter: EventFilter = EventFilter(), after: ID<Incident>? = nil, limit: Int
    ) throws -> [Incident]? {
        let list = EventList(table: "incidents", spans: "incident_impacts", owner: "incident_id")
        guard let query = try list.query(of: page, matching: filter, after: after?.ulid, limit: limit, in: db) else {
            return nil
        }
        return try incidents(where: query.condition, query.arguments)
    }

    /// Incidents with all their updates, in a fixed number of statements.
    private func incidents(where condition: String, _ arguments: StatementArguments) throws -> [Incident] {
        var incidents = try db.query(
            "SELECT id, page_id, name, status, published_at FROM incidents WHERE \(condition)", arguments
        ) { row in
            Incident(
                id: try row.id(0), pageID: try row.id(1), name: try row.value(2), publishedAt: try row.timestamp(4),
                status: try row.choice(3), updates: [])
        }
        let updates = try updates(of: jsonArray(incidents.map(\.id)))
        for index in incidents.indices { incidents[index].updates = updates[incidents[index].id] ?? [] }
        return incidents
    }

    private func updates(of incidents: String) throws -> [ID<Incident>: [IncidentUpdate]] {
        let statuses = try componentStatuses(of: incidents)
        let updates = try db.query(
            """
            SELECT incident_id, id, published_at, message, status, notify_subscribers FROM incident_updates
            WHERE incident_id IN (SELECT value FROM json_each(?)) ORDER BY incident_id, position
            """, [incidents]
        ) { row -> (incident: ID<Incident>, update: IncidentUpdate) in
            let id: ID<IncidentUpdate> = try row.id(1)
            let update = IncidentUpdate(
                id: id, publishedAt: try row.timestamp(2), message: try row.value(3), status: try row.choice(4),
                componentStatuses: statuses[id] ?? [], notifiesSubscribers: try row.value(5))
            return (try row.id(0), update)
        }
        return Dictionary(grouping: updates, by: \.incident).mapValues { $0.map(\.update) }
    }

    private func componentStatuses(of incidents: String) throws -> [ID<IncidentUpdate>: [ComponentStatusChange]] {
        let statuses = try db.query(
            """
            SELECT update_id, component_id, statuses.status
            FROM incident_updates JOIN incident_update_components AS statuses ON update_id = id
            WHERE incident_id IN (SELECT value FROM json_each(?)) ORDER BY update_id, statuses.position
            """, [incidents]
        ) { row -> (update: ID<IncidentUpdate>, change: ComponentStatusChange) in
            (try row.id(0), ComponentStatusChange(componentID: try row.id(1), status: try row.choice(2)))
        }
        return Dictionary(grouping: statuses, by: \.update).mapValues { $0.map(\.change) }
    }
}

extension WriteTransaction {
    /// Records a new incident with its updates.
    public func insert(_ incident: Incident) throws {
        try db.run(
            "INSERT INTO incidents (id, page_id, name, status, published_at) VALUES (?, ?, ?, ?, ?)",
            [
                incident.id.description, incident.pageID.description, incident.name, incident.status.rawValue,
                incident.publishedAt.milliseconds,
            ])
        for (position, update) in incident.updates.enumerated() {
            try insert(update, of: incident.id, at: position)
        }
        try replaceImpacts(of: incident)
        changes.note(incident.pageID)
    }

    /// Records that an incident has another name, status, or last update than when it was read.
    /// - Parameter update: the update that was published since, if one was.
    public func save(_ incident: Incident, publishing update: IncidentUpdate?) throws {
        try db.run(
            "UPDATE incidents SET name = ?, status = ? WHERE id = ?",
            [incident.name, incident.status.rawValue, incident.id.description])
        if let update {
            try insert(update, of: incident.id, at: incident.updates.count - 1)
            try replaceImpacts(of: incident)
        }
        changes.note(incident.pageID)
    }

    private func insert(_ update: IncidentUpdate, of incident: ID<Incident>, at position: Int) throws {
        try db.run(
            """
            INSERT INTO incident_updates (id, incident_id, position, published_at, message, status, notify_subscribers)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                update.id.description, incident.description, position, update.publishedAt.milliseconds, update.message,
                update.status.rawValue, update.notifiesSubscribers,
            ])
        for (index, change) in update.componentStatuses.enumerated() {
            try db.run(
                "INSERT INTO incident_update_components (update_id, position, component_id, status) VALUES (?, ?, ?, ?)",
                [update.id.description, index, change.componentID.description, change.status.rawValue])
        }
    }

    private func replaceImpacts(of incident: Incident) throws {
        try db.run("DELETE FROM incident_impacts WHERE incident_id = ?", [incident.id.description])
        for (position, impact) in incident.timeline.impacts.enumerated() {
            try db.run(
                """
                INSERT INTO incident_impacts (incident_id, position, component_id, status, start_at, end_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    incident.id.description, position, impact.componentID.description, impact.status.rawValue,
                    impact.startAt.milliseconds, impact.endAt?.milliseconds,
                ])
        }
    }
}
