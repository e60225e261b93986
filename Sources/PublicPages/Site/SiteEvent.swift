import StatusPages

/// An event as the pages of one page or sub-page show it, in one language.
struct SiteEvent {
    struct Update {
        let id: String
        /// As the API names it.
        let status: String
        let word: String
        let publishedAt: Timestamp
        /// When the text was last replaced; nil if it never was.
        let editedAt: Timestamp?
        /// Markdown.
        let message: String
    }

    struct Affected {
        let id: String
        let name: String
        let status: ShownStatus
    }

    enum Kind { case incident, maintenance }

    let kind: Kind
    let id: String
    let name: String
    /// As the API names it.
    let status: String
    let word: String
    /// For an ongoing incident, the worst status that it gives a visible component now. For a resolved one, the worst
    /// that it ever gave.
    let impact: ShownStatus
    let publishedAt: Timestamp
    let changedAt: Timestamp
    /// When an incident was resolved or a maintenance completed. Nil while it is not.
    let endedAt: Timestamp?
    /// Nil for incidents.
    let window: Maintenance.Window?
    /// Newest first; never empty.
    let updates: [Update]
    /// The visible components that the event names, in the structure's order, each with its status in the event now.
    let affected: [Affected]

    init(_ event: PageEvent, _ components: VisibleComponents, _ texts: Texts) {
        switch event {
        case .incident(let incident): self.init(incident, components, texts)
        case .maintenance(let maintenance): self.init(maintenance, components, texts)
        }
    }

    init(_ incident: Incident, _ components: VisibleComponents, _ texts: Texts) {
        let timeline = incident.timeline
        kind = .incident
        id = incident.id.description
        name = incident.name
        (status, word) = (incident.status.rawValue, texts.word(incident.status))
        publishedAt = incident.publishedAt
        changedAt = incident.changedAt
        endedAt = incident.status == .resolved ? incident.updates.lastMove(to: .resolved) : nil
        window = nil
        updates = Self.updates(incident.updates) { texts.word($0) }
        affected = components.affected(timeline.current.map { ($0.componentID, ShownStatus($0.status)) })
        let impacts =
            incident.status == .resolved
            ? timeline.impacts.filter { components.contains($0.componentID) }.map { ShownStatus($0.status) }
            : affected.map(\.status)
        impact = impacts.max() ?? .operational
    }

    init(_ maintenance: Maintenance, _ components: VisibleComponents, _ texts: Texts) {
        kind = .maintenance
        id = maintenance.id.description
        name = maintenance.name
        (status, word) = (maintenance.status.rawValue, texts.word(maintenance.status))
        impact = .operational
        publishedAt = maintenance.publishedAt
        changedAt = maintenance.changedAt
        endedAt = maintenance.status == .complete ? maintenance.updates.lastMove(to: .complete) : nil
        window = maintenance.window
        updates = Self.updates(maintenance.updates) { texts.word($0) }
        let open =
            maintenance.status == .inProgress
            ? Set(maintenance.periods.lazy.filter(\.isOpen).map(\.componentID)) : []
        affected = components.affected(
            maintenance.touchedComponents.map { ($0, open.contains($0) ? .underMaintenance : .operational) })
    }

    /// Below the page.
    var path: String {
        switch kind {
        case .incident: "/incidents/\(id)"
        case .maintenance: "/maintenances/\(id)"
        }
    }

    private static func updates<Status, Given>(
        _ updates: [EventUpdate<Status, Given>], _ word: (Status) -> String
    ) -> [Update] {
        updates.reversed().map {
            Update(
                id: $0.id.description, status: $0.status.rawValue, word: word($0.status), publishedAt: $0.publishedAt,
                editedAt: $0.editedAt, message: $0.message)
        }
    }
}

/// The components that a page or sub-page shows, by id.
struct VisibleComponents {
    private let places: [ID<Component>: (order: Int, name: String)]

    init(_ scope: PageScope) {
        let components = scope.visible.enumerated().map { ($1.component.id, (order: $0, name: $1.component.name)) }
        places = Dictionary(components, uniquingKeysWith: { first, _ in first })
    }

    func contains(_ component: ID<Component>) -> Bool { places[component] != nil }

    /// Those of an event's components that are visible, in the structure's order.
    fileprivate func affected(_ statuses: [(ID<Component>, ShownStatus)]) -> [SiteEvent.Affected] {
        statuses.compactMap { id, status in
            places[id].map { ($0.order, SiteEvent.Affected(id: id.description, name: $0.name, status: status)) }
        }
        .sorted { $0.0 < $1.0 }
        .map(\.1)
    }
}
