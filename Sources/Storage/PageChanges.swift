import GRDB
import Glibc
public import StatusPages

/// The changes that a declaration of pages makes, item by item.
public struct PageChanges: Equatable, Sendable {
    public enum Kind: String, Sendable {
        case page, component, group
        case subPage = "sub-page"
    }

    public enum Change: Equatable, Sendable {
        case added
        case renamed(from: String)
        case archived
        /// Out of the archive, with the same id and history as before.
        case returned
    }

    /// The number of unresolved incidents and of incomplete maintenances.
    public struct OngoingEvents: Equatable, Sendable {
        public let incidents: Int
        public let maintenances: Int

        public init(incidents: Int = 0, maintenances: Int = 0) {
            self.incidents = incidents
            self.maintenances = maintenances
        }

        public var isEmpty: Bool { incidents == 0 && maintenances == 0 }
    }

    /// A page, or an item on one. An item that returns with another name is listed twice.
    public struct Item: Equatable, Sendable {
        public let change: Change
        public let kind: Kind
        public let pageSlug: String
        /// A page's slug, or an item's key.
        public let key: String
        public let name: String
        /// The ongoing events of the page; for an item, those that name the component, or a component in the group or
        /// sub-page.
        public var events = OngoingEvents()
    }

    public var items: [Item] = []

    /// The items whose ongoing events would disappear from public view: archived pages, and archived components on
    /// pages that stay. Groups and sub-pages have no events themselves. Their components are listed if they are
    /// archived too, but not if they are declared elsewhere on the page.
    public var hidingEvents: [Item] {
        let archived = items.filter { $0.change == .archived && !$0.events.isEmpty }
        let pages = Set(items.filter { $0.change == .archived && $0.kind == .page }.map(\.key))
        return archived.filter { item in
            switch item.kind {
            case .page: true
            case .component: !pages.contains(item.pageSlug)
            case .group, .subPage: false
            }
        }
    }
}

/// Thrown when a declaration would archive pages or components with ongoing events.
public struct ArchivingRefused: Error, Equatable {
    /// The same as `PageChanges.hidingEvents`.
    public let items: [PageChanges.Item]
    /// Everything that the declaration would change.
    public let changes: PageChanges

    public init(_ changes: PageChanges) {
        items = changes.hidingEvents
        self.changes = changes
    }
}

extension ReadTransaction {
    /// The changes that applying the declarations would make.
    public func changes(applying declarations: [PageDeclaration], at now: Timestamp) throws -> PageChanges {
        try PageComparison(StoredPages(db, at: now)).changes(to: declarations)
    }
}

extension DatabaseFile {
    /// The changes that applying the declarations to the database would make. The preview does not disturb the database
    /// or a server that uses it.
    /// - Parameters:
    ///   - declarations: nil if pages are declared only for a database that has none.
    ///   - initial: the pages for a database that has none.
    /// - Returns: nil if an earlier version made the database. It must be migrated first.
    /// - Throws: `StorageError` if the file is not a database of this program, or cannot be read.
    public func preview(
        _ declarations: [PageDeclaration]?, ifNew initial: [PageDeclaration], at now: Timestamp
    ) throws -> PageChanges? {
        if let orphanedLog { throw StorageError.cannotOpen(path: path, reason: orphanedLog) }
        let isMissing = FileStatus(of: place) == nil && (errno == ENOENT || errno == ENOTDIR)
        if isMissing || FileStatus(of: place)?.size == 0 {
            return PageComparison(StoredPages()).changes(to: declarations ?? initial)
        }
        return try read { db in
            var changes: PageChanges? = PageChanges()
            try db.inTransaction(.deferred) {
                let isEmpty = try !Ownership.check(db, path: path)
                if isEmpty {
                    changes = PageComparison(StoredPages()).changes(to: declarations ?? initial)
                } else if try !Migrations.all.hasCompletedMigrations(db) {
                    changes = nil
                } else {
                    let transaction = ReadTransaction(db)
                    let wanted = try declarations ?? (transaction.pages().isEmpty ? initial : nil)
                    changes = try wanted.map { try transaction.changes(applying: $0, at: now) } ?? PageChanges()
                }
                return .commit
            }
            return changes
        }
    }
}

/// The pages and items in a database, archived ones included, with the ongoing events.
private struct StoredPages {
    struct Page {
        let id: String
        let slug: String
        let name: String
        let isArchived: Bool
        var items: [Item] = []
    }

