import GRDB
public import StatusPages

extension ReadTransaction {
    /// Compares the declarations with the pages.
    /// - Parameter allowsArchiving: whether pages and components with ongoing events may be archived.
    /// - Returns: what applying the declarations would change.
    /// - Throws: `PagesConflict` or `ArchivingRefused`.
    @discardableResult
    public func check(
        _ declarations: [PageDeclaration], at now: Timestamp, allowsArchiving: Bool
    ) throws -> PageChanges {
        let changes = try changes(applying: declarations, at: now)
        try changes.check(allowsArchiving: allowsArchiving)
        return changes
    }
}

extension WriteTransaction {
    /// Applies the declarations to the pages. The slug identifies a page; its kind and key identify an item. Known
    /// pages and items keep their id and history, whatever else changes. Those that are no longer declared are
    /// archived, and those that are declared again return from the archive. Pages that the dashboard manages stay,
    /// unless a declaration adopts them.
    /// - Parameter allowsArchiving: whether pages and components with ongoing events may be archived.
    /// - Returns: what changed.
    /// - Throws: `PagesConflict` or `ArchivingRefused` before anything is changed.
    @discardableResult
    public func apply(
        _ declarations: [PageDeclaration], at now: Timestamp, allowsArchiving: Bool = false, newID: () -> ULID
    ) throws -> PageChanges {
        let stored = try StoredPages(db, at: now)
        let changes = stored.changes(to: declarations)
        try changes.check(allowsArchiving: allowsArchiving)
        try withoutActuallyEscaping(newID) { newID in
            try PageDeclarationApplier(db: db, stored: stored, now: now, newID: newID).apply(declarations)
        }
        return changes
    }
}

extension PageChanges {
    fileprivate func check(allowsArchiving: Bool) throws {
        if !conflicts.isEmpty { throw PagesConflict(conflicts) }
        if !allowsArchiving, !hidingEvents.isEmpty { throw ArchivingRefused(self) }
    }
}

/// Applies one list of declarations.
private struct PageDeclarationApplier {
    let db: Database
    let stored: StoredPages
    let now: Timestamp
    let newID: () -> ULID

    func apply(_ declarations: [PageDeclaration]) throws {
        for page in declarations {
            guard let known = stored.page(page.slug), known.origin == .dashboard else { continue }
            try db.run("UPDATE pages SET managed_by = 'external' WHERE id = ?", [known.id])
            try db.save(.none, on: ClaimedResource(.structure, id: known.id))
        }
        // Archives everything that was declared before. The same transaction then brings back the pages and items that
        // are declared now. Pages and items that were already archived keep their time.
        try db.run(
            "UPDATE pages SET archived_at = ? WHERE archived_at IS NULL AND managed_by = 'external'",
            [now.milliseconds])
        try db.run(
            """
            UPDATE structure_items SET archived_at = ? WHERE archived_at IS NULL
                AND page_id IN (SELECT id FROM pages WHERE managed_by = 'external')
            """, [now.milliseconds])
        // At this point only pages that the dashboard manages place components, and these components must stay.
        try db.run(
            """
            UPDATE components SET managed_by = 'dashboard' WHERE archived_at IS NULL AND managed_by = 'external'
                AND id IN (SELECT component_id FROM structure_items WHERE archived_at IS NULL)
            """, [])
        try db.run(
            "UPDATE components SET archived_at = ? WHERE archived_at IS NULL AND managed_by = 'external'",
            [now.milliseconds])
        for page in declarations {
            let known = stored.page(page.slug)
            let id = known?.id ?? newID().description
            try db.save(page, as: id, origin: .configuration, at: now)
            try save(page.flatItems, on: id, known: known?.itemsByIdentity ?? [:])
        }
    }

    private func save(_ items: [DeclaredItem], on page: String, known: [ItemIdentity: StoredPages.Item]) throws {
        var ids: [ItemIdentity: String] = [:]
        for item in items {
            let before = known[item.identity]
            var component = before?.component
            if item.identity.kind == .component {
                let id = component ?? newID().description
                try save(item, asComponent: id)
                component = id
            }
            let id = before?.id ?? newID().description
            ids[item.identity] = id
            try db.save(
                item, as: id, component: component, on: page, under: item.parent.flatMap { ids[$0] }, at: now)
        }
    }

