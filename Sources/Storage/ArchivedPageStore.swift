import GRDB
public import StatusPages

/// A page that nobody sees any more.
public struct ArchivedPage: Equatable, Sendable {
    public let id: ID<StatusPage>
    public let slug: String
    public let name: String
    public let kind: StatusPage.Kind
    public let domain: String?
    public let origin: ResourceOrigin
    public let archivedAt: Timestamp
}

extension ReadTransaction {
    /// The archived pages, most recently archived first.
    public func archivedPages() throws -> [ArchivedPage] {
        try db.query(
            """
            SELECT id, slug, name, kind, domain, managed_by, archived_at FROM pages WHERE archived_at IS NOT NULL
            ORDER BY archived_at DESC, id DESC
            """
        ) { row in
            ArchivedPage(
                id: try row.id(0), slug: try row.value(1), name: try row.value(2), kind: try row.choice(3),
                domain: try row.optional(4), origin: try row.choice(5), archivedAt: try row.timestamp(6))
        }
    }
}

extension WriteTransaction {
    /// Turns a page from the configuration into one that the dashboard manages. The items that were archived with it
    /// return. Drafts of its structure are then out of date, because its revision changes.
    public func takeOver(_ page: ArchivedPage) throws {
        let id = page.id.description
        try db.run(
            "UPDATE pages SET archived_at = NULL, managed_by = 'dashboard', revision = revision + 1 WHERE id = ?", [id])
        try db.run(
            "UPDATE structure_items SET archived_at = NULL WHERE page_id = ? AND archived_at = ?",
            [id, page.archivedAt.milliseconds])
        try db.run(
            """
            UPDATE components SET archived_at = NULL, managed_by = 'dashboard' WHERE archived_at IS NOT NULL AND id IN (
                SELECT component_id FROM structure_items WHERE page_id = ? AND structure_items.archived_at IS NULL)
            """, [id])
        changes.notePages()
    }
}
