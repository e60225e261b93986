import GRDB
public import StatusPages

extension ReadTransaction {
    /// One incident with all its updates, on any page.
    public func incident(_ id: ID<Incident>) throws -> Incident? {
        try incidents(where: "id = ?", [id.description]).first
    }

    /// The incident that an update belongs to; nil for an unknown update.
    public func incident(of update: ID<IncidentUpdate>) throws -> ID<Incident>? {
        try EventUpdateTable.incidents.event(of: update, in: db)
    }

    /// The authors of an incident's updates, by the index of the update.
    public func authors(of incident: ID<Incident>) throws -> [Int: UpdateAuthor] {
        try EventUpdateTable.incidents.authors(of: incident, in: db)
    }

    /// The unresolved incidents of a page, newest first.
    public func ongoingIncidents(of page: ID<StatusPage>) throws -> [Incident] {
        try incidents(
            where: "page_id = ? AND status <> 'resolved' ORDER BY published_at DESC, id DESC", [page.description])
    }

    /// Incidents of a page, newest first.
    /// - Parameters:
    ///   - after: the incident after which the list begins. Nil: from the newest.
    ///   - limit: the maximum number of incidents to return.
    /// - Returns: nil if `after` is not an incident of this list.
    public func incidents(
        of page: ID<StatusPage>, matching filter: EventFilter = EventFilter(), after: ID<Incident>? = nil, limit: Int
    ) throws -> [Incident]? {
        let query = try EventList.incidents.query(
            of: page, matching: filter, after: after?.ulid, limit: limit, in: db)
        guard let query else { return nil }
        return try incidents(where: query.condition, query.arguments)
    }

    /// Incidents with all their updates, read with a fixed number of statements.
    func incidents(where condition: String, _ arguments: StatementArguments) throws -> [Incident] {
        var incidents = try db.query(
            "SELECT id, page_id, name, status, published_at, revised_at FROM incidents WHERE \(condition)", arguments
        ) { row in
            Incident(
                id: try row.id(0), pageID: try row.id(1), name: try row.value(2), publishedAt: try row.timestamp(4),
                revisedAt: try row.optionalTimestamp(5), status: try row.choice(3), updates: [])
        }
        let updates: [ID<Incident>: [IncidentUpdate]] = try EventUpdateTable.incidents.load(
            of: jsonArray(incidents.map(\.id)), in: db)
        for index in incidents.indices { incidents[index].updates = updates[incidents[index].id] ?? [] }
        return incidents
    }
}

extension WriteTransaction {
    /// Stores a new incident with its updates.
    public func insert(_ incident: Incident) throws {
        try db.run(
            """
            INSERT INTO incidents (id, page_id, name, status, published_at, revised_at, changed_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                incident.id.description, incident.pageID.description, incident.name, incident.status.rawValue,
                incident.publishedAt.milliseconds, incident.revisedAt?.milliseconds, incident.changedAt.milliseconds,
            ])
        for (position, update) in incident.updates.enumerated() {
            try EventUpdateTable.incidents.insert(update, of: incident.id, at: position, by: actor, in: db)
        }
        try insertImpacts(of: incident)
        changes.note(incident)
    }

    /// Stores an incident's name, status and latest update after a change.
    /// - Parameter update: the new update; nil if there is none.
    public func save(_ incident: Incident, publishing update: IncidentUpdate?) throws {
        try db.run(
            "UPDATE incidents SET name = ?, status = ?, revised_at = ?, changed_at = ? WHERE id = ?",
            [
                incident.name, incident.status.rawValue, incident.revisedAt?.milliseconds,
                incident.changedAt.milliseconds, incident.id.description,
            ])
        if let update {
            try EventUpdateTable.incidents.insert(
                update, of: incident.id, at: incident.updates.count - 1, by: actor, in: db)
            try EventList.incidents.removeSpans(of: incident.id, in: db)
            try insertImpacts(of: incident)
        }
        changes.note(incident)
    }

    /// Stores the text of an incident's update after a change.
    public func saveText(ofUpdateAt position: Int, of incident: Incident) throws {
        try EventUpdateTable.incidents.saveText(
            of: incident.updates[position], of: incident.id, at: position, in: db)
        try EventList.incidents.saveChangeTime(incident.changedAt, of: incident.id, in: db)
        changes.note(incident)
    }

    /// Deletes an incident and everything that belongs to it. Its idempotency key stays used.
    public func delete(_ incident: Incident) throws {
        try EventList.incidents.remove(incident.id, in: db)
        changes.note(incident)
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
