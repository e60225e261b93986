public import StatusPages

/// The current events of a page: everything that its widget can show.
public struct PageEvents: Sendable {
    /// The unresolved incidents, newest first.
    public var incidents: [Incident]
    /// The unfinished maintenances, soonest first.
    public var maintenances: [Maintenance]

    public init(incidents: [Incident] = [], maintenances: [Maintenance] = []) {
        self.incidents = incidents
        self.maintenances = maintenances
    }
}

/// Builds a page's widget documents from its events.
struct WidgetBuilder {
    let page: StatusPage
    let serverURL: String
    let events: PageEvents

    /// The document of the whole page.
    func document() -> WidgetDocument {
        let scope = WidgetScope(
            title: page.name, url: page.publicURL(serverURL: serverURL), placements: page.structure.placements)
        return document(scope, events)
    }

    /// The document of a sub-page. It has the events that name its components, and of those events only its components.
    func document(of subPage: Structure.SubPage) -> WidgetDocument {
        let placements = page.structure.placements.filter { $0.subPageID == subPage.id }
        let scope = WidgetScope(
            title: subPage.name, url: "\(page.publicURL(serverURL: serverURL))/\(subPage.key)", placements: placements)
        let components = Set(placements.map(\.component.id))
        var events = events
        events.incidents.removeAll { components.isDisjoint(with: $0.timeline.current.map(\.componentID)) }
        events.maintenances.removeAll { components.isDisjoint(with: $0.touchedComponents) }
        return document(scope, events)
    }

    private func document(_ scope: WidgetScope, _ events: PageEvents) -> WidgetDocument {
        WidgetDocument(
            pageTitle: scope.title, pageURL: scope.url, ongoingIncidents: events.incidents.map(scope.incident),
            inProgressMaintenances: events.maintenances.filter { $0.status == .inProgress }
                .sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }.map(scope.inProgress),
            scheduledMaintenances: events.maintenances.filter { $0.status == .scheduled }
                .sorted { ($0.window.startAt, $0.id) < ($1.window.startAt, $1.id) }.map(scope.scheduled))
    }
}

/// The page or sub-page of a document. Decides what the document shows of an event.
private struct WidgetScope {
    let title: String
    let url: String
    /// The components that are not hidden, in the structure's order.
    let visible: [Structure.Placement]

    init(title: String, url: String, placements: [Structure.Placement]) {
        self.title = title
        self.url = url
        visible = placements.filter { !$0.isHidden }
    }

    func incident(_ incident: Incident) -> WidgetDocument.Incident {
        let current = Dictionary(
            incident.timeline.current.map { ($0.componentID, $0.status) }, uniquingKeysWith: { $1 })
        let worst = visible.compactMap { current[$0.component.id] }.max() ?? .operational
        let last = incident.updates.last
        return WidgetDocument.Incident(
            event: WidgetDocument.Event(
                id: incident.id.description, name: incident.name, status: incident.status.rawValue,
                url: "\(url)/incidents/\(incident.id)",
                lastUpdateAt: (last?.publishedAt ?? incident.publishedAt).rfc3339,
                lastUpdateMessage: last?.message ?? "", affectedComponents: affected { current[$0]?.rawValue }),
            currentWorstImpact: worst.rawValue)
    }

    func inProgress(_ maintenance: Maintenance) -> WidgetDocument.InProgressMaintenance {
        let touched = Set(maintenance.touchedComponents)
        let underMaintenance = Set(maintenance.periods.filter(\.isOpen).map(\.componentID))
        let components = affected { component in
            guard touched.contains(component) else { return nil }
            let status: MaintenanceComponentStatus =
                underMaintenance.contains(component) ? .underMaintenance : .operational
            return status.rawValue
        }
        return WidgetDocument.InProgressMaintenance(
            event: event(maintenance, components), startedAt: maintenance.startedAt.rfc3339,
            scheduledEndAt: maintenance.window.endAt.rfc3339)
    }

    func scheduled(_ maintenance: Maintenance) -> WidgetDocument.ScheduledMaintenance {
        let touched = Set(maintenance.touchedComponents)
        let components = affected {
            touched.contains($0) ? MaintenanceComponentStatus.operational.rawValue : nil
        }
        return WidgetDocument.ScheduledMaintenance(
            event: event(maintenance, components), startsAt: maintenance.window.startAt.rfc3339,
            endsAt: maintenance.window.endAt.rfc3339)
    }

    private func event(
        _ maintenance: Maintenance, _ components: [WidgetDocument.AffectedComponent]
    ) -> WidgetDocument.Event {
        let last = maintenance.updates.last
        return WidgetDocument.Event(
            id: maintenance.id.description, name: maintenance.name, status: maintenance.status.rawValue,
            url: "\(url)/maintenances/\(maintenance.id)",
            lastUpdateAt: (last?.publishedAt ?? maintenance.publishedAt).rfc3339,
            lastUpdateMessage: last?.message ?? "", affectedComponents: components)
    }

    /// The visible components for which the event has a status.
    private func affected(_ status: (ID<Component>) -> String?) -> [WidgetDocument.AffectedComponent] {
        visible.compactMap { placement in
            status(placement.component.id).map { status in
                WidgetDocument.AffectedComponent(
                    id: placement.component.id.description, name: placement.component.name,
                    groupName: placement.groupName, currentStatus: status)
            }
        }
    }
}
