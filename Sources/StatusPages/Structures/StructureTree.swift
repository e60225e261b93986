/// The structure of a page while somebody edits it in the dashboard: sub-pages, groups and components. It can be stored
/// as JSON between two edits.
public struct StructureTree: Equatable, Sendable, Codable {
    public enum Kind: String, Sendable, Codable {
        case component, group
        case subPage = "sub_page"

        /// Whether items of this kind can contain items of the other.
        public func contains(_ other: Kind) -> Bool {
            switch self {
            case .component: false
            case .group: other == .component
            case .subPage: other != .subPage
            }
        }
    }

    public struct Item: Equatable, Sendable, Codable {
        /// Identifies the item in the tree, and stays the same. It is the id of the component, group or sub-page, or
        /// the id that a new one gets.
        public let handle: ULID
        public let kind: Kind
        /// Nil: the key is made from the name, or it is the one that the component had on the page before.
        public var key: String?
        public var name: String
        /// Only for components and groups.
        public var description: String?
        /// Only for components and groups.
        public var isHidden: Bool
        /// Only for components and groups.
        public var displaysUptime: Bool
        /// Whether saving the tree makes it.
        public let isNew: Bool
        /// Whether name and description cannot be changed here, because the configuration or a tool manages the
        /// component.
        public let areTextsFixed: Bool
        /// Whether somebody changed the name or the description. Otherwise a component keeps its current ones.
        public internal(set) var hasNewTexts: Bool
        public internal(set) var items: [Item]

        enum CodingKeys: String, CodingKey {
            case handle, kind, key, name, description, items
            case isHidden = "hidden"
            case displaysUptime = "display_uptime"
            case isNew = "new"
            case areTextsFixed = "fixed_texts"
            case hasNewTexts = "new_texts"
        }

        init(
            handle: ULID, kind: Kind, key: String?, name: String, description: String? = nil, isHidden: Bool = false,
            displaysUptime: Bool = true, isNew: Bool = false, areTextsFixed: Bool = false, items: [Item] = []
        ) {
            self.handle = handle
            self.kind = kind
            self.key = key
            self.name = name
            self.description = description
            self.isHidden = isHidden
            self.displaysUptime = displaysUptime
            self.isNew = isNew
            self.areTextsFixed = areTextsFixed
            hasNewTexts = false
            self.items = items
        }

        /// The number of components in it, including itself.
        var componentCount: Int { items.reduce(kind == .component ? 1 : 0) { $0 + $1.componentCount } }
    }

    public internal(set) var items: [Item]

    enum CodingKeys: String, CodingKey {
        case items
    }

    /// The tree of a page.
    /// - Parameter fixed: the components whose texts cannot be changed here.
    public init(_ structure: Structure, keys: ItemKeys, fixed: Set<ID<Component>>) {
        func component(_ placed: Structure.PlacedComponent) -> Item {
            let component = placed.component
            return Item(
                handle: component.id.ulid, kind: .component, key: keys.key(of: .component(component.id)),
                name: component.name, description: component.description, isHidden: placed.isHidden,
                displaysUptime: placed.displayUptime, areTextsFixed: fixed.contains(component.id))
        }
        func contents(of items: [Structure.Item]) -> [Item] {
            items.map { item in
                switch item {
                case .component(let placed): component(placed)
                case .group(let group):
                    Item(
                        handle: group.id.ulid, kind: .group, key: keys.key(of: .group(group.id)), name: group.name,
                        description: group.description, isHidden: group.isHidden,
                        displaysUptime: group.displayAggregatedUptime, items: group.components.map(component))
                case .subPage(let subPage):
                    Item(
                        handle: subPage.id.ulid, kind: .subPage, key: subPage.key, name: subPage.name,
                        items: contents(of: subPage.items))
                }
            }
        }
        items = contents(of: structure.items)
    }

    /// The number of components in the tree.
    public var componentCount: Int { items.reduce(0) { $0 + $1.componentCount } }
}

extension ULID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let ulid = ULID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an id")
        }
        self = ulid
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
