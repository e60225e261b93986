import GRDB
public import StatusPages

extension ReadTransaction {
    /// Whether the page with a slug is archived; nil if there is no such page.
    public func isPageArchived(_ slug: String) throws -> Bool? {
        let found: [Bool] = try db.query("SELECT archived_at IS NOT NULL FROM pages WHERE slug = ?", [slug]) { row in
            try row.value(0)
        }
        return found.first
    }

    /// The ongoing events of a page.
    public func ongoingEvents(of page: ID<StatusPage>, at now: Timestamp) throws -> PageChanges.OngoingEvents {
        try StoredPages(db, at: now).ongoingEvents(of: page.description)
    }

    /// A page as the configuration would declare it. It has no pictures, because the configuration names their files.
    public func declaration(of page: StatusPage) throws -> PageDeclaration {
        let keys = Dictionary(try itemKeys(of: page.id).all.map { ($0.item, $0.key) }) { first, _ in first }
        var site = page.site
        site.logo = SiteSettings.ByScheme()
        return PageDeclaration(
            slug: page.slug, adopts: page.management.origin == .dashboard, name: page.name,
            description: page.description, kind: page.kind, domain: page.domain, domainScheme: page.domainScheme,
            isWidgetEnabled: page.isWidgetEnabled, site: site, subscribe: page.subscribe,
            cachePolicy: page.cachePolicy, displayUptimeMode: page.displayUptimeMode,
            timeZone: page.timeZone, items: page.structure.items.map { PageDeclaration.Item($0, keys: keys) })
    }
}

extension PageDeclaration.Item {
    fileprivate init(_ item: Structure.Item, keys: [ItemKeys.Item: String]) {
        func component(_ placed: Structure.PlacedComponent) -> PageDeclaration.Component {
            PageDeclaration.Component(
                key: keys[.component(placed.component.id)] ?? "", name: placed.component.name,
                description: placed.component.description, displayUptime: placed.displayUptime,
                isHidden: placed.isHidden)
        }
        switch item {
        case .component(let placed): self = .component(component(placed))
        case .group(let group):
            self = .group(
                PageDeclaration.Group(
                    key: keys[.group(group.id)] ?? "", name: group.name, description: group.description,
                    isHidden: group.isHidden, displayAggregatedUptime: group.displayAggregatedUptime,
                    components: group.components.map(component)))
        case .subPage(let subPage):
            self = .subPage(
                PageDeclaration.SubPage(
                    key: subPage.key, name: subPage.name,
                    items: subPage.items.map { PageDeclaration.Item($0, keys: keys) }))
        }
    }
}

extension WriteTransaction {
    /// Stores a new page, which the configuration does not declare, without items.
    public func insert(_ page: PageDeclaration, as id: ID<StatusPage>, at now: Timestamp) throws {
        try db.save(page, as: id.description, origin: .dashboard, at: now)
        changes.notePages()
    }

    /// Stores the settings of a page, without its items.
    public func saveSettings(of page: StatusPage) throws {
        try db.run(
            """
            UPDATE pages SET slug = ?, name = ?, description = ?, kind = ?, domain = ?, domain_scheme = ?, widget = ?,
                cache_max_age = ?, cache_stale_while_revalidate = ?, cache_stale_if_error = ?, display_uptime_mode = ?,
                subscribe_form = ?, mail_from = ?, mail_reply_to = ?, time_zone = ?
            WHERE id = ?
            """,
            [
                page.slug, page.name, page.description, page.kind.rawValue, page.domain, page.domainScheme.rawValue,
                page.isWidgetEnabled, page.cachePolicy.maxAge, page.cachePolicy.staleWhileRevalidate,
                page.cachePolicy.staleIfError, page.displayUptimeMode.rawValue, page.subscribe.hasForm,
                page.subscribe.from?.description, page.subscribe.replyTo?.description, page.timeZone,
                page.id.description,
            ])
        try db.saveSite(page.site, of: page.id.description)
        try db.saveFavicon(page.favicon, of: page.id.description)
        changes.notePages()
    }

    /// Archives a page with its items. Components that are on it stay.
    public func archivePage(_ id: ID<StatusPage>, at now: Timestamp) throws {
        try db.run("UPDATE pages SET archived_at = ? WHERE id = ?", [now.milliseconds, id.description])
        try db.run(
            "UPDATE structure_items SET archived_at = ? WHERE page_id = ? AND archived_at IS NULL",
            [now.milliseconds, id.description])
        try save(.none, on: .structure(of: id))
        changes.notePages()
    }

    /// Takes a page out of the archive, with the items that were archived together with it. A component that was
    /// archived meanwhile does not return. Neither do groups and sub-pages that would be empty.
    public func restorePage(_ id: ID<StatusPage>) throws {
        // Sub-pages contain groups, so groups come first.
        let parts = [
            ("component", "component_id IN (SELECT id FROM components WHERE archived_at IS NULL)"),
            ("group", Self.isParent), ("sub_page", Self.isParent),
        ]
        for (kind, condition) in parts {
            try db.run(
                """
                UPDATE structure_items SET archived_at = NULL
                WHERE page_id = :page AND kind = :kind AND \(condition)
                    AND archived_at = (SELECT archived_at FROM pages WHERE id = :page)
                """, ["page": id.description, "kind": kind])
        }
        try db.run("UPDATE pages SET archived_at = NULL WHERE id = ?", [id.description])
        changes.notePages()
    }

    /// Whether an item contains others that are not archived.
    private static let isParent = """
        EXISTS (SELECT 1 FROM structure_items AS child
            WHERE child.parent_id = structure_items.id AND child.archived_at IS NULL)
        """
}
