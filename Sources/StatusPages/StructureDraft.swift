/// A command to replace the whole structure of a page, as far as it could be read. It has not been checked yet.
public struct StructureDraft: Sendable {
    public struct Component: Sendable {
        public var componentID: String?
        /// Nil keeps the current value.
        public var isHidden: Bool?
        /// Nil keeps the current value.
        public var displayUptime: Bool?

        public init(componentID: String?, isHidden: Bool? = nil, displayUptime: Bool? = nil) {
            self.componentID = componentID
            self.isHidden = isHidden
            self.displayUptime = displayUptime
        }
    }

    public struct Group: Sendable {
        /// Nil: a new group.
        public var id: String?
        public var name: String?
        /// Nil: unchanged. Empty text and white space mean no description.
        public var description: String?
        /// Nil: unchanged, but a group without visible components is hidden.
        public var isHidden: Bool?
        /// Nil: unchanged (true for a new group), but false if no visible component of the group shows its uptime.
        public var displayAggregatedUptime: Bool?
        public var components: [Component]?

        public init(
            id: String? = nil, name: String?, description: String? = nil, isHidden: Bool? = nil,
            displayAggregatedUptime: Bool? = nil, components: [Component]?
        ) {
            self.id = id
            self.name = name
            self.description = description
            self.isHidden = isHidden
            self.displayAggregatedUptime = displayAggregatedUptime
            self.components = components
        }
    }

    public enum Item: Sendable {
        case component(Component)
        case group(Group)
        /// A sub-page, which this command cannot create.
        case subPage
        /// Several of these, or none.
        case unclear
    }

    public var items: [Item]?
    /// Nil: unchanged.
    public var displayUptimeMode: StatusPage.DisplayUptimeMode?

    public init(items: [Item]?, displayUptimeMode: StatusPage.DisplayUptimeMode? = nil) {
        self.items = items
        self.displayUptimeMode = displayUptimeMode
    }

    /// The new structure of a page.
    /// - Parameters:
    ///   - page: the page before the change.
    ///   - components: all components that clients may place.
    ///   - newID: called for the id of each new group.
    /// - Throws: everything that is wrong with the command.
    public func structure(
        of page: StatusPage, with components: [StatusPages.Component], newID: () -> ULID
    ) throws(Faults) -> Structure {
        guard let items else { throw Faults([Fault(.required, [.field(.items)], "The items are required.")]) }
        if items.isEmpty { throw Faults([Fault(.tooShort, [.field(.items)], "There must be at least one item.")]) }
        let count = items.reduce(0) { $0 + $1.componentCount }
        guard count <= Structure.mostComponents else {
            let rule = "A page can have at most \(Structure.mostComponents) components; this one would have \(count)."
            throw Faults([Fault(.tooLong, [.field(.items)], rule)])
        }
        var check = StructureCheck(page, components)
        let checked = items.enumerated().compactMap { index, item in
            check.item(item, at: [.field(.items), .index(index)], newID: newID)
        }
        guard check.faults.isEmpty else { throw Faults(check.faults) }
        return Structure(items: checked)
    }
}

extension StructureDraft.Item {
    fileprivate var componentCount: Int {
        switch self {
        case .component: 1
        case .group(let group): group.components?.count ?? 0
        case .subPage, .unclear: 0
        }
    }
}

/// Checks a structure item by item, and fills in the values that the command leaves out.
private struct StructureCheck {
    private(set) var faults: [Fault] = []
    private let known: [ID<Component>: Component]
    private let placed: [ID<Component>: Structure.PlacedComponent]
    private let groups: [ID<Structure.Group>: Structure.Group]
    private var seenComponents: Set<ID<Component>> = []
    private var seenGroups: Set<ID<Structure.Group>> = []

    init(_ page: StatusPage, _ components: [Component]) {
        known = Dictionary(components.map { ($0.id, $0) }) { first, _ in first }
        placed = Dictionary(page.structure.placedComponents.map { ($0.component.id, $0) }) { first, _ in first }
        groups = Dictionary(page.structure.groups.map { ($0.id, $0) }) { first, _ in first }
    }

