import GRDB
public import StatusPages

extension WriteTransaction {
    /// Replaces the structure of a page without sub-pages. Items that leave the page are archived. A component
    /// that returns gets its key again.
    public func save(
        _ structure: Structure, _ mode: StatusPage.DisplayUptimeMode, of page: ID<StatusPage>, at now: Timestamp,
        newID: @escaping () -> ULID
    ) throws {
        var writer = try StructureWriter(db, page, at: now, newID: newID)
        try writer.write(structure)
        try db.run(
            "UPDATE pages SET display_uptime_mode = ?, revision = revision + 1 WHERE id = ?",
            [mode.rawValue, page.description])
        changes.notePages()
    }
}

/// Writes the items of a page once.
private struct StructureWriter {
    private let db: Database
    private let page: String
    private let now: Timestamp
    private let newID: () -> ULID
    /// The rows of components that were ever on the page, by component.
    private var components: [String: (id: String, key: String)] = [:]
    private var keysOfGroups: [String: String] = [:]
    /// The keys of everything that was ever on the page.
    private var taken: Set<String> = []

    init(_ db: Database, _ page: ID<StatusPage>, at now: Timestamp, newID: @escaping () -> ULID) throws {
        self.newID = newID
        self.db = db
        self.page = page.description
        self.now = now
        let rows = try db.query(
            "SELECT id, key, component_id FROM structure_items WHERE page_id = ? ORDER BY id", [self.page]
        ) { row in
            (id: try row.value(0) as String, key: try row.value(1) as String, component: try row.optional(2) as String?)
        }
        for row in rows {
            taken.insert(row.key)
            if let component = row.component {
                components[component] = (row.id, row.key)
            } else {
                keysOfGroups[row.id] = row.key
            }
        }
    }

    mutating func write(_ structure: Structure) throws {
        // Items that were already archived keep their time.
        try db.run(
            "UPDATE structure_items SET archived_at = ? WHERE page_id = ? AND archived_at IS NULL",
            [now.milliseconds, page])
        for (position, item) in structure.items.enumerated() {
            switch item {
            case .component(let placed): try write(placed, at: position, under: nil)
            case .group(let group): try write(group, at: position)
            case .subPage: throw StorageError.inconsistent(reason: "a structure with sub-pages cannot be written")
            }
        }
    }

    private mutating func write(_ group: Structure.Group, at position: Int) throws {
        let id = group.id.description
        let key = keysOfGroups[id] ?? newKey(group.name, orElse: "group")
        let item = DeclaredItem(
            identity: ItemIdentity(kind: .group, key: key), name: group.name, description: group.description,
            isHidden: group.isHidden, displayUptime: group.displayAggregatedUptime, parent: nil, position: position)
        try db.save(item, as: id, component: nil, on: page, under: nil, at: now)
        for (position, placed) in group.components.enumerated() { try write(placed, at: position, under: id) }
    }

    private mutating func write(_ placed: Structure.PlacedComponent, at position: Int, under parent: String?) throws {
        let component = placed.component
        let known = components[component.id.description]
        let key = known?.key ?? newKey(component.name, orElse: "component")
        let item = DeclaredItem(
            identity: ItemIdentity(kind: .component, key: key), name: component.name,
            description: component.description, isHidden: placed.isHidden, displayUptime: placed.displayUptime,
            parent: nil, position: position)
        try db.save(
            item, as: known?.id ?? newID().description, component: component.id.description, on: page, under: parent,
            at: now)
    }

    private mutating func newKey(_ name: String, orElse kind: String) -> String {
        let key = ItemKey.make(from: name, orElse: kind, taken: taken)
        taken.insert(key)
        return key
    }
}
