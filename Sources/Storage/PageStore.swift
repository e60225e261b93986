import GRDB
public import StatusPages

extension ReadTransaction {
    /// The pages that are not archived, with their structures, oldest first.
    public func pages() throws -> [StatusPage] { try pages(where: "TRUE", []) }

    /// - Returns: nil if there is no such page, or it is archived.
    public func page(_ id: ID<StatusPage>) throws -> StatusPage? {
        try pages(where: "id = ?", [id.description]).first
    }

    private func pages(where condition: String, _ arguments: StatementArguments) throws -> [StatusPage] {
        var pages = try db.query(
            """
            SELECT id, slug, name, description, kind, domain, widget, display_uptime_mode, domain_scheme,
                cache_max_age, cache_stale_while_revalidate, cache_stale_if_error, \(SiteColumns.names),
                subscribe_form, mail_from, mail_reply_to, managed_by, revision, annotations, time_zone
            FROM pages
            LEFT JOIN claims ON resource_type = '\(ClaimedResource.Kind.structure.rawValue)' AND resource_id = pages.id
            WHERE archived_at IS NULL AND \(condition) ORDER BY id
            """, arguments
        ) { row in
            let next = 15 + SiteColumns.count
            return StatusPage(
                id: try row.id(0), slug: try row.value(1), name: try row.value(2), description: try row.optional(3),
                kind: try row.choice(4), domain: try row.optional(5), domainScheme: try row.choice(8),
                isWidgetEnabled: try row.value(6), site: try SiteColumns.read(row, from: 12),
                subscribe: SubscribeSettings(
                    hasForm: try row.optional(12 + SiteColumns.count),
                    from: try row.parsed(13 + SiteColumns.count, Mailbox.init),
                    replyTo: try row.parsed(14 + SiteColumns.count, Mailbox.init)),
                cachePolicy: CachePolicy(
                    maxAge: try row.value(9), staleWhileRevalidate: try row.value(10),
                    staleIfError: try row.value(11)),
                displayUptimeMode: try row.choice(7),
                management: Management(try row.choice(next), claim: try row.claim(next + 2)),
                revision: try row.value(next + 1), timeZone: try row.value(next + 3))
        }
        for index in pages.indices {
            pages[index].structure = try structure(of: pages[index].id)
            pages[index].site.logo = try logo(of: pages[index].id)
            pages[index].favicon = try favicon(of: pages[index].id)
        }
        return pages
    }

    /// The keys of a page's components, groups and sub-pages that are not archived.
    public func itemKeys(of page: ID<StatusPage>) throws -> ItemKeys {
        ItemKeys(
            try structureRows(of: page).compactMap { row in
                switch row.kind {
                case .component: row.component.map { (row.key, .component($0)) }
                case .group: (row.key, .group(ID(row.id)))
                case .subPage: (row.key, .subPage(ID(row.id)))
                }
            })
    }

    private func structure(of page: ID<StatusPage>) throws -> Structure {
        let items = try structureRows(of: page)
        return Structure(items: StructureRow.items(under: nil, Dictionary(grouping: items, by: \.parent)))
    }

    private func structureRows(of page: ID<StatusPage>) throws -> [StructureRow] {
        try db.query(
            """
            SELECT structure_items.id, kind, key, component_id, parent_id,
                coalesce(components.name, structure_items.name),
                iif(component_id IS NULL, structure_items.description, components.description), hidden, display_uptime
            FROM structure_items LEFT JOIN components ON components.id = component_id
            WHERE page_id = ? AND structure_items.archived_at IS NULL ORDER BY position
            """, [page.description], StructureRow.init)
    }
}

/// A row of `structure_items`.
private struct StructureRow {
    enum Kind: String {
        case component, group
        case subPage = "sub_page"
    }

    let id: ULID
    let kind: Kind
    let key: String
    let component: ID<Component>?
    let parent: ULID?
    let name: String
    let description: String?
    let isHidden: Bool
    let displayUptime: Bool

    init(_ row: Row) throws {
        id = (try row.id(0) as ID<StructureRow>).ulid
        kind = try row.choice(1)
        key = try row.value(2)
        component = try row.optionalID(3)
        parent = (try row.optionalID(4) as ID<StructureRow>?)?.ulid
        name = try row.value(5)
        description = try row.optional(6)
        isHidden = try row.value(7)
        displayUptime = try row.value(8)
    }

    static func items(under parent: ULID?, _ byParent: [ULID?: [StructureRow]]) -> [Structure.Item] {
        (byParent[parent] ?? []).compactMap { row in
            switch row.kind {
            case .component: row.placed.map(Structure.Item.component)
            case .group:
                .group(
                    Structure.Group(
                        id: ID(row.id), name: row.name, description: row.description, isHidden: row.isHidden,
                        displayAggregatedUptime: row.displayUptime,
                        components: (byParent[row.id] ?? []).compactMap(\.placed)))
            case .subPage:
                .subPage(
                    Structure.SubPage(
                        id: ID(row.id), key: row.key, name: row.name, items: items(under: row.id, byParent)))
            }
        }
    }

    private var placed: Structure.PlacedComponent? {
        component.map { id in
            Structure.PlacedComponent(
                Component(id: id, name: name, description: description), displayUptime: displayUptime,
                isHidden: isHidden)
        }
    }
}
