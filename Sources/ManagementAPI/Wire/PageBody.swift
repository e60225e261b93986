public import StatusPages

struct PageBody: Encodable {
    let id: String
    let name: String
    let description: String?
    let publicURL: String

    enum CodingKeys: String, CodingKey {
        case id, name, description
        case publicURL = "public_url"
    }

    init(_ page: StatusPage, serverURL: String) {
        id = page.id.description
        name = page.name
        description = page.description
        publicURL = page.publicURL(serverURL: serverURL)
    }
}

/// A page's structure. Each item is an object with exactly one member.
struct StructureBody: Encodable {
    struct Item: Encodable {
        var component: Component?
        var group: Group?
        var subPage: SubPage?

        enum CodingKeys: String, CodingKey {
            case component, group
            case subPage = "sub_page"
        }

        init(_ item: Structure.Item) {
            switch item {
            case .component(let placed): component = Component(placed)
            case .group(let group): self.group = Group(group)
            case .subPage(let subPage): self.subPage = SubPage(subPage)
            }
        }
    }

    struct Component: Encodable {
        let componentID: String
        let name: String
        let displayUptime: Bool
        let hidden: Bool

        enum CodingKeys: String, CodingKey {
            case name, hidden
            case componentID = "component_id"
            case displayUptime = "display_uptime"
        }

        init(_ placed: Structure.PlacedComponent) {
            componentID = placed.component.id.description
            name = placed.component.name
            displayUptime = placed.displayUptime
            hidden = placed.isHidden
        }
    }

    struct Group: Encodable {
        let id: String
        let name: String
        let description: String?
        let components: [Component]
        let displayAggregatedUptime: Bool
        let hidden: Bool

        enum CodingKeys: String, CodingKey {
            case id, name, description, components, hidden
            case displayAggregatedUptime = "display_aggregated_uptime"
        }

        init(_ group: Structure.Group) {
            id = group.id.description
            name = group.name
            description = group.description
            components = group.components.map(Component.init)
            displayAggregatedUptime = group.displayAggregatedUptime
            hidden = group.isHidden
        }
    }

    struct SubPage: Encodable {
        let id: String
        let name: String
        let items: [Item]

        init(_ subPage: Structure.SubPage) {
            id = subPage.id.description
            name = subPage.name
            items = subPage.items.map(Item.init)
        }
    }

    let items: [Item]
}

struct StructureResult: Encodable {
    let structure: StructureBody
    let displayUptimeMode: String
    let managementMeta: ManagementMeta

    enum CodingKeys: String, CodingKey {
        case structure = "current_structure"
        case displayUptimeMode = "display_uptime_mode"
        case managementMeta = "management_meta"
    }

    init(_ page: StatusPage) {
        structure = StructureBody(items: page.structure.items.map(StructureBody.Item.init))
        displayUptimeMode = page.displayUptimeMode.rawValue
        managementMeta = ManagementMeta(page.management)
    }
}

/// A page as commands print it: its name, kind, addresses and structure.
private struct PageDetailsBody: Encodable {
    let id: String
    let slug: String
    let name: String
    let kind: String
    let publicURL: String
    let structure: StructureResult

    enum CodingKeys: String, CodingKey {
        case id, slug, name, kind
        case publicURL = "public_url"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(slug, forKey: .slug)
        try container.encode(name, forKey: .name)
        try container.encode(kind, forKey: .kind)
        try container.encode(publicURL, forKey: .publicURL)
        try structure.encode(to: encoder)
    }
}

extension ManagementAPI {
    /// A page as commands print it.
    public static func body(of page: StatusPage, serverURL: String) throws -> [UInt8] {
        try JSONResponse.encode(
            PageDetailsBody(
                id: page.id.description, slug: page.slug, name: page.name, kind: page.kind.rawValue,
                publicURL: page.publicURL(serverURL: serverURL), structure: StructureResult(page)))
    }
}
