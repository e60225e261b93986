/// Planned work on components, as a status page tells it.
public struct Maintenance: Equatable, Sendable {
    public enum Status: String, CaseIterable, Sendable {
        case scheduled = "maintenance_scheduled"
        case inProgress = "maintenance_in_progress"
        case complete = "maintenance_complete"
    }

    public let id: ID<Maintenance>
    public let pageID: ID<StatusPage>
    public var name: String
    public let publishedAt: Timestamp
    public var status: Status
    public var window: Window
    /// Whether the server's clock moves the status.
    public var isAutomated: Bool
    /// Oldest first; never empty.
    public var updates: [MaintenanceUpdate]
    /// By start, and then by the component's first mention.
    public var periods: [MaintenancePeriod]

    public init(
        id: ID<Maintenance>, pageID: ID<StatusPage>, name: String, publishedAt: Timestamp, status: Status,
        window: Window, isAutomated: Bool, updates: [MaintenanceUpdate], periods: [MaintenancePeriod]
    ) {
        self.id = id
        self.pageID = pageID
        self.name = name
        self.publishedAt = publishedAt
        self.status = status
        self.window = window
        self.isAutomated = isAutomated
        self.updates = updates
        self.periods = periods
    }

    /// When the work is to be done.
    public struct Window: Equatable, Sendable {
        public let startAt: Timestamp
        /// After `startAt`.
        public let endAt: Timestamp

        public init(startAt: Timestamp, endAt: Timestamp) {
            self.startAt = startAt
            self.endAt = endAt
        }
    }

    /// Every component the updates name, in the order of first mention.
    public var touchedComponents: [ID<Component>] {
        var seen: Set<ID<Component>> = []
        return updates.flatMap(\.componentStatuses).map(\.componentID).filter { seen.insert($0).inserted }
    }

    /// When the work began: as planned, or when it was first said to be in progress, if that was earlier.
    public var startedAt: Timestamp {
        let declared = updates.first { $0.status == .inProgress }?.publishedAt
        return min(window.startAt, declared ?? window.startAt)
    }
}

/// What a maintenance says of a component.
public enum MaintenanceComponentStatus: String, CaseIterable, Sendable {
    case operational
    case underMaintenance = "under_maintenance"
}

/// A span of time in which a maintenance has a component.
public struct MaintenancePeriod: Equatable, Sendable {
    public let componentID: ID<Component>
    public var startAt: Timestamp
    /// The window's end until something ends the period; nil when it was opened after that.
    public var endAt: Timestamp?
    /// Nothing has ended it yet, though its end may be known or even past.
    public var isOpen: Bool

    public init(componentID: ID<Component>, startAt: Timestamp, endAt: Timestamp?, isOpen: Bool) {
        self.componentID = componentID
        self.startAt = startAt
        self.endAt = endAt
        self.isOpen = isOpen
    }
}
