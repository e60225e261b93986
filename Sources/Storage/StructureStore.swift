import GRDB
public import StatusPages

extension ReadTransaction {
    /// The keys that a page has had, including those of archived items.
    public func keyHistory(of page: ID<StatusPage>) throws -> StructureTree.KeyHistory {
        let rows = try db.structureKeys(of: page.description)
        return StructureTree.KeyHistory(
            taken: Set(rows.map(\.key)),
            components: Dictionary(
                rows.compactMap { row in row.component.flatMap(ID<Component>.init).map { ($0, row.key) } }
            ) { first, _ in first })
    }
}

extension WriteTransaction {
    /// Replaces the structure of a page. Items that leave the page are archived. A component that returns gets its key
    /// again.
    /// - Parameter keys: the keys to set. Without one, an existing item keeps its key, and a new item gets a key made
    ///   from its name.
    public func save(
        _ structure: Structure, keys: [ItemKeys.Item: String] = [:], _ mode: StatusPage.DisplayUptimeMode,
        of page: ID<StatusPage>, at now: Timestamp, newID: @escaping () -> ULID
    ) throws {
        var writer = try StructureWriter(db, page, keys, at: now, newID: newID)
        try writer.write(structure)
        try db.run(
            "UPDATE pages SET display_uptime_mode = ?, revision = revision + 1 WHERE id = ?",
            [mode.rawValue, page.description])
        changes.notePages()
    }
}

extension Database {
    fileprivate typealias StructureKey = (id: String, key: String, component: String?)

    fileprivate func structureKeys(of page: String) throws -> [StructureKey] {
        try query(
            "SELECT id, key, component_id FROM structure_items WHERE page_id = ? ORDER BY id", [page]
        ) { row in
            (id: try row.value(0) as String, key: try row.value(1) as String, component: try row.optional(2) as String?)
        }
    }
}

/// Writes the items of a page. Each writer can be used once.
private struct StructureWriter {
    private let db: Database
    private let page: String
    private let now: Timestamp
    private let newID: () -> ULID
    private let wanted: [ItemKeys.Item: String]
    /// The rows of components that were ever on the page, by component.
    private var components: [String: (id: String, key: String)] = [:]
    private var keysOfContainers: [String: String] = [:]
    /// The keys of everything that was ever on the page, and those that are wanted.
    private var taken: Set<String>

    init(
        _ db: Database, _ page: ID<StatusPage>, _ wanted: [ItemKeys.Item: String], at now: Timestamp,
        newID: @escaping () -> ULID
    ) throws {
        self.newID = newID
        self.db = db
        self.page = page.description
        self.now = now
        self.wanted = wanted
        taken = Set(wanted.values)
        for row in try db.structureKeys(of: self.page) {
            taken.insert(row.key)
            if let component = row.component {
                components[component] = (row.id, row.key)
            } else {
                keysOfContainers[row.id] = row.key
            }
        }
    }

    mutating func write(_ structure: Structure) throws {
        // Items that were already archived keep their time.
        try db.run(
            "UPDATE structure_items SET archived_at = ? WHERE page_id = ? AND archived_at IS NULL",
            [now.milliseconds, page])
        try makeRoom()
        try write(structure.items, under: nil)
    }

    /// Takes the wanted keys from the rows that have them: archived ones, and those that get another key.
    private mutating func makeRoom() throws {
        let owners: [String: String] = Dictionary(
            uniqueKeysWithValues: wanted.map { item, key in
                switch item {
                case .component(let id): (key, components[id.description]?.id ?? "")
                case .group(let id): (key, id.description)
                case .subPage(let id): (key, id.description)
                }
            })
        for row in try db.structureKeys(of: page) {
            guard let owner = owners[row.key], owner != row.id else { continue }
            try db.run(
                "UPDATE structure_items SET key = ? WHERE id = ?", [newKey(row.key, orElse: row.key), row.id])
        }
    }

    private mutating func write(_ items: [Structure.Item], under parent: String?) throws {
        for (position, item) in items.enumerated() {
            switch item {
            case .component(let placed): try write(placed, at: position, under: parent)
            case .group(let group): try write(group, at: position, under: parent)
            case .subPage(let subPage):
                let id = subPage.id.description
                let item = DeclaredItem(
                    identity: ItemIdentity(kind: .subPage, key: subPage.key), name: subPage.name, parent: nil,
                    position: position)
                try db.save(item, as: id, component: nil, on: page, under: nil, at: now)
                try write(subPage.items, under: id)
            }
        }
    }

    private mutating func write(_ group: Structure.Group, at position: Int, under parent: String?) throws {
        let id = group.id.description
        let key = wanted[.group(group.id)] ?? keysOfContainers[id] ?? newKey(group.name, orElse: "group")
        let item = DeclaredItem(
            identity: ItemIdentity(kind: .group, key: key), name: group.name, description: group.description,
            isHidden: group.isHidden, displayUptime: group.displayAggregatedUptime, parent: nil, position: position)
        try db.save(item, as: id, component: nil, on: page, under: parent, at: now)
        for (position, placed) in group.components.enumerated() { try write(placed, at: position, under: id) }
    }

    private mutating func write(_ placed: Structure.PlacedComponent, at position: Int, under parent: String?) throws {
        let component = placed.component
        let known = components[component.id.description]
        let key =
            wanted[.component(component.id)] ?? known?.key ?? newKey(component.name, orElse: "component")
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
