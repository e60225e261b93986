/// Edits of one item. Each either succeeds or leaves the tree unchanged. The faults name the item by its handle, then
/// the field.
extension StructureTree {
    /// The values of an item, as somebody typed them.
    public struct Fields: Sendable {
        public var name: String
        /// Empty for one that is made from the name.
        public var key: String
        /// Blank for none. Sub-pages have none.
        public var description: String
        public var isHidden: Bool
        public var displaysUptime: Bool

        public init(
            name: String, key: String = "", description: String = "", isHidden: Bool = false,
            displaysUptime: Bool = true
        ) {
            self.name = name
            self.key = key
            self.description = description
            self.isHidden = isHidden
            self.displaysUptime = displaysUptime
        }
    }

    public enum Direction: String, Sendable {
        case up, down
    }

    /// - Returns: nil if the tree has no such item.
    public func item(_ handle: ULID) -> Item? { path(to: handle, in: items).map { self[$0] } }

    /// The item that contains another; nil at the top.
    public func parent(of handle: ULID) -> Item? {
        guard let path = path(to: handle, in: items), path.count > 1 else { return nil }
        return self[Array(path.dropLast())]
    }

    /// The items that can contain an item of a kind, in the order of the tree. The page itself contains all kinds.
    public func possibleParents(of kind: Kind) -> [Item] {
        items.flatMap { [$0] + $0.items }.filter { $0.kind.contains(kind) }
    }

    /// Adds a new item at the end of its parent.
    /// - Parameters:
    ///   - handle: a new id.
    ///   - parent: nil for the top.
    ///   - reserved: the first segments of the server's own paths, which no sub-page can have as its key.
    public mutating func add(
        _ kind: Kind, _ fields: Fields, handle: ULID, into parent: ULID?, reserved: Set<String>
    ) throws(Faults) {
        var tree = self
        let item = Item(handle: handle, kind: kind, key: nil, name: "", isNew: true)
        try tree.insert(item, into: parent)
        try tree.edit(handle, fields, reserved: reserved)
        self = tree
    }

    /// Adds a component that exists, at the end of its parent.
    /// - Parameter parent: nil for the top.
    public mutating func place(_ component: ManagedComponent, into parent: ULID?) throws(Faults) {
        let handle = component.component.id.ulid
        guard item(handle) == nil else {
            throw Self.fault(handle, nil, .invalidValue, "The component is on the page already.")
        }
        let item = Item(
            handle: handle, kind: .component, key: nil, name: component.component.name,
            description: component.component.description,
            areTextsFixed: component.management.manager != .dashboard)
        try insert(item, into: parent)
        settle()
    }

    /// Changes the values of an item.
    public mutating func edit(_ handle: ULID, _ fields: Fields, reserved: Set<String>) throws(Faults) {
        let path = try place(of: handle)
        var tree = self
        var item = tree[path]
        let description = TextRule.isBlank(fields.description) ? nil : fields.description
        if !item.hasTexts(fields.name, description) {
            guard !item.areTextsFixed else {
                throw Self.fault(handle, .name, .invalidValue, "The name and the description cannot be changed here.")
            }
            item.name = fields.name
            item.description = item.kind == .subPage ? nil : description
            item.hasNewTexts = true
        }
        item.key = fields.key.isEmpty ? (item.isNew ? nil : item.key) : fields.key
        if item.kind != .subPage {
            item.isHidden = fields.isHidden
            item.displaysUptime = fields.displaysUptime
        }
        tree[path] = item
        let faults = tree.faults(of: item, reserved: reserved)
        guard faults.isEmpty else { throw Faults(faults) }
        tree.settle()
        self = tree
    }

    /// Removes an item with everything in it.
    public mutating func remove(_ handle: ULID) throws(Faults) {
        try take(place(of: handle))
        settle()
    }

    /// Moves an item by one place among its siblings. The first cannot move up, and the last cannot move down: that
    /// changes nothing.
    public mutating func move(_ handle: ULID, _ direction: Direction) throws(Faults) {
        let path = try place(of: handle)
        guard let index = path.last else { return }
        let parent = Array(path.dropLast())
        var siblings = contents(of: parent)
        let other = direction == .up ? index - 1 : index + 1
        guard siblings.indices.contains(other) else { return }
        siblings.swapAt(index, other)
        setContents(of: parent, siblings)
    }

