/// Planned work on components, as a status page describes it.
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
    /// When the maintenance was last renamed or moved; nil if it never was.
    public internal(set) var revisedAt: Timestamp?
    public var status: Status
    public var window: Window
    /// Whether the server's clock changes the status.
    public var isAutomated: Bool
    /// Whether subscribers are notified when the clock changes the status.
    public var notifiesAutomatically: Bool
    /// Oldest first; never empty.
    public var updates: [MaintenanceUpdate]
    /// Sorted by start, then by the component's first mention.
    public var periods: [MaintenancePeriod]

    /// - Parameter notifiesAutomatically: nil: the same as for the first update.
    public init(
        id: ID<Maintenance>, pageID: ID<StatusPage>, name: String, publishedAt: Timestamp, revisedAt: Timestamp? = nil,
        status: Status, window: Window, isAutomated: Bool, notifiesAutomatically: Bool? = nil,
        updates: [MaintenanceUpdate], periods: [MaintenancePeriod]
    ) {
        self.id = id
        self.pageID = pageID
        self.name = name
        self.publishedAt = publishedAt
        self.revisedAt = revisedAt
        self.status = status
        self.window = window
        self.isAutomated = isAutomated
        self.notifiesAutomatically = notifiesAutomatically ?? updates.first?.notifiesSubscribers ?? false
        self.updates = updates
        self.periods = periods
    }

    /// The time for which the work is planned.
    public struct Window: Equatable, Sendable {
        public let startAt: Timestamp
        /// Always after `startAt`.
        public let endAt: Timestamp

        public init(startAt: Timestamp, endAt: Timestamp) {
            self.startAt = startAt
            self.endAt = endAt
        }
    }

    /// Every component in the updates, in the order of first mention.
    public var touchedComponents: [ID<Component>] {
        var seen: Set<ID<Component>> = []
        return updates.flatMap(\.componentStatuses).map(\.componentID).filter { seen.insert($0).inserted }
    }

    /// The time of the newest update, edit of a text, rename, or change of the window.
    public var changedAt: Timestamp { max(updates.changedAt() ?? publishedAt, revisedAt ?? publishedAt) }

    /// When the work began: the start of the window, or the first update in progress if that was earlier.
    public var startedAt: Timestamp {
        let declared = updates.first { $0.status == .inProgress }?.publishedAt
        return min(window.startAt, declared ?? window.startAt)
    }
}

/// The status of a component in a maintenance.
public enum MaintenanceComponentStatus: String, CaseIterable, Sendable {
    case operational
    case underMaintenance = "under_maintenance"
}

/// A span of time in which a component is under maintenance.
public struct MaintenancePeriod: Equatable, Sendable {
    public let componentID: ID<Component>
    public var startAt: Timestamp
    /// The window's end, until something ends the period. Nil if the period was opened after the window's end.
    public var endAt: Timestamp?
    /// True until something ends the period, even if `endAt` is in the past.
    public var isOpen: Bool

    public init(componentID: ID<Component>, startAt: Timestamp, endAt: Timestamp?, isOpen: Bool) {
        self.componentID = componentID
        self.startAt = startAt
        self.endAt = endAt
        self.isOpen = isOpen
    }
}
