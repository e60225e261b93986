/// The announcement of one update to subscribers: a copy of all its facts, made when the update is published. Later
/// changes of names or of the page's structure do not change it.
public struct Announcement: Equatable, Sendable {
    public enum EventKind: String, CaseIterable, Sendable {
        case incident, maintenance
    }

    /// A visible component that the update concerns, with its status in the event after the update.
    public struct Affected: Equatable, Sendable {
        /// In a group, `Group - Component`.
        public let name: String
        public let status: ShownStatus

        public init(name: String, status: ShownStatus) {
            self.name = name
            self.status = status
        }
    }

    public let pageID: ID<StatusPage>
    public let pageName: String
    public let pageSlug: String
    /// The page's address, without a trailing slash.
    public let pageURL: String
    public let eventKind: EventKind
    public let eventID: ULID
    public let eventName: String
    public let updateID: ULID
    /// The event's status after the update: the raw value of `Incident.Status` or `Maintenance.Status`.
    public let status: String
    /// Markdown.
    public let message: String
    /// When the update was published.
    public let publishedAt: Timestamp
    /// Only for maintenances.
    public let window: Maintenance.Window?
    public let affected: [Affected]
    /// Every component that the update concerns, hidden ones included. It decides which scopes get the announcement.
    public let concerned: [ConcernedComponent]

    public init(
        pageID: ID<StatusPage>, pageName: String, pageSlug: String, pageURL: String, eventKind: EventKind,
        eventID: ULID, eventName: String, updateID: ULID, status: String, message: String, publishedAt: Timestamp,
        window: Maintenance.Window?, affected: [Affected], concerned: [ConcernedComponent]
    ) {
        self.pageID = pageID
        self.pageName = pageName
        self.pageSlug = pageSlug
        self.pageURL = pageURL
        self.eventKind = eventKind
        self.eventID = eventID
        self.eventName = eventName
        self.updateID = updateID
        self.status = status
        self.message = message
        self.publishedAt = publishedAt
        self.window = window
        self.affected = affected
        self.concerned = concerned
    }

    /// The address of the event's page.
    public var eventURL: String {
        "\(pageURL)/\(eventKind == .incident ? "incidents" : "maintenances")/\(eventID)"
    }

    /// The status in words, such as `Investigating` or `In progress`.
    public var statusInWords: String {
        if let status = Maintenance.Status(rawValue: status) {
            return switch status {
            case .scheduled: "Scheduled"
            case .inProgress: "In progress"
            case .complete: "Completed"
            }
        }
        return status.prefix(1).uppercased() + status.dropFirst()
    }
}

extension Announcement {
    /// The announcement of an incident's last update.
    public init?(_ incident: Incident, on page: StatusPage, serverURL: String) {
        guard let update = incident.updates.last else { return nil }
        let current = incident.timeline.current
        let ends = update.status == .resolved
        let concerned = Self.concerned(
            by: update.componentStatuses.map(\.componentID),
            all: current.map { ($0.componentID, ends || $0.status != .operational) })
        let statuses = Dictionary(uniqueKeysWithValues: current.map { ($0.componentID, ShownStatus($0.status)) })
        self.init(
            .incident, incident.id.ulid, incident.name, update, window: nil, concerned, statuses, on: page,
            serverURL: serverURL)
    }

    /// The announcement of a maintenance's last update.
    public init?(_ maintenance: Maintenance, on page: StatusPage, serverURL: String) {
        guard let update = maintenance.updates.last else { return nil }
        let ends = update.status == .complete
        let open = Set(maintenance.periods.filter(\.isOpen).map(\.componentID))
        let concerned = Self.concerned(
            by: update.componentStatuses.map(\.componentID),
            all: maintenance.touchedComponents.map { ($0, ends || open.contains($0)) })
        let isInProgress = maintenance.status == .inProgress
        let statuses = open.map { ($0, isInProgress ? ShownStatus.underMaintenance : .operational) }
        self.init(
            .maintenance, maintenance.id.ulid, maintenance.name, update, window: maintenance.window, concerned,
            Dictionary(uniqueKeysWithValues: statuses), on: page, serverURL: serverURL)
    }

    private init<Status, Given>(
        _ kind: EventKind, _ id: ULID, _ name: String, _ update: EventUpdate<Status, Given>,
        window: Maintenance.Window?, _ concerned: [ID<Component>], _ statuses: [ID<Component>: ShownStatus],
        on page: StatusPage, serverURL: String
    ) {
        let named = Set(concerned)
        let placements = page.structure.placements.filter { named.contains($0.component.id) }
        self.init(
            pageID: page.id, pageName: page.name, pageSlug: page.slug, pageURL: page.publicURL(serverURL: serverURL),
            eventKind: kind, eventID: id, eventName: name, updateID: update.id.ulid, status: update.status.rawValue,
            message: update.message, publishedAt: update.publishedAt, window: window,
            affected: placements.filter { !$0.isHidden }.map { placement in
                Affected(
                    name: placement.groupName.map { "\($0) - \(placement.component.name)" } ?? placement.component.name,
                    status: statuses[placement.component.id] ?? .operational)
            },
            concerned: placements.map {
                ConcernedComponent(id: $0.component.id, groupID: $0.groupID, subPageID: $0.subPageID)
            })
    }

    /// The components that an update names, and those that the event affects after it. An update that ends the event
    /// concerns every component that the event ever named.
    private static func concerned(
        by named: [ID<Component>], all: [(id: ID<Component>, isAffected: Bool)]
    ) -> [ID<Component>] {
        let named = Set(named)
        return all.filter { $0.isAffected || named.contains($0.id) }.map(\.id)
    }
}