    /// Moves an item into another.
    /// - Parameters:
    ///   - parent: nil for the top.
    ///   - index: its place among its new siblings. Nil, or too large: the end.
    public mutating func move(_ handle: ULID, into parent: ULID?, at index: Int? = nil) throws(Faults) {
        var tree = self
        let item = try tree.take(place(of: handle))
        try tree.insert(item, into: parent, at: index)
        tree.settle()
        self = tree
    }

    // MARK: Places

    /// - Parameter field: nil if the fault is about the item as a whole.
    static func fault(_ handle: ULID, _ field: Fault.Field?, _ code: Fault.Code, _ message: String) -> Faults {
        Faults([Fault(code, [.name(handle.description)] + (field.map { [.field($0)] } ?? []), message)])
    }

    private func place(of handle: ULID) throws(Faults) -> [Int] {
        guard let path = path(to: handle, in: items) else {
            throw Self.fault(handle, nil, .invalidValue, "The item is not on the page any more.")
        }
        return path
    }

    private func path(to handle: ULID, in items: [Item]) -> [Int]? {
        for (index, item) in items.enumerated() {
            if item.handle == handle { return [index] }
            if let path = path(to: handle, in: item.items) { return [index] + path }
        }
        return nil
    }

    private subscript(path: [Int]) -> Item {
        get {
            path.dropFirst().reduce(items[path[0]]) { $0.items[$1] }
        }
        set {
            guard let index = path.last else { return }
            let parent = Array(path.dropLast())
            var siblings = contents(of: parent)
            siblings[index] = newValue
            setContents(of: parent, siblings)
        }
    }

    /// - Parameter path: that of an item, or empty for the page.
    private func contents(of path: [Int]) -> [Item] { path.isEmpty ? items : self[path].items }

    private mutating func setContents(of path: [Int], _ contents: [Item]) {
        if path.isEmpty {
            items = contents
        } else {
            self[path].items = contents
        }
    }

    @discardableResult
    private mutating func take(_ path: [Int]) -> Item {
        let item = self[path]
        let parent = Array(path.dropLast())
        var siblings = contents(of: parent)
        siblings.remove(at: path[path.count - 1])
        setContents(of: parent, siblings)
        return item
    }

    private mutating func insert(_ item: Item, into parent: ULID?, at index: Int? = nil) throws(Faults) {
        var path: [Int] = []
        if let parent {
            path = try place(of: parent)
            let container = self[path]
            guard container.kind.contains(item.kind) else {
                throw Self.fault(
                    item.handle, .group, .invalidValue, "\"\(container.name)\" cannot contain a \(item.kind.title).")
            }
        }
        let count = componentCount + item.componentCount
        guard count <= Structure.mostComponents else {
            throw Self.fault(
                item.handle, nil, .tooLong, "A page can have at most \(Structure.mostComponents) components.")
        }
        var siblings = contents(of: path)
        siblings.insert(item, at: min(max(index ?? siblings.count, 0), siblings.count))
        setContents(of: path, siblings)
    }

    /// Adapts groups to their components. Hides a group if all its components are hidden. Turns off its uptime if none
    /// of its visible components shows one.
    private mutating func settle() {
        for path in items.indices.flatMap({ first in [[first]] + items[first].items.indices.map { [first, $0] } }) {
            let group = self[path]
            guard group.kind == .group, !group.items.isEmpty else { continue }
            let visible = group.items.filter { !$0.isHidden }
            if visible.isEmpty { self[path].isHidden = true }
            if !visible.contains(where: \.displaysUptime) { self[path].displaysUptime = false }
        }
    }
}

extension StructureTree.Kind {
    /// A noun for people.
    public var title: String {
        switch self {
        case .component: "component"
        case .group: "group"
        case .subPage: "sub-page"
        }
    }
}

extension StructureTree.Item {
    /// Compares bytes, because Swift treats different encodings of a character as equal.
    func hasTexts(_ name: String, _ description: String?) -> Bool {
        name.utf8.elementsEqual(self.name.utf8)
            && (kind == .subPage || description.map { Array($0.utf8) } == self.description.map { Array($0.utf8) })
    }
}
