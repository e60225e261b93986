import GRDB
public import StatusPages

extension ReadTransaction {
    /// One maintenance with all its updates and periods, on any page.
    public func maintenance(_ id: ID<Maintenance>) throws -> Maintenance? {
        try maintenances(where: "id = ?", [id.description]).first
    }

    /// The maintenance that an update belongs to; nil for an unknown update.
    public func maintenance(of update: ID<MaintenanceUpdate>) throws -> ID<Maintenance>? {
        try EventUpdateTable.maintenances.event(of: update, in: db)
    }

    /// The authors of a maintenance's updates, by the index of the update.
    public func authors(of maintenance: ID<Maintenance>) throws -> [Int: UpdateAuthor] {
        try EventUpdateTable.maintenances.authors(of: maintenance, in: db)
    }

    /// The unfinished maintenances of a page, soonest first.
    public func unfinishedMaintenances(of page: ID<StatusPage>) throws -> [Maintenance] {
        try maintenances(
            where: "page_id = ? AND status <> 'maintenance_complete' ORDER BY start_at, id", [page.description])
    }

    /// The maintenances whose status the server's clock must change by now, the most overdue first.
    public func dueMaintenances(at now: Timestamp) throws -> [Maintenance] {
        try maintenances(where: "due_at <= ? ORDER BY due_at, id", [now.milliseconds])
    }

    /// Maintenances of a page, newest first. The parameters and the result are as for incidents.
    public func maintenances(
        of page: ID<StatusPage>, matching filter: EventFilter = EventFilter(), after: ID<Maintenance>? = nil,
        limit: Int
    ) throws -> [Maintenance]? {
        let query = try EventList.maintenances.query(
            of: page, matching: filter, after: after?.ulid, limit: limit, in: db)
        guard let query else { return nil }
        return try maintenances(where: query.condition, query.arguments)
    }

    /// Maintenances with all their updates and periods, read with a fixed number of statements.
    func maintenances(where condition: String, _ arguments: StatementArguments) throws -> [Maintenance] {
        var maintenances = try db.query(
            """
            SELECT id, page_id, name, status, published_at, start_at, end_at, automated, revised_at,
                notifies_automatically
            FROM maintenances
            WHERE \(condition)
            """, arguments
        ) { row in
            Maintenance(
                id: try row.id(0), pageID: try row.id(1), name: try row.value(2), publishedAt: try row.timestamp(4),
                revisedAt: try row.optionalTimestamp(8), status: try row.choice(3),
                window: Maintenance.Window(startAt: try row.timestamp(5), endAt: try row.timestamp(6)),
                isAutomated: try row.value(7), notifiesAutomatically: try row.value(9), updates: [], periods: [])
        }
        let ids = jsonArray(maintenances.map(\.id))
        let updates: [ID<Maintenance>: [MaintenanceUpdate]] = try EventUpdateTable.maintenances.load(of: ids, in: db)
        let periods = try periods(of: ids)
        for index in maintenances.indices {
            maintenances[index].updates = updates[maintenances[index].id] ?? []
            maintenances[index].periods = periods[maintenances[index].id] ?? []
        }
        return maintenances
    }

    private func periods(of maintenances: String) throws -> [ID<Maintenance>: [MaintenancePeriod]] {
        let periods = try db.query(
            """
            SELECT maintenance_id, component_id, start_at, end_at, open FROM maintenance_periods
            WHERE maintenance_id IN (SELECT value FROM json_each(?)) ORDER BY maintenance_id, position
            """, [maintenances]
        ) { row -> (maintenance: ID<Maintenance>, period: MaintenancePeriod) in
            let end: Int64? = try row.optional(3)
            let period = MaintenancePeriod(
                componentID: try row.id(1), startAt: try row.timestamp(2),
                endAt: end.map { Timestamp(milliseconds: $0) }, isOpen: try row.value(4))
            return (try row.id(0), period)
        }
        return Dictionary(grouping: periods, by: \.maintenance).mapValues { $0.map(\.period) }
    }
}

extension WriteTransaction {
    /// Stores a new maintenance.
    public func insert(_ maintenance: Maintenance) throws {
        try db.run(
            """
            INSERT INTO maintenances
                (id, page_id, name, status, published_at, start_at, end_at, automated, due_at, revised_at, changed_at,
                 notifies_automatically)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                maintenance.id.description, maintenance.pageID.description, maintenance.name,
                maintenance.status.rawValue, maintenance.publishedAt.milliseconds,
                maintenance.window.startAt.milliseconds, maintenance.window.endAt.milliseconds,
                maintenance.isAutomated, maintenance.nextAutomation?.milliseconds,
                maintenance.revisedAt?.milliseconds, maintenance.changedAt.milliseconds,
                maintenance.notifiesAutomatically,
            ])
        for (position, update) in maintenance.updates.enumerated() {
            try EventUpdateTable.maintenances.insert(update, of: maintenance.id, at: position, by: actor, in: db)
        }
        try insertPeriods(of: maintenance)
        changes.note(maintenance)
    }

    /// Stores a maintenance after a change.
    /// - Parameter update: the new update; nil if there is none.
    public func save(_ maintenance: Maintenance, publishing update: MaintenanceUpdate?) throws {
        try db.run(
            """
            UPDATE maintenances
            SET name = ?, status = ?, start_at = ?, end_at = ?, automated = ?, due_at = ?, revised_at = ?, changed_at = ?,
                notifies_automatically = ?
            WHERE id = ?
            """,
            [
                maintenance.name, maintenance.status.rawValue, maintenance.window.startAt.milliseconds,
                maintenance.window.endAt.milliseconds, maintenance.isAutomated,
                maintenance.nextAutomation?.milliseconds, maintenance.revisedAt?.milliseconds,
                maintenance.changedAt.milliseconds, maintenance.notifiesAutomatically, maintenance.id.description,
            ])
        if let update {
            try EventUpdateTable.maintenances.insert(
                update, of: maintenance.id, at: maintenance.updates.count - 1, by: actor, in: db)
        }
        try EventList.maintenances.removeSpans(of: maintenance.id, in: db)
        try insertPeriods(of: maintenance)
        changes.note(maintenance)
    }

    /// Stores the text of a maintenance's update after a change.
    public func saveText(ofUpdateAt position: Int, of maintenance: Maintenance) throws {
        try EventUpdateTable.maintenances.saveText(
            of: maintenance.updates[position], of: maintenance.id, at: position, in: db)
        try EventList.maintenances.saveChangeTime(maintenance.changedAt, of: maintenance.id, in: db)
        changes.note(maintenance)
    }

    /// Deletes a maintenance and everything that belongs to it.
    public func delete(_ maintenance: Maintenance) throws {
        try EventList.maintenances.remove(maintenance.id, in: db)
        changes.note(maintenance)
    }

    private func insertPeriods(of maintenance: Maintenance) throws {
        for (position, period) in maintenance.periods.enumerated() {
            try db.run(
                """
                INSERT INTO maintenance_periods (maintenance_id, position, component_id, start_at, end_at, open)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    maintenance.id.description, position, period.componentID.description,
                    period.startAt.milliseconds, period.endAt?.milliseconds, period.isOpen,
                ])
        }
        if !maintenance.periods.isEmpty { try EventList.maintenances.recordReach(of: maintenance.id, in: db) }
    }
}
