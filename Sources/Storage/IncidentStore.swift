import GRDB
public import StatusPages

extension ReadTransaction {
    /// One incident with all its updates, whatever page it is on.
    public func incident(_ id: ID<Incident>) throws -> Incident? {
        try incidents(where: "id = ?", [id.description]).first
    }

    /// The incident that an update was published to.
    public func incident(of update: ID<IncidentUpdate>) throws -> ID<Incident>? {
        try EventUpdateTable.incidents.event(of: update, in: db)
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
        let query = try EventList.incidents.query(
            of: page, matching: filter, after: after?.ulid, limit: limit, in: db)
        guard let query else { return nil }
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
        let updates: [ID<Incident>: [IncidentUpdate]] = try EventUpdateTable.incidents.load(
            of: jsonArray(incidents.map(\.id)), in: db)
        for index in incidents.indices { incidents[index].updates = updates[incidents[index].id] ?? [] }
        return incidents
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
            try EventUpdateTable.incidents.insert(update, of: incident.id, at: position, in: db)
        }
        try insertImpacts(of: incident)
        // What is over before it is recorded was never under way to anyone who looks at the page.
        if incident.status != .resolved { changes.note(incident.pageID) }
    }

    /// Records that an incident has another name, status, or last update than when it was read.
    /// - Parameter update: the update that was published since, if one was.
    public func save(_ incident: Incident, publishing update: IncidentUpdate?) throws {
        try db.run(
            "UPDATE incidents SET name = ?, status = ? WHERE id = ?",
            [incident.name, incident.status.rawValue, incident.id.description])
        if let update {
            try EventUpdateTable.incidents.insert(
                update, of: incident.id, at: incident.updates.count - 1, in: db)
            try EventList.incidents.removeSpans(of: incident.id, in: db)
            try insertImpacts(of: incident)
        }
        changes.note(incident.pageID)
    }

    /// Records that an update of an incident has another text than when it was read.
    public func saveText(ofUpdateAt position: Int, of incident: Incident) throws {
        try EventUpdateTable.incidents.saveText(
            of: incident.updates[position], of: incident.id, at: position, in: db)
        changes.note(incident.pageID)
    }

    /// Removes an incident and all that belongs to it. Its idempotency key stays used.
    public func delete(_ incident: Incident) throws {
        try EventList.incidents.remove(incident.id, in: db)
        changes.note(incident.pageID)
    }

    private func insertImpacts(of incident: Incident) throws {
        let impacts = incident.timeline.impacts
        for (position, impact) in impacts.enumerated() {
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
        if !impacts.isEmpty { try EventList.incidents.recordReach(of: incident.id, in: db) }
    }
}
