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
        managementMeta = ManagementMeta(managed.management)
    }
}

/// How a resource is managed.
struct ManagementMeta: Encodable {
    let managedBy: String
    let annotations: [String: String]

    enum CodingKeys: String, CodingKey {
        case annotations
        case managedBy = "managed_by"
    }

    init(_ management: Management) {
        managedBy = management.manager.rawValue
        annotations = management.claim.annotations
    }
}
