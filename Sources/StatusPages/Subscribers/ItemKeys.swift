/// The keys of a page's components, groups and sub-pages in the configuration. Within a page, each key names one item.
public struct ItemKeys: Sendable {
    public enum Item: Hashable, Sendable {
        case component(ID<Component>)
        case group(ID<Structure.Group>)
        case subPage(ID<Structure.SubPage>)
    }

    /// In the order of the page.
    public let all: [(key: String, item: Item)]
    private let items: [String: Item]
    private let keys: [Item: String]

    public init(_ all: [(key: String, item: Item)]) {
        self.all = all
        items = Dictionary(all.map { ($0.key, $0.item) }, uniquingKeysWith: { first, _ in first })
        keys = Dictionary(all.map { ($0.item, $0.key) }, uniquingKeysWith: { first, _ in first })
    }

    /// The key of an item; nil if it is not on the page.
    public func key(of item: Item) -> String? { keys[item] }

    /// The keys that name nothing on the page.
    public func unknown(in keys: [String]) -> [String] { keys.filter { items[$0] == nil } }

    /// A draft of the scope that some keys name. An unknown key becomes an id that the page does not have.
    public func draft(of keys: [String]) -> ScopeDraft {
        var (components, groups, subPages): ([String], [String], [String]) = ([], [], [])
        for key in keys {
            switch items[key] {
            case .component(let id): components.append(id.description)
            case .group(let id): groups.append(id.description)
            case .subPage(let id): subPages.append(id.description)
            case nil: components.append(key)
            }
        }
        return ScopeDraft(componentIDs: components, groupIDs: groups, subPageIDs: subPages)
    }

    /// The keys of a scope. Archived items are left out.
    /// - Returns: an empty list for the whole page; nil if the scope contains nothing that is on the page.
    public func keys(of scope: SubscriptionScope) -> [String]? {
        guard case .chosen(let choice) = scope else { return [] }
        let items =
            choice.components.map(Item.component) + choice.groups.map(Item.group)
            + choice.subPages.map(Item.subPage)
        let found = items.compactMap { keys[$0] }
        return found.isEmpty ? nil : found
    }
}
