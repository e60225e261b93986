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
        /// Taken over by the configuration from the dashboard.
        case adopted
    }

    /// A declaration with the slug or domain of a page that the dashboard manages and that is not adopted.
    public struct Conflict: Equatable, Sendable {
        public enum Property: String, Sendable {
            case slug, domain
        }

        /// The index of the declaration.
        public let index: Int
        public let property: Property
        /// The slug of the page that the dashboard manages.
        public let slug: String
        /// The name of that page.
        public let name: String
        public let isArchived: Bool
    }

    /// The number of unresolved incidents and of unfinished maintenances.
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
    /// If there are any, nothing can be applied.
    public var conflicts: [Conflict] = []

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

/// Thrown when declarations have the slugs or domains of pages that they do not take over.
public struct PagesConflict: Error, Equatable {
    public let conflicts: [PageChanges.Conflict]

    public init(_ conflicts: [PageChanges.Conflict]) { self.conflicts = conflicts }
}

extension ReadTransaction {
    /// The changes that applying the declarations would make.
    public func changes(applying declarations: [PageDeclaration], at now: Timestamp) throws -> PageChanges {
        try StoredPages(db, at: now).changes(to: declarations)
    }
}

extension DatabaseFile {
    /// The changes that applying the declarations to the database would make. The preview does not disturb the database
    /// or a server that uses it.
    /// - Parameters:
    ///   - declarations: nil if no pages are declared. A database that has pages then keeps them.
    ///   - initial: the pages for a database that has none.
    /// - Returns: nil if an earlier version made the database. It must be migrated first.
    /// - Throws: `StorageError` if the file is not a database of this program, or cannot be read.
    public func preview(
        _ declarations: [PageDeclaration]?, ifNew initial: [PageDeclaration], at now: Timestamp
    ) throws -> PageChanges? {
        if let orphanedLog { throw StorageError.cannotOpen(path: path, reason: orphanedLog) }
        let isMissing = FileStatus(of: place) == nil && (errno == ENOENT || errno == ENOTDIR)
        if isMissing || FileStatus(of: place)?.size == 0 {
            return StoredPages().changes(to: declarations ?? initial)
        }
        return try read { db in
            var changes: PageChanges? = PageChanges()
            try db.inTransaction(.deferred) {
                let isEmpty = try !Ownership.check(db, path: path)
                if isEmpty {
                    changes = StoredPages().changes(to: declarations ?? initial)
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
