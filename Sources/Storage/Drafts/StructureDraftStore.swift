import GRDB
public import StatusPages

extension ReadTransaction {
    /// The structure of a page that a user has edited and not saved yet.
    public func unsavedStructure(of page: ID<StatusPage>, by user: ULID) throws -> UnsavedStructure? {
        try db.query(
            "SELECT tree, base_revision, updated_at FROM structure_drafts WHERE page_id = ? AND user_id = ?",
            [page.description, user.description]
        ) { row in
            UnsavedStructure(
                tree: try row.json(0), baseRevision: try row.value(1), updatedAt: try row.timestamp(2))
        }.first
    }
}

extension WriteTransaction {
    public func save(_ structure: UnsavedStructure, of page: ID<StatusPage>, by user: ULID) throws {
        try db.run(
            """
            INSERT INTO structure_drafts (page_id, user_id, base_revision, tree, updated_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                base_revision = excluded.base_revision, tree = excluded.tree, updated_at = excluded.updated_at
            """,
            [
                page.description, user.description, structure.baseRevision, try jsonText(structure.tree),
                structure.updatedAt.milliseconds,
            ])
    }

    public func deleteUnsavedStructure(of page: ID<StatusPage>, by user: ULID) throws {
        try db.run(
            "DELETE FROM structure_drafts WHERE page_id = ? AND user_id = ?", [page.description, user.description])
    }
}
