/// Everything that a page shows at a moment, except its history.
public struct PageState: Sendable {
    public let page: StatusPage
    /// The page's address, without a trailing slash.
    public let url: String
    public let createdAt: Timestamp
    /// Whether the page has a form to subscribe by email.
    public let hasSubscriptionForm: Bool
    /// The unresolved incidents, newest first.
    public private(set) var incidents: [Incident]
    /// The unfinished maintenances, soonest first.
    public private(set) var maintenances: [Maintenance]

    /// - Parameter hasMail: whether the server can send email.
    public init(
        page: StatusPage, url: String, createdAt: Timestamp, hasMail: Bool = false, incidents: [Incident] = [],
        maintenances: [Maintenance] = []
    ) {
        self.page = page
        hasSubscriptionForm = hasMail && page.offersSubscriptionForm
        self.url = url
        self.createdAt = createdAt
        self.incidents = incidents
        self.maintenances = maintenances
    }

    /// Shows the current state of an incident.
    /// - Parameter incident: nil if it was deleted.
    public mutating func replace(_ id: ID<Incident>, with incident: Incident?) {
        if let index = incidents.firstIndex(where: { $0.id == id }) { incidents.remove(at: index) }
        guard let incident, incident.status != .resolved else { return }
        let index = incidents.firstIndex { ($0.publishedAt, $0.id) < (incident.publishedAt, incident.id) }
        incidents.insert(incident, at: index ?? incidents.endIndex)
    }

    /// Shows the current state of a maintenance.
    /// - Parameter maintenance: nil if it was deleted.
    public mutating func replace(_ id: ID<Maintenance>, with maintenance: Maintenance?) {
        if let index = maintenances.firstIndex(where: { $0.id == id }) { maintenances.remove(at: index) }
        guard let maintenance, maintenance.status != .complete else { return }
        let index = maintenances.firstIndex {
            ($0.window.startAt, $0.id) > (maintenance.window.startAt, maintenance.id)
        }
        maintenances.insert(maintenance, at: index ?? maintenances.endIndex)
    }

    /// The page itself, then its sub-pages in order.
    public var scopes: [PageScope] {
        [PageScope(page, pageURL: url)] + page.structure.subPages.map { PageScope(page, pageURL: url, subPage: $0) }
    }
}

/// The state of a page or sub-page at a moment, without its history.
public struct ScopeState: Sendable {
    public let scope: PageScope
    /// When the page was created.
    public let createdAt: Timestamp
    /// The unresolved incidents that the scope shows, newest first.
    public let incidents: [Incident]
    /// The unfinished maintenances that the scope shows, soonest first.
    public let maintenances: [Maintenance]
    private let statuses: [ID<Component>: ShownStatus]

    public init(_ state: PageState, _ scope: PageScope) {
        self.scope = scope
        createdAt = state.createdAt
        incidents = state.incidents.filter(scope.shows)
        maintenances = state.maintenances.filter(scope.shows)
        statuses = Self.statuses(incidents, maintenances)
    }

    /// The status of a component: the worst that the events give it.
    public func status(of component: ID<Component>) -> ShownStatus { statuses[component] ?? .operational }

    /// The state in one word. Hidden components do not count.
    public var overall: OverallStatus {
        let worst = scope.visible.map { status(of: $0.component.id) }.max() ?? .operational
        switch worst {
        case .fullOutage: return .fullOutage
        case .partialOutage: return .partialOutage
        case .degradedPerformance: return .degradedPerformance
        case .operational, .underMaintenance:
            if !incidents.isEmpty { return .incident }
            return maintenances.contains { $0.status == .inProgress } ? .underMaintenance : .operational
        }
    }

    private static func statuses(
        _ incidents: [Incident], _ maintenances: [Maintenance]
    ) -> [ID<Component>: ShownStatus] {
        var statuses: [ID<Component>: ShownStatus] = [:]
        func note(_ status: ShownStatus, of component: ID<Component>) {
            statuses[component] = max(status, statuses[component] ?? .operational)
        }
        for maintenance in maintenances where maintenance.status == .inProgress {
            for period in maintenance.periods where period.isOpen { note(.underMaintenance, of: period.componentID) }
        }
        for change in incidents.flatMap(\.timeline.current) { note(ShownStatus(change.status), of: change.componentID) }
        return statuses
    }
}

/// The facts about a component on a page, besides its name.
public struct ComponentRecord: Equatable, Sendable {
    /// When the component was created.
    public let createdAt: Timestamp
    /// The time from which there is data on it (see `ReadTransaction.dataAvailableSince`); nil if it never was on the
    /// page.
    public let dataAvailableSince: Timestamp?
    /// The end of the last impact or maintenance period that is over; nil if there was none.
    public let lastEndedAt: Timestamp?

    public init(createdAt: Timestamp, dataAvailableSince: Timestamp?, lastEndedAt: Timestamp?) {
        self.createdAt = createdAt
        self.dataAvailableSince = dataAvailableSince
        self.lastEndedAt = lastEndedAt
    }
}
