/// An incident or a maintenance, for documents that show both in one list.
public enum PageEvent: Equatable, Sendable {
    case incident(Incident)
    case maintenance(Maintenance)

    public var ulid: ULID {
        switch self {
        case .incident(let incident): incident.id.ulid
        case .maintenance(let maintenance): maintenance.id.ulid
        }
    }

    public var name: String {
        switch self {
        case .incident(let incident): incident.name
        case .maintenance(let maintenance): maintenance.name
        }
    }

    public var changedAt: Timestamp {
        switch self {
        case .incident(let incident): incident.changedAt
        case .maintenance(let maintenance): maintenance.changedAt
        }
    }
}