    private func save(_ item: DeclaredItem, asComponent id: String) throws {
        try db.run(
            """
            INSERT INTO components (id, name, description, managed_by, created_at) VALUES (?, ?, ?, 'external', ?)
            ON CONFLICT (id) DO UPDATE SET
                name = excluded.name, description = excluded.description, managed_by = excluded.managed_by,
                archived_at = NULL
            """, [id, item.name, item.description, now.milliseconds])
        try db.save(.none, on: ClaimedResource(.component, id: id))
    }
}

extension Database {
    /// Stores the settings of a page, without its items.
    func save(_ page: PageDeclaration, as id: String, origin: ResourceOrigin, at now: Timestamp) throws {
        try run(
            """
            INSERT INTO pages (id, slug, name, description, kind, domain, domain_scheme, widget, cache_max_age,
                cache_stale_while_revalidate, cache_stale_if_error, display_uptime_mode, time_zone, managed_by,
                created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                name = excluded.name, description = excluded.description, kind = excluded.kind,
                domain = excluded.domain, domain_scheme = excluded.domain_scheme, widget = excluded.widget,
                cache_max_age = excluded.cache_max_age,
                cache_stale_while_revalidate = excluded.cache_stale_while_revalidate,
                cache_stale_if_error = excluded.cache_stale_if_error,
                display_uptime_mode = excluded.display_uptime_mode, time_zone = excluded.time_zone,
                managed_by = excluded.managed_by, archived_at = NULL
            """,
            [
                id, page.slug, page.name, page.description, page.kind.rawValue, page.domain, page.domainScheme.rawValue,
                page.isWidgetEnabled, page.cachePolicy.maxAge, page.cachePolicy.staleWhileRevalidate,
                page.cachePolicy.staleIfError, page.displayUptimeMode.rawValue, page.timeZone, origin.rawValue,
                now.milliseconds,
            ])
        try saveSite(page.site, of: id)
        try saveFavicon(page.favicon, of: id)
        try run(
            "UPDATE pages SET subscribe_form = ?, mail_from = ?, mail_reply_to = ? WHERE id = ?",
            [page.subscribe.hasForm, page.subscribe.from?.description, page.subscribe.replyTo?.description, id])
    }

    /// Stores an item of a page.
    /// - Parameters:
    ///   - component: the component that it places; nil for groups and sub-pages.
    ///   - parent: the item that contains it.
    func save(
        _ item: DeclaredItem, as id: String, component: String?, on page: String, under parent: String?,
        at now: Timestamp
    ) throws {
        try run(
            """
            INSERT INTO structure_items
                (id, page_id, kind, key, component_id, parent_id, position, name, description, hidden, display_uptime,
                 created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                key = excluded.key, parent_id = excluded.parent_id, position = excluded.position, name = excluded.name,
                description = excluded.description, hidden = excluded.hidden,
                display_uptime = excluded.display_uptime, archived_at = NULL
            """,
            [
                id, page, item.identity.kind.column, item.identity.key, component, parent, item.position, item.name,
                item.description, item.isHidden, item.displayUptime, now.milliseconds,
            ])
    }
}

/// A declared item, with its place on the page.
struct DeclaredItem {
    let identity: ItemIdentity
    let name: String
    var description: String?
    var isHidden = false
    var displayUptime = true
    /// The group or sub-page that contains it.
    let parent: ItemIdentity?
    /// Its index among its siblings.
    let position: Int
}

extension PageDeclaration {
    /// All items; each comes before those that it contains.
    var flatItems: [DeclaredItem] { Self.flatten(items, under: nil) }

    private static func flatten(_ items: [Item], under parent: ItemIdentity?) -> [DeclaredItem] {
        items.enumerated().flatMap { position, item -> [DeclaredItem] in
            switch item {
            case .component(let component):
                return [
                    DeclaredItem(
                        identity: ItemIdentity(kind: .component, key: component.key), name: component.name,
                        description: component.description, isHidden: component.isHidden,
                        displayUptime: component.displayUptime, parent: parent, position: position)
                ]
            case .group(let group):
                let item = DeclaredItem(
                    identity: ItemIdentity(kind: .group, key: group.key), name: group.name,
                    description: group.description, isHidden: group.isHidden,
                    displayUptime: group.displayAggregatedUptime, parent: parent, position: position)
                return [item] + flatten(group.components.map(Item.component), under: item.identity)
            case .subPage(let subPage):
                let item = DeclaredItem(
                    identity: ItemIdentity(kind: .subPage, key: subPage.key), name: subPage.name, parent: parent,
                    position: position)
                return [item] + flatten(subPage.items, under: item.identity)
            }
        }
    }
}
