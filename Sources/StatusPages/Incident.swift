/// Something that is or was wrong, as a status page tells it.
public struct Incident: Equatable, Sendable {
    public enum Status: String, CaseIterable, Sendable {
        case investigating, identified, monitoring, resolved
    }

    /// An incident takes no more updates than this.
    public static let mostUpdates = 100

    public let id: ID<Incident>
    public let pageID: ID<StatusPage>
    public var name: String
    public let publishedAt: Timestamp
    public var status: Status
    /// Oldest first; never empty.
    public var updates: [IncidentUpdate]

    public init(
        id: ID<Incident>, pageID: ID<StatusPage>, name: String, publishedAt: Timestamp, status: Status,
        updates: [IncidentUpdate]
    ) {
        self.id = id
        self.pageID = pageID
        self.name = name
        self.publishedAt = publishedAt
        self.status = status
        self.updates = updates
    }

    public var timeline: ImpactTimeline { ImpactTimeline(updates) }
}

/// One message in the course of an incident.
public struct IncidentUpdate: Equatable, Sendable {
    public let id: ID<IncidentUpdate>
    public let publishedAt: Timestamp
    /// Markdown.
    public let message: String
    public let status: Incident.Status
    public let componentStatuses: [ComponentStatusChange]
    public let notifiesSubscribers: Bool

    public init(
        id: ID<IncidentUpdate>, publishedAt: Timestamp, message: String, status: Incident.Status,
        componentStatuses: [ComponentStatusChange], notifiesSubscribers: Bool
    ) {
        self.id = id
        self.publishedAt = publishedAt
        self.message = message
        self.status = status
        self.componentStatuses = componentStatuses
        self.notifiesSubscribers = notifiesSubscribers
    }
}

/// The status an update of an incident gives a component.
public typealias ComponentStatusChange = StatusChange<ComponentStatus>

/// The status an update gives a component.
public struct StatusChange<Status: Equatable & Sendable>: Equatable, Sendable {
    public let componentID: ID<Component>
    public let status: Status

    public init(componentID: ID<Component>, status: Status) {
        self.componentID = componentID
        self.status = status
    }
}
