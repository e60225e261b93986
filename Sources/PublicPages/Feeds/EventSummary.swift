import StatusPages

/// An event as feeds and calendars show it in one page or sub-page.
struct EventSummary {
    struct Update {
        let publishedAt: Timestamp
        let word: String
        /// Markdown.
        let message: String
    }

    struct AffectedComponent {
        let name: String
        let status: ShownStatus
    }

    enum Kind: String { case incident, maintenance }

    let kind: Kind
    let uuid: String
    let name: String
    let url: String
    /// As the API names it.
    let status: String
    let word: String
    /// Nil for incidents.
    let window: Maintenance.Window?
    let publishedAt: Timestamp
    let changedAt: Timestamp
    /// Newest first.
    let updates: [Update]
    /// The visible components that the event names, each with its current status in the event. In the structure's
    /// order.
    let affected: [AffectedComponent]

    init(_ event: PageEvent, in scope: PageScope) {
        uuid = event.ulid.uuid
        name = event.name
        changedAt = event.changedAt
        switch event {
        case .incident(let incident):
            kind = .incident
            url = scope.url(of: incident.id)
            (status, word) = (incident.status.rawValue, incident.status.word)
            window = nil
            publishedAt = incident.publishedAt
            updates = incident.updates.reversed().map {
                Update(publishedAt: $0.publishedAt, word: $0.status.word, message: $0.message)
            }
            let statuses = incident.timeline.current.map { ($0.componentID, ShownStatus($0.status)) }
            affected = Self.affected(statuses, in: scope)
        case .maintenance(let maintenance):
            kind = .maintenance
            url = scope.url(of: maintenance.id)
            (status, word) = (maintenance.status.rawValue, maintenance.status.word)
            window = maintenance.window
            publishedAt = maintenance.publishedAt
            updates = maintenance.updates.reversed().map {
                Update(publishedAt: $0.publishedAt, word: $0.status.word, message: $0.message)
            }
            let open =
                maintenance.status == .inProgress
                ? Set(maintenance.periods.filter(\.isOpen).map(\.componentID)) : []
            let statuses = maintenance.touchedComponents.map { component in
                (component, open.contains(component) ? ShownStatus.underMaintenance : .operational)
            }
            affected = Self.affected(statuses, in: scope)
        }
    }

    /// The time of the newest update.
    var updatedAt: Timestamp { updates.first?.publishedAt ?? publishedAt }

    private static func affected(
        _ statuses: [(ID<Component>, ShownStatus)], in scope: PageScope
    ) -> [AffectedComponent] {
        let statuses = Dictionary(statuses, uniquingKeysWith: { $1 })
        return scope.visible.compactMap { placement in
            statuses[placement.component.id].map { AffectedComponent(name: placement.component.name, status: $0) }
        }
    }
}
