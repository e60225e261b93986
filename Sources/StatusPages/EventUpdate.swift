/// What incidents and maintenances have in common: a course through statuses, told in updates.
public protocol EventStatus: RawRepresentable, CaseIterable, Equatable, Sendable where RawValue == String {
    /// What the things are called that have such a status.
    static var eventName: String { get }
    /// The status that ends the course and makes every component operational.
    static var closing: Self { get }
}

extension Incident.Status: EventStatus {
    public static let eventName = "incident"
    public static let closing = Incident.Status.resolved
}

extension Maintenance.Status: EventStatus {
    public static let eventName = "maintenance"
    public static let closing = Maintenance.Status.complete
}

/// One message in the course of an incident or a maintenance.
public struct EventUpdate<Status: EventStatus, ComponentStatus: Equatable & Sendable>: Equatable, Sendable {
    public let id: ID<EventUpdate>
    public let publishedAt: Timestamp
    /// Markdown.
    public let message: String
    public let status: Status
    public let componentStatuses: [StatusChange<ComponentStatus>]
    public let notifiesSubscribers: Bool

    public init(
        id: ID<EventUpdate>, publishedAt: Timestamp, message: String, status: Status,
        componentStatuses: [StatusChange<ComponentStatus>], notifiesSubscribers: Bool
    ) {
        self.id = id
        self.publishedAt = publishedAt
        self.message = message
        self.status = status
        self.componentStatuses = componentStatuses
        self.notifiesSubscribers = notifiesSubscribers
    }
}

public typealias IncidentUpdate = EventUpdate<Incident.Status, ComponentStatus>
public typealias MaintenanceUpdate = EventUpdate<Maintenance.Status, MaintenanceComponentStatus>

/// The status an update gives a component.
public struct StatusChange<Status: Equatable & Sendable>: Equatable, Sendable {
    public let componentID: ID<Component>
    public let status: Status

    public init(componentID: ID<Component>, status: Status) {
        self.componentID = componentID
        self.status = status
    }
}

public typealias ComponentStatusChange = StatusChange<ComponentStatus>
public typealias MaintenanceComponentChange = StatusChange<MaintenanceComponentStatus>