    struct Item {
        let id: String
        let kind: PageChanges.Kind
        let key: String
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
        pages = try db.query("SELECT id, slug, name, archived_at IS NOT NULL FROM pages ORDER BY id") { row in
            Page(id: try row.value(0), slug: try row.value(1), name: try row.value(2), isArchived: try row.value(3))
        }
        for index in pages.indices {
            pages[index].items = try db.query(
                """
                SELECT id, kind, key, name, archived_at IS NOT NULL, component_id, parent_id FROM structure_items
                WHERE page_id = ? ORDER BY id
                """, [pages[index].id]
            ) { row in
                let kind: String = try row.value(1)
                return Item(
                    id: try row.value(0), kind: kind == "sub_page" ? .subPage : kind == "group" ? .group : .component,
                    key: try row.value(2), name: try row.value(3), isArchived: try row.value(4),
                    component: try row.optional(5), parent: try row.optional(6))
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
}

/// Compares the stored pages with the declared ones.
private struct PageComparison {
    let stored: StoredPages

    init(_ stored: StoredPages) { self.stored = stored }

    func changes(to declarations: [PageDeclaration]) -> PageChanges {
        var changes = PageChanges()
        for declaration in declarations {
            let page = stored.pages.first { $0.slug == declaration.slug }
            changes.items += steps(from: page.map { ($0.name, $0.isArchived) }, to: declaration.name).map { change in
                PageChanges.Item(
                    change: change, kind: .page, pageSlug: declaration.slug, key: declaration.slug,
                    name: declaration.name, events: page.map { events(of: $0) } ?? PageChanges.OngoingEvents())
            }
            changes.items += self.changes(of: page, to: declaration)
        }
        for page in stored.pages where !page.isArchived && !declarations.contains(where: { $0.slug == page.slug }) {
            changes.items.append(
                PageChanges.Item(
                    change: .archived, kind: .page, pageSlug: page.slug, key: page.slug, name: page.name,
                    events: events(of: page)))
            changes.items += page.items.filter { !$0.isArchived }.map { archived($0, on: page) }
        }
        return changes
    }

    private func changes(of page: StoredPages.Page?, to declaration: PageDeclaration) -> [PageChanges.Item] {
        let known = Dictionary(
            (page?.items ?? []).map { (ItemKey(kind: $0.kind, key: $0.key), $0) },
            uniquingKeysWith: { first, _ in first })
        let declared = declaration.flatItems
        let changed = declared.flatMap { key, name in
            let item = known[key]
            return steps(from: item.map { ($0.name, $0.isArchived) }, to: name).map { change in
                var change = PageChanges.Item(
                    change: change, kind: key.kind, pageSlug: declaration.slug, key: key.key, name: name)
                if let page, let item { change.events = events(of: item, on: page) }
                return change
            }
        }
        let kept = Set(declared.map(\.0))
        guard let page else { return changed }
        let gone = page.items.filter { !$0.isArchived && !kept.contains(ItemKey(kind: $0.kind, key: $0.key)) }
        return changed + gone.map { archived($0, on: page) }
    }

    /// How a declared page or item changes.
    /// - Parameter known: its stored name and whether it is archived; nil if it is new.
    private func steps(from known: (name: String, isArchived: Bool)?, to name: String) -> [PageChanges.Change] {
        guard let known else { return [.added] }
        return (known.isArchived ? [.returned] : []) + (known.name == name ? [] : [.renamed(from: known.name)])
    }

    private func archived(_ item: StoredPages.Item, on page: StoredPages.Page) -> PageChanges.Item {
        PageChanges.Item(
            change: .archived, kind: item.kind, pageSlug: page.slug, key: item.key, name: item.name,
            events: events(of: item, on: page))
    }

    private func events(of page: StoredPages.Page) -> PageChanges.OngoingEvents {
        count(stored.events.filter { $0.page == page.id })
    }

    private func events(of item: StoredPages.Item, on page: StoredPages.Page) -> PageChanges.OngoingEvents {
        let components = Set(components(of: item, on: page))
        return count(stored.events.filter { $0.page == page.id && !$0.components.isDisjoint(with: components) })
    }

    /// The component itself, or those in a group or sub-page.
    private func components(of item: StoredPages.Item, on page: StoredPages.Page) -> [String] {
        if let component = item.component { return [component] }
        return page.items.filter { $0.parent == item.id && $0.isArchived == item.isArchived }
            .flatMap { components(of: $0, on: page) }
    }

    private func count(_ events: [StoredPages.Event]) -> PageChanges.OngoingEvents {
        let incidents = events.count { $0.isIncident }
        return PageChanges.OngoingEvents(incidents: incidents, maintenances: events.count - incidents)
    }
}

/// The kind and key that identify an item on its page.
private struct ItemKey: Hashable {
    let kind: PageChanges.Kind
    let key: String
}

extension PageDeclaration {
    /// All items with their names in order, including those in groups and sub-pages.
    fileprivate var flatItems: [(ItemKey, String)] { Self.flatten(items) }

    private static func flatten(_ items: [Item]) -> [(ItemKey, String)] {
        items.flatMap { item -> [(ItemKey, String)] in
            switch item {
            case .component(let component): [(ItemKey(kind: .component, key: component.key), component.name)]
            case .group(let group):
                [(ItemKey(kind: .group, key: group.key), group.name)] + flatten(group.components.map(Item.component))
            case .subPage(let subPage):
                [(ItemKey(kind: .subPage, key: subPage.key), subPage.name)] + flatten(subPage.items)
            }
        }
    }
}