    mutating func item(_ item: StructureDraft.Item, at place: [Fault.Step], newID: () -> ULID) -> Structure.Item? {
        switch item {
        case .component(let draft):
            return component(draft, at: place + [.field(.component)]).map(Structure.Item.component)
        case .group(let draft):
            return group(draft, at: place + [.field(.group)], newID: newID).map(Structure.Item.group)
        case .subPage:
            note(
                .invalidValue, place + [.field(.subPage)],
                "This request cannot create sub-pages. Create them in the dashboard.")
        case .unclear:
            note(.invalidValue, place, "An item must have exactly one of: component, group.")
        }
        return nil
    }

    private mutating func component(
        _ draft: StructureDraft.Component, at place: [Fault.Step]
    ) -> Structure.PlacedComponent? {
        guard let component = identified(draft.componentID, at: place + [.field(.componentID)]) else { return nil }
        let before = placed[component.id]
        return Structure.PlacedComponent(
            component, displayUptime: draft.displayUptime ?? before?.displayUptime ?? true,
            isHidden: draft.isHidden ?? before?.isHidden ?? false)
    }

    private mutating func identified(_ text: String?, at place: [Fault.Step]) -> Component? {
        guard let text else {
            note(.required, place, "The component's id is required.")
            return nil
        }
        guard let id = ID<Component>(text), let component = known[id] else {
            note(.unknownComponent, place, "There is no component \"\(text.prefix(40))\".")
            return nil
        }
        guard seenComponents.insert(id).inserted else {
            note(.invalidValue, place, "The component \(id) is on the page more than once.")
            return nil
        }
        return component
    }

    private mutating func group(
        _ draft: StructureDraft.Group, at place: [Fault.Step], newID: () -> ULID
    ) -> Structure.Group? {
        let before = draft.id.flatMap { group($0, at: place + [.field(.id)]) }
        faults += [
            TextRule.name.fault(draft.name, .name),
            TextRule.description.fault(ofOptional: draft.description, .description),
        ]
        .compactMap { $0?.under(place) }
        let members = self.members(of: draft, at: place + [.field(.components)])
        guard let members, members.count == draft.components?.count else { return nil }
        let visible = members.filter { !$0.isHidden }
        let showsUptime = visible.contains(where: \.displayUptime)
        if draft.isHidden == false, visible.isEmpty {
            note(
                .invalidValue, place + [.field(.hidden)], "The group cannot be visible: all its components are hidden.")
        }
        if draft.displayAggregatedUptime == true, !showsUptime {
            note(
                .invalidValue, place + [.field(.displayAggregatedUptime)],
                "The group cannot show an uptime: none of its visible components shows one.")
        }
        let description = draft.description.map { TextRule.isBlank($0) ? nil : $0 } ?? before?.description
        return Structure.Group(
            id: before?.id ?? ID(newID()), name: draft.name ?? "", description: description,
            isHidden: draft.isHidden ?? (before?.isHidden ?? false || visible.isEmpty),
            displayAggregatedUptime: draft.displayAggregatedUptime
                ?? (before?.displayAggregatedUptime ?? true && showsUptime),
            components: members)
    }

    private mutating func group(_ text: String, at place: [Fault.Step]) -> Structure.Group? {
        guard let id = ID<Structure.Group>(text), let group = groups[id] else {
            note(.unknownGroup, place, "There is no group \"\(text.prefix(40))\" on this status page.")
            return nil
        }
        guard seenGroups.insert(id).inserted else {
            note(.invalidValue, place, "The group \(id) is listed more than once.")
            return nil
        }
        return group
    }

    /// - Returns: the valid members; nil if the command has none.
    private mutating func members(
        of draft: StructureDraft.Group, at place: [Fault.Step]
    ) -> [Structure.PlacedComponent]? {
        guard let drafts = draft.components else {
            note(.required, place, "The group's components are required.")
            return nil
        }
        if drafts.isEmpty {
            note(.tooShort, place, "A group must have at least one component.")
            return nil
        }
        return drafts.enumerated().compactMap { index, draft in component(draft, at: place + [.index(index)]) }
    }

    private mutating func note(_ code: Fault.Code, _ place: [Fault.Step], _ message: String) {
        faults.append(Fault(code, place, message))
    }
}
