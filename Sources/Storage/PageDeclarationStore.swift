import GRDB
public import StatusPages

extension ReadTransaction {
    /// Compares the declarations with the pages.
    /// - Parameter allowsArchiving: whether pages and components with ongoing events may be archived.
    /// - Returns: what applying the declarations would change.
    /// - Throws: `ArchivingRefused`.
    @discardableResult
    public func check(
        _ declarations: [PageDeclaration], at now: Timestamp, allowsArchiving: Bool
    ) throws -> PageChanges {
        let changes = try changes(applying: declarations, at: now)
        if !allowsArchiving, !changes.hidingEvents.isEmpty { throw ArchivingRefused(changes) }
        return changes
    }
}

extension WriteTransaction {
    /// Applies the declarations to the pages. The slug identifies a page; its kind and key identify an item. Known
    /// pages and items keep their id and history, whatever else changes. Those that are no longer declared are
    /// archived, and those that are declared again return from the archive.
    /// - Parameter allowsArchiving: whether pages and components with ongoing events may be archived.
    /// - Returns: what changed.
    /// - Throws: `ArchivingRefused` before anything is changed.
    @discardableResult
    public func apply(
        _ declarations: [PageDeclaration], at now: Timestamp, allowsArchiving: Bool = false, newID: () -> ULID
    ) throws -> PageChanges {
        let changes = try reading.check(declarations, at: now, allowsArchiving: allowsArchiving)
        try withoutActuallyEscaping(newID) { newID in
            try PageDeclarationApplier(db: db, now: now, newID: newID).apply(declarations)
        }
        return changes
    }
}

/// Applies declarations once.
private struct PageDeclarationApplier {
    let db: Database
    let now: Timestamp
    let newID: () -> ULID

    func apply(_ declarations: [PageDeclaration]) throws {
        // Archives everything. The same transaction then brings back the declared pages and items. Those that were
        // already archived keep their time.
        try db.run("UPDATE pages SET archived_at = ? WHERE archived_at IS NULL", [now.milliseconds])
        try db.run("UPDATE structure_items SET archived_at = ? WHERE archived_at IS NULL", [now.milliseconds])
        try db.run(
            "UPDATE components SET archived_at = ? WHERE archived_at IS NULL AND managed_by = 'external'",
            [now.milliseconds])
        for page in declarations {
            let id = try apply(page)
            try apply(page.items, on: id, under: nil)
        }
    }

    private func apply(_ page: PageDeclaration) throws -> String {
        let id = try idOfPage(page.slug) ?? newID().description
        try db.run(
            """
            INSERT INTO pages (id, slug, name, description, kind, domain, domain_scheme, widget, cache_max_age,
                cache_stale_while_revalidate, cache_stale_if_error, display_uptime_mode, created_at, site)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                name = excluded.name, description = excluded.description, kind = excluded.kind,
                domain = excluded.domain, domain_scheme = excluded.domain_scheme, widget = excluded.widget,
                site = excluded.site,
                cache_max_age = excluded.cache_max_age,
                cache_stale_while_revalidate = excluded.cache_stale_while_revalidate,
                cache_stale_if_error = excluded.cache_stale_if_error,
                display_uptime_mode = excluded.display_uptime_mode, archived_at = NULL
            """,
            [
                id, page.slug, page.name, page.description, page.kind.rawValue, page.domain, page.domainScheme.rawValue,
                page.isWidgetEnabled, page.cachePolicy.maxAge, page.cachePolicy.staleWhileRevalidate,
                page.cachePolicy.staleIfError, page.displayUptimeMode.rawValue, now.milliseconds,
                page.isSiteEnabled,
            ])
        return id
    }

    private func idOfPage(_ slug: String) throws -> String? {
        try db.query("SELECT id FROM pages WHERE slug = ?", [slug]) { try $0.value(0) as String }.first
    }

    private func apply(_ items: [PageDeclaration.Item], on page: String, under parent: String?) throws {
        for (position, item) in items.enumerated() {
            let place = Place(page: page, parent: parent, position: position)
            switch item {
            case .component(let component): try apply(component, at: place)
            case .group(let group):
                let id = try save(ItemRow(group), at: place)
                try apply(group.components.map(PageDeclaration.Item.component), on: page, under: id)
            case .subPage(let subPage):
                let id = try save(ItemRow(subPage), at: place)
                try apply(subPage.items, on: page, under: id)
            }
        }
    }

    private func apply(_ component: PageDeclaration.Component, at place: Place) throws {
        var row = ItemRow(component)
        let known: String? = try db.query(
            "SELECT component_id FROM structure_items WHERE page_id = ? AND kind = 'component' AND key = ?",
            [place.page, component.key]
        ) { try $0.value(0) as String }.first
        let id = known ?? newID().description
        row.component = id
        try db.run(
            """
            INSERT INTO components (id, name, description, managed_by, created_at) VALUES (?, ?, ?, 'external', ?)
            ON CONFLICT (id) DO UPDATE SET
                name = excluded.name, description = excluded.description, archived_at = NULL
            """, [id, component.name, component.description, now.milliseconds])
        _ = try save(row, at: place)
    }

    /// - Returns: the item's id.
    private func save(_ row: ItemRow, at place: Place) throws -> String {
        let known: String? = try db.query(
            "SELECT id FROM structure_items WHERE page_id = ? AND kind = ? AND key = ?",
            [place.page, row.kind, row.key]
        ) { try $0.value(0) as String }.first
        let id = known ?? newID().description
        try db.run(
            """
            INSERT INTO structure_items
                (id, page_id, kind, key, component_id, parent_id, position, name, description, hidden, display_uptime,
                 created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                parent_id = excluded.parent_id, position = excluded.position, name = excluded.name,
                description = excluded.description, hidden = excluded.hidden,
                display_uptime = excluded.display_uptime, archived_at = NULL
            """,
            [
                id, place.page, row.kind, row.key, row.component, place.parent, place.position, row.name,
                row.description, row.isHidden, row.displayUptime, now.milliseconds,
            ])
        return id
    }

    /// An item's place on a page.
    private struct Place {
        let page: String
        let parent: String?
        let position: Int
    }

    /// The columns that all kinds of items share.
    private struct ItemRow {
        let kind: String
        let key: String
        let name: String
        var description: String?
        var isHidden = false
        var displayUptime = true
        var component: String?

        init(_ component: PageDeclaration.Component) {
            kind = "component"
            key = component.key
            name = component.name
            description = component.description
            isHidden = component.isHidden
            displayUptime = component.displayUptime
        }

        init(_ group: PageDeclaration.Group) {
            kind = "group"
            key = group.key
            name = group.name
            description = group.description
            isHidden = group.isHidden
            displayUptime = group.displayAggregatedUptime
        }

        init(_ subPage: PageDeclaration.SubPage) {
            kind = "sub_page"
            key = subPage.key
            name = subPage.name
        }
    }
}
