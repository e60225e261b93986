import GRDB
public import StatusPages

extension ReadTransaction {
    /// The components that are not archived, by creation. Those that only internal pages show are not clients' to see.
    public func components() throws -> [ManagedComponent] {
        try components(where: "TRUE", [])
    }

    /// - Returns: nil too for one that is archived, or that only internal pages show.
    public func component(_ id: ID<Component>) throws -> ManagedComponent? {
        try components(where: "components.id = ?", [id.description]).first
    }

    private func components(
        where condition: String, _ arguments: StatementArguments
    ) throws -> [ManagedComponent] {
        try db.query(
            """
            SELECT id, name, description, managed_by FROM components
            WHERE components.archived_at IS NULL AND \(condition) AND NOT EXISTS (
                SELECT 1 FROM structure_items JOIN pages ON pages.id = page_id
                WHERE component_id = components.id AND pages.kind = 'internal'
            ) ORDER BY id
            """, arguments
        ) { row in
            ManagedComponent(
                component: Component(
                    id: try row.id(0), name: try row.value(1), description: try row.optional(2)),
                origin: try row.choice(3))
        }
    }
}

extension WriteTransaction {
    /// Records a component made through the API. Pages show it when a structure places it.
    public func insert(_ component: Component, at now: Timestamp) throws {
        try db.run(
            "INSERT INTO components (id, name, description, managed_by, created_at) VALUES (?, ?, ?, 'dashboard', ?)",
            [component.id.description, component.name, component.description, now.milliseconds])
    }

    /// Records that a component has another name or description.
    public func save(_ component: Component) throws {
        try db.run(
            "UPDATE components SET name = ?, description = ? WHERE id = ?",
            [component.name, component.description, component.id.description])
    }

    /// Archives a component made through the API; what incidents and maintenances say of it stays. No structure has to
    /// let go of it: they place only what is declared.
    public func archiveComponent(_ id: ID<Component>, at now: Timestamp) throws {
        try db.run("UPDATE components SET archived_at = ? WHERE id = ?", [now.milliseconds, id.description])
    }
}
