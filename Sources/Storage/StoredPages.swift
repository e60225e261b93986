import GRDB
import StatusPages

/// The pages and items in a database, archived ones included, with the ongoing events.
struct StoredPages {
    struct Page {
        let id: String
        let slug: String
        let name: String
        let domain: String?
        let origin: ResourceOrigin
        let isArchived: Bool
        var items: [Item] = []

        var itemsByIdentity: [ItemIdentity: Item] {
            Dictionary(items.map { ($0.identity, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    struct Item {
        let id: String
        let identity: ItemIdentity
        let name: String
        let isArchived: Bool
        let component: String?
        let parent: String?
    }

    /// An incident or maintenance that is not over.
    struct Event {
        let isIncident: Bool
        let page: String
        /// The components that its updates name.
        var components: Set<String>
    }

    /// Oldest first.
    var pages: [Page] = []
    var events: [Event] = []

    init() {}

    init(_ db: Database, at now: Timestamp) throws {
        pages = try db.query(
            "SELECT id, slug, name, archived_at IS NOT NULL, domain, managed_by FROM pages ORDER BY id"
        ) { row in
            Page(
                id: try row.value(0), slug: try row.value(1), name: try row.value(2), domain: try row.optional(4),
                origin: try row.choice(5), isArchived: try row.value(3))
        }
        for index in pages.indices {
            pages[index].items = try db.query(
                """
                SELECT structure_items.id, kind, key, coalesce(components.name, structure_items.name),
                    structure_items.archived_at IS NOT NULL, component_id, parent_id
                FROM structure_items LEFT JOIN components ON components.id = component_id
                WHERE page_id = ? ORDER BY structure_items.id
                """, [pages[index].id]
            ) { row in
                Item(
                    id: try row.value(0),
                    identity: ItemIdentity(kind: PageChanges.Kind(column: try row.value(1)), key: try row.value(2)),
                    name: try row.value(3), isArchived: try row.value(4), component: try row.optional(5),
                    parent: try row.optional(6))
            }
        }
        events = try Self.events(
            """
            SELECT id, page_id, component_id FROM incidents
            LEFT JOIN incident_update_components ON incident_id = id WHERE incidents.status <> 'resolved'
            """, isIncident: true, db)
        // Automated maintenances that are over do not count, because the server completes them itself.
        events += try Self.events(
            """
            SELECT id, page_id, component_id FROM maintenances
            LEFT JOIN maintenance_update_components ON maintenance_id = id
            WHERE maintenances.status <> 'maintenance_complete' AND NOT (automated AND end_at <= ?)
            """, [now.milliseconds], isIncident: false, db)
    }

    private static func events(
        _ query: String, _ arguments: StatementArguments = StatementArguments(), isIncident: Bool, _ db: Database
    ) throws -> [Event] {
        let rows = try db.query(query, arguments) { row in
            (
                id: try row.value(0) as String, page: try row.value(1) as String,
                component: try row.optional(2) as String?
            )
        }
        return Dictionary(grouping: rows, by: \.id).values.compactMap { rows in
            rows.first.map { first in
                Event(isIncident: isIncident, page: first.page, components: Set(rows.compactMap(\.component)))
            }
        }
    }

    func page(_ slug: String) -> Page? { pages.first { $0.slug == slug } }
}

/// The kind and key that identify an item on its page.
struct ItemIdentity: Hashable {
    let kind: PageChanges.Kind
    let key: String
}

extension PageChanges.Kind {
    /// The kind's value in `structure_items`.
    var column: String { self == .subPage ? "sub_page" : rawValue }

    init(column: String) { self = column == "sub_page" ? .subPage : column == "group" ? .group : .component }
}
