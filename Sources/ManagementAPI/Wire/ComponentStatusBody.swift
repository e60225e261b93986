import StatusPages

/// The status that an update gives to a component.
struct ComponentStatusBody: Encodable {
    let componentID: String
    let componentStatus: String

    enum CodingKeys: String, CodingKey {
        case componentID = "component_id"
        case componentStatus = "component_status"
    }

    init<Status: RawRepresentable>(_ change: StatusChange<Status>) where Status.RawValue == String {
        componentID = change.componentID.description
        componentStatus = change.status.rawValue
    }
}
