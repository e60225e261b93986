/// The contents of a page, in order.
public struct Structure: Equatable, Sendable {
    public enum Item: Equatable, Sendable {
        case component(PlacedComponent)
        case group(Group)
        case subPage(SubPage)
    }

    /// A component at its place on a page.
    public struct PlacedComponent: Equatable, Sendable {
        public var component: Component
        public var displayUptime: Bool
        public var isHidden: Bool

        public init(_ component: Component, displayUptime: Bool = true, isHidden: Bool = false) {
            self.component = component
            self.displayUptime = displayUptime
            self.isHidden = isHidden
        }
    }

    /// A group of components.
    public struct Group: Equatable, Sendable {
        public let id: ID<Group>
        public var name: String
        public var description: String?
        public var isHidden: Bool
        public var displayAggregatedUptime: Bool
        public var components: [PlacedComponent]

        public init(
            id: ID<Group>, name: String, description: String? = nil, isHidden: Bool = false,
            displayAggregatedUptime: Bool = true, components: [PlacedComponent]
        ) {
            self.id = id
            self.name = name
            self.description = description
            self.isHidden = isHidden
            self.displayAggregatedUptime = displayAggregatedUptime
            self.components = components
        }

        /// Compares the bytes of the texts, because Swift treats different encodings of a character as equal.
        public static func == (left: Group, right: Group) -> Bool {
            left.id == right.id && left.name.utf8.elementsEqual(right.name.utf8)
                && left.description.map { Array($0.utf8) } == right.description.map { Array($0.utf8) }
                && left.isHidden == right.isHidden
                && left.displayAggregatedUptime == right.displayAggregatedUptime
                && left.components == right.components
        }
    }

    /// A part of the page with its own address and widget.
    public struct SubPage: Equatable, Sendable {
        public let id: ID<SubPage>
        /// The path segment of the sub-page.
        public var key: String
        public var name: String
        /// Components and groups. A sub-page contains no further sub-pages.
        public var items: [Item]

        public init(id: ID<SubPage>, key: String, name: String, items: [Item]) {
            self.id = id
            self.key = key
            self.name = name
            self.items = items
        }
    }

    /// How many components a page may have. One request may name all of them.
    public static let mostComponents = 1_000

    public let items: [Item]
    /// All components of the page. Computed once, because every update is checked against it.
    let componentIDs: Set<ID<Component>>

    public init(items: [Item]) {
        self.items = items
        componentIDs = Set(Self.placements(of: items, subPage: nil).map(\.component.id))
    }

    /// A component, with its group, sub-page and visibility on the page.
    public struct Placement: Equatable, Sendable {
        public let component: Component
        public let groupID: ID<Group>?
        public let groupName: String?
        public let subPageID: ID<SubPage>?
        /// Whether the component itself or its group is hidden.
        public let isHidden: Bool
    }

    /// Every component of the page in order, including those in groups and sub-pages.
    public var placements: [Placement] { Self.placements(of: items, subPage: nil) }

    /// Every component of the page with its flags, in order, including those in groups and sub-pages.
    public var placedComponents: [PlacedComponent] { Self.placedComponents(of: items) }

    private static func placedComponents(of items: [Item]) -> [PlacedComponent] {
        items.flatMap { item -> [PlacedComponent] in
            switch item {
            case .component(let placed): [placed]
            case .group(let group): group.components
            case .subPage(let subPage): placedComponents(of: subPage.items)
            }
        }
    }

    public var subPages: [SubPage] {
        items.compactMap { item in
            if case .subPage(let subPage) = item { subPage } else { nil }
        }
    }

    /// Every group of the page, including those in sub-pages.
    public var groups: [Group] { Self.groups(of: items) }

    private static func groups(of items: [Item]) -> [Group] {
        items.flatMap { item -> [Group] in
            switch item {
            case .component: []
            case .group(let group): [group]
            case .subPage(let subPage): groups(of: subPage.items)
            }
        }
    }

    private static func placements(of items: [Item], subPage: ID<SubPage>?) -> [Placement] {
        items.flatMap { item -> [Placement] in
            switch item {
            case .component(let placed): [placement(of: placed, group: nil, subPage: subPage)]
            case .group(let group): group.components.map { placement(of: $0, group: group, subPage: subPage) }
            case .subPage(let subPage): placements(of: subPage.items, subPage: subPage.id)
            }
        }
    }

    private static func placement(of placed: PlacedComponent, group: Group?, subPage: ID<SubPage>?) -> Placement {
        Placement(
            component: placed.component, groupID: group?.id, groupName: group?.name, subPageID: subPage,
            isHidden: placed.isHidden || group?.isHidden ?? false)
    }
}
