import StatusPages

/// Makes the widget documents of a page from what goes on there.
struct WidgetBuilder {
    let page: StatusPage
    let serverURL: String
    /// The incidents of the page that are not resolved, newest first.
    let ongoing: [Incident]

    /// The document of the page as a whole.
    func document() -> WidgetDocument {
        document(
            title: page.name, url: page.publicURL(serverURL: serverURL), placements: page.structure.placements,
            incidents: ongoing)
    }

    /// The document of a sub-page: the incidents that touch its components, and of each only those components.
    func document(of subPage: Structure.SubPage) -> WidgetDocument {
        let placements = page.structure.placements.filter { $0.subPageID == subPage.id }
        let components = Set(placements.map(\.component.id))
        return document(
            title: subPage.name, url: "\(page.publicURL(serverURL: serverURL))/\(subPage.key)", placements: placements,
            incidents: ongoing.filter { incident in
                incident.timeline.current.contains { components.contains($0.componentID) }
            })
    }

    private func document(
        title: String, url: String, placements: [Structure.Placement], incidents: [Incident]
    ) -> WidgetDocument {
        let visible = placements.filter { !$0.isHidden }
        return WidgetDocument(
            pageTitle: title, pageURL: url, ongoingIncidents: incidents.map { event($0, pageURL: url, visible) })
    }

    private func event(
        _ incident: Incident, pageURL: String, _ visible: [Structure.Placement]
    ) -> WidgetDocument.Incident {
        let current = Dictionary(
            incident.timeline.current.map { ($0.componentID, $0.status) }, uniquingKeysWith: { $1 })
        let affected = visible.compactMap { placement in current[placement.component.id].map { (placement, $0) } }
        let last = incident.updates.last
        return WidgetDocument.Incident(
            id: incident.id.description, name: incident.name, status: incident.status.rawValue,
            url: "\(pageURL)/incidents/\(incident.id)",
            lastUpdateAt: (last?.publishedAt ?? incident.publishedAt).rfc3339, lastUpdateMessage: last?.message ?? "",
            currentWorstImpact: (affected.map(\.1).max() ?? .operational).rawValue,
            affectedComponents: affected.map { placement, status in
                WidgetDocument.AffectedComponent(
                    id: placement.component.id.description, name: placement.component.name,
                    groupName: placement.groupName, currentStatus: status.rawValue)
            })
    }
}
