import GRDB
public import StatusPages

extension ReadTransaction {
    /// The components that are not archived, oldest first. Declared components that only internal pages show are left
    /// out: clients must not see them.
    public func components() throws -> [ManagedComponent] {
        try components(where: "TRUE", [])
    }

    /// - Returns: nil if there is no such component, it is archived, or only internal pages show it.
    public func component(_ id: ID<Component>) throws -> ManagedComponent? {
        try components(where: "components.id = ?", [id.description]).first
    }

    /// All components that are not archived, oldest first, for people who see internal pages too.
    public func allComponents() throws -> [ManagedComponent] { try managedComponents(where: "TRUE", []) }

    private func components(
        where condition: String, _ arguments: StatementArguments
    ) throws -> [ManagedComponent] {
        // SQLite evaluates each sub-query once, because it does not refer to the component. So no index is needed.
        try managedComponents(
            where: """
                \(condition) AND (
                    managed_by = 'dashboard' OR components.id NOT IN (
                        SELECT component_id FROM structure_items JOIN pages ON pages.id = page_id
                        WHERE component_id IS NOT NULL AND pages.kind = 'internal'
                    ) OR components.id IN (
                        SELECT component_id FROM structure_items JOIN pages ON pages.id = page_id
                        WHERE component_id IS NOT NULL AND pages.kind <> 'internal'
                            AND structure_items.archived_at IS NULL
                    )
                )
                """, arguments)
    }

    private func managedComponents(
        where condition: String, _ arguments: StatementArguments
    ) throws -> [ManagedComponent] {
        try db.query(
            """
            SELECT id, name, description, managed_by, annotations FROM components
            LEFT JOIN claims ON resource_type = '\(ClaimedResource.Kind.component.rawValue)'
                AND resource_id = components.id
            WHERE components.archived_at IS NULL AND \(condition) ORDER BY id
            """, arguments
        ) { row in
            ManagedComponent(
                component: Component(
                    id: try row.id(0), name: try row.value(1), description: try row.optional(2)),
                management: Management(try row.choice(3), claim: try row.claim(4)))
        }
    }
}

extension ReadTransaction {
    /// Everything that uses a component: the pages that place it, and the ongoing incidents and unfinished maintenances
    /// that name it. Archived pages and their events do not count.
    public func uses(of component: ID<Component>) throws -> [ComponentUse] {
        let pages = try uses(
            .page, of: component,
            """
            SELECT DISTINCT pages.id, pages.kind, pages.name FROM structure_items JOIN pages ON pages.id = page_id
            WHERE component_id = :component AND structure_items.archived_at IS NULL AND pages.archived_at IS NULL
            ORDER BY pages.id
            """)
        let incidents = try uses(
            .incident, of: component,
            """
            SELECT incidents.id, pages.kind, incidents.name FROM incidents JOIN pages ON pages.id = page_id
            WHERE status <> 'resolved' AND pages.archived_at IS NULL AND EXISTS (
                SELECT 1 FROM incident_update_components AS affected
                WHERE affected.incident_id = incidents.id AND affected.component_id = :component)
            ORDER BY incidents.id
            """)
        let maintenances = try uses(
            .maintenance, of: component,
            """
            SELECT maintenances.id, pages.kind, maintenances.name FROM maintenances JOIN pages ON pages.id = page_id
            WHERE status <> 'maintenance_complete' AND pages.archived_at IS NULL AND EXISTS (
                SELECT 1 FROM maintenance_update_components AS affected
                WHERE affected.maintenance_id = maintenances.id AND affected.component_id = :component)
            ORDER BY maintenances.id
            """)
        return pages + incidents + maintenances
    }

    private func uses(
        _ place: ComponentUse.Place, of component: ID<Component>, _ sql: String
    ) throws -> [ComponentUse] {
        try db.query(sql, ["component": component.description]) { row in
            let kind: StatusPage.Kind = try row.choice(1)
            return ComponentUse(place, name: kind == .internal ? nil : try row.value(2))
        }
    }
}

extension WriteTransaction {
    /// Stores a new component. It is not on any page yet.
    public func insert(_ component: Component, at now: Timestamp) throws {
        try db.run(
            "INSERT INTO components (id, name, description, managed_by, created_at) VALUES (?, ?, ?, 'dashboard', ?)",
            [component.id.description, component.name, component.description, now.milliseconds])
    }

    /// Stores a component's name and description after a change.
    public func save(_ component: Component) throws {
        try db.run(
            "UPDATE components SET name = ?, description = ? WHERE id = ?",
            [component.name, component.description, component.id.description])
        changes.notePages()
    }

    /// Archives a component that nothing uses. Past incidents and maintenances still name it.
    public func archiveComponent(_ id: ID<Component>, at now: Timestamp) throws {
        try db.run("UPDATE components SET archived_at = ? WHERE id = ?", [now.milliseconds, id.description])
        try save(.none, on: .component(id))
    }
}
