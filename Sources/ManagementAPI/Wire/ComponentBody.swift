import StatusPages

struct ComponentBody: Encodable {
    let id: String
    let name: String
    let description: String?
    let managementMeta: ManagementMeta

    enum CodingKeys: String, CodingKey {
        case id, name, description
        case managementMeta = "management_meta"
    }

    init(_ managed: ManagedComponent) {
        id = managed.component.id.description
        name = managed.component.name
        description = managed.component.description
        managementMeta = ManagementMeta(managed.origin)
    }
}

struct ComponentResult: Encodable {
    let component: ComponentBody

    enum CodingKeys: String, CodingKey { case component = "status_page_component" }
}

struct ComponentListResult: Encodable {
    let components: [ComponentBody]

    enum CodingKeys: String, CodingKey { case components = "status_page_components" }
}
