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

    /// When an incident was published, or a maintenance began or begins.
    public var beganAt: Timestamp {
        switch self {
        case .incident(let incident): incident.publishedAt
        case .maintenance(let maintenance): maintenance.startedAt
        }
    }

    /// When the event ended; nil while it has not.
    public var endedAt: Timestamp? {
        switch self {
        case .incident(let incident): incident.status == .resolved ? incident.updates.lastMove(to: .resolved) : nil
        case .maintenance(let maintenance):
            maintenance.status == .complete ? maintenance.updates.lastMove(to: .complete) : nil
        }
    }

    public var changedAt: Timestamp {
        switch self {
        case .incident(let incident): incident.changedAt
        case .maintenance(let maintenance): maintenance.changedAt
        }
    }
}
