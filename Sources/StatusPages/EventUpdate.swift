/// The status of an event: an incident or a maintenance. Updates change it over time.
public protocol EventStatus: RawRepresentable, CaseIterable, Equatable, Sendable where RawValue == String {
    /// The noun for events with this kind of status.
    static var eventName: String { get }
    /// The status that ends the event and makes every component operational.
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

/// One message in the history of an incident or a maintenance.
public struct EventUpdate<Status: EventStatus, ComponentStatus: Equatable & Sendable>: Equatable, Sendable {
    public let id: ID<EventUpdate>
    public let publishedAt: Timestamp
    /// Markdown.
    public private(set) var message: String
    /// When the text was last changed; nil if it was never changed.
    public private(set) var editedAt: Timestamp?
    public let status: Status
    public let componentStatuses: [StatusChange<ComponentStatus>]
    public let notifiesSubscribers: Bool

    public init(
        id: ID<EventUpdate>, publishedAt: Timestamp, message: String, editedAt: Timestamp? = nil, status: Status,
        componentStatuses: [StatusChange<ComponentStatus>], notifiesSubscribers: Bool
    ) {
        self.id = id
        self.publishedAt = publishedAt
        self.message = message
        self.editedAt = editedAt
        self.status = status
        self.componentStatuses = componentStatuses
        self.notifiesSubscribers = notifiesSubscribers
    }

    /// Replaces the text. The same text again changes nothing.
    /// - Parameter message: the text in the request; nil if there was none.
    /// - Throws: what is wrong with the text. The update then stays unchanged.
    public mutating func edit(message: String?, at now: Timestamp) throws(Faults) {
        if let fault = TextRule.message.fault(message, .message) { throw Faults([fault]) }
        // Compares bytes, because Swift treats different encodings of a character as equal.
        guard let message, !message.utf8.elementsEqual(self.message.utf8) else { return }
        self.message = message
        editedAt = max(now, editedAt ?? publishedAt)
    }
}

extension Array {
    /// When an update was last published or edited; nil if there is none.
    func changedAt<Status, ComponentStatus>() -> Timestamp? where Element == EventUpdate<Status, ComponentStatus> {
        lazy.map { $0.editedAt ?? $0.publishedAt }.max()
    }
}

extension Array {
    /// When the event last changed to a status. Its first update counts as a change. Nil if it never had the status.
    public func lastMove<Status, Given>(to status: Status) -> Timestamp?
    where Element == EventUpdate<Status, Given> {
        let moves = indices.filter { self[$0].status == status && ($0 == 0 || self[$0 - 1].status != status) }
        return moves.last.map { self[$0].publishedAt }
    }
}

public typealias IncidentUpdate = EventUpdate<Incident.Status, ComponentStatus>
public typealias MaintenanceUpdate = EventUpdate<Maintenance.Status, MaintenanceComponentStatus>

/// The status that an update gives a component.
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
