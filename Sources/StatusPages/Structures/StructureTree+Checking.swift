/// The structure that a tree describes.
public struct CheckedStructure: Sendable {
    public let structure: Structure
    /// The key of every item.
    public let keys: [ItemKeys.Item: String]
    /// The components to make.
    public let added: [Component]
    /// The components with other texts than before.
    public let renamed: [Component]
}

extension StructureTree {
    /// Everything that was ever on a page.
    public struct KeyHistory: Sendable {
        /// The keys of all items, archived ones included.
        public let taken: Set<String>
        /// The keys of the components.
        public let components: [ID<Component>: String]

        public init(taken: Set<String>, components: [ID<Component>: String]) {
            self.taken = taken
            self.components = components
        }
    }

    /// The structure, with the current texts of components that nobody renamed.
    /// - Parameters:
    ///   - components: all components that are not archived.
    ///   - history: the keys that the page has had.
    ///   - reserved: the first segments of the server's own paths.
    /// - Throws: everything that is wrong with the tree.
    public func checked(
        with components: [ManagedComponent], history: KeyHistory, reserved: Set<String>
    ) throws(Faults) -> CheckedStructure {
        let faults = faults(reserved: reserved)
        guard faults.isEmpty else { throw Faults(faults) }
        var maker = StructureMaker(self, components, history, reserved)
        let made = maker.items(items)
        guard maker.faults.isEmpty else { throw Faults(maker.faults) }
        return CheckedStructure(
            structure: Structure(items: made), keys: maker.keys, added: maker.added, renamed: maker.renamed)
    }

    /// Everything that is wrong with the tree.
    private func faults(reserved: Set<String>) -> [Fault] {
        let all = items.flatMap { [$0] + $0.items.flatMap { [$0] + $0.items } }
        var faults = all.flatMap { self.faults(of: $0, reserved: reserved) }
        for item in all where item.kind == .group && item.items.isEmpty {
            faults +=
                Self.fault(
                    item.handle, .components, .tooShort,
                    "The group \"\(item.name)\" has no components. Add one, or remove the group."
                ).all
        }
        if componentCount > Structure.mostComponents {
            let rule = "A page can have at most \(Structure.mostComponents) components; this one has \(componentCount)."
            faults.append(Fault(.tooLong, [], rule))
        }
        return faults
    }

    /// The faults of the texts and the key of an item.
    func faults(of item: Item, reserved: Set<String>) -> [Fault] {
        var faults = [
            TextRule.name.fault(item.name, .name),
            TextRule.description.fault(ofOptional: item.description, .description),
        ].compactMap(\.self)
        if let key = item.key {
            let broken =
                item.kind == .subPage
                ? ItemKey.brokenRule(ofPathSegment: key, reserved: reserved)
                : ItemKey.isValid(key) ? nil : ItemKey.rule
            if let broken {
                faults.append(Fault(.invalidFormat, [.field(.key)], "The key \(broken)."))
            } else if let other = first(where: { $0.key == key && $0.handle != item.handle }) {
                faults.append(
                    Fault(.invalidValue, [.field(.key)], "The \(other.kind.title) \"\(other.name)\" has the same key."))
            }
        }
        return faults.map { $0.under([.name(item.handle.description)]) }
    }

    private func first(where matches: (Item) -> Bool) -> Item? {
        func first(in items: [Item]) -> Item? {
            for item in items {
                if matches(item) { return item }
                if let found = first(in: item.items) { return found }
            }
            return nil
        }
        return first(in: items)
    }
}

/// Turns a valid tree into a structure.
private struct StructureMaker {
    private(set) var faults: [Fault] = []
    private(set) var keys: [ItemKeys.Item: String] = [:]
    private(set) var added: [Component] = []
    private(set) var renamed: [Component] = []
    private let known: [ID<Component>: Component]
    private let fixed: Set<ID<Component>>
    private let history: StructureTree.KeyHistory
    private let reserved: Set<String>
    /// The keys that must not be given to items that have none.
    private var taken: Set<String>
    /// The keys that items of the tree have.
    private var present: Set<String>

    init(
        _ tree: StructureTree, _ components: [ManagedComponent], _ history: StructureTree.KeyHistory,
        _ reserved: Set<String>
    ) {
        known = Dictionary(components.map { ($0.component.id, $0.component) }) { first, _ in first }
        fixed = Set(components.filter { $0.management.manager != .dashboard }.map(\.component.id))
        self.history = history
        self.reserved = reserved
        func keys(_ items: [StructureTree.Item]) -> [String] {
            items.flatMap { item in (item.key.map { [$0] } ?? []) + keys(item.items) }
        }
        present = Set(keys(tree.items))
        taken = history.taken.union(present)
    }

    mutating func items(_ items: [StructureTree.Item]) -> [Structure.Item] {
        var made: [Structure.Item] = []
        for item in items {
            switch item.kind {
            case .component: if let placed = component(item) { made.append(.component(placed)) }
            case .group: made.append(.group(group(item)))
            case .subPage: made.append(.subPage(subPage(item)))
            }
        }
        return made
    }

    private mutating func subPage(_ item: StructureTree.Item) -> Structure.SubPage {
        let id = ID<Structure.SubPage>(item.handle)
        let key = item.key ?? newKey(item, taken: taken.union(reserved))
        keys[.subPage(id)] = key
        return Structure.SubPage(id: id, key: key, name: item.name, items: items(item.items))
    }

    private mutating func group(_ item: StructureTree.Item) -> Structure.Group {
        let id = ID<Structure.Group>(item.handle)
        keys[.group(id)] = item.key ?? newKey(item, taken: taken)
        var members: [Structure.PlacedComponent] = []
        for member in item.items {
            if let placed = component(member) { members.append(placed) }
        }
        return Structure.Group(
            id: id, name: item.name, description: item.description, isHidden: item.isHidden,
            displayAggregatedUptime: item.displaysUptime, components: members)
    }

    private mutating func component(_ item: StructureTree.Item) -> Structure.PlacedComponent? {
        let id = ID<Component>(item.handle)
        let typed = Component(id: id, name: item.name, description: item.description)
        var component = typed
        if item.isNew {
            added.append(typed)
        } else {
            guard let current = known[id] else {
                faults +=
                    StructureTree.fault(
                        item.handle, nil, .unknownComponent, "The component \"\(item.name)\" has been archived."
                    ).all
                return nil
            }
            if item.hasNewTexts, !fixed.contains(id) {
                if !item.hasTexts(current.name, current.description) { renamed.append(typed) }
            } else {
                component = current
            }
        }
        keys[.component(id)] = item.key ?? formerKey(of: id) ?? newKey(item, taken: taken)
        return Structure.PlacedComponent(component, displayUptime: item.displaysUptime, isHidden: item.isHidden)
    }

    /// The key that a component had on the page before, unless another item has it now.
    private mutating func formerKey(of component: ID<Component>) -> String? {
        guard let key = history.components[component], present.insert(key).inserted else { return nil }
        return key
    }

    private mutating func newKey(_ item: StructureTree.Item, taken others: Set<String>) -> String {
        let key = ItemKey.make(from: item.name, orElse: item.kind.title, taken: others)
        taken.insert(key)
        return key
    }
}
