import StatusPages

/// The body of a webhook as Statuspage sends it
/// (https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/), in the words of its API.
struct StatuspageBody {
    private let subscriber: Subscriber
    private let links: SubscriptionLinks
    private let status: EndpointComposer.PageStatus

    init(for subscriber: Subscriber, _ links: SubscriptionLinks, _ status: EndpointComposer.PageStatus) {
        self.subscriber = subscriber
        self.links = links
        self.status = status
    }

    /// - Parameter incident: nil for a test.
    func json(_ incident: JSONBody?) -> JSONBody {
        var members: [String: JSONBody] = [
            "meta": ["unsubscribe": .text(links.unsubscribe), "documentation": .text("\(links.pageURL)/subscribe")],
            "page": [
                "id": .text(subscriber.pageID.description), "status_indicator": .text(status.indicator),
                "status_description": .text(status.description),
            ],
        ]
        members["incident"] = incident
        return .object(members)
    }

    /// An incident or a maintenance after an update, with its name and window as announced.
    func incident(_ event: PageEvent, _ announcement: Announcement) -> JSONBody {
        var members: [String: JSONBody] = [
            "id": .text(announcement.eventID.description), "name": .text(announcement.eventName),
            "shortlink": .text(announcement.eventURL),
        ]
        switch event {
        case .incident(let incident):
            let worst = incident.timeline.impacts.filter { !status.hidden.contains($0.componentID) }.map(\.status).max()
            members["status"] = .text(incident.status.rawValue)
            members["impact"] = .text(Self.impact(worst ?? .operational))
            members["created_at"] = .text(incident.publishedAt.rfc3339)
            members["incident_updates"] = Self.updates(incident.updates, \.rawValue)
        case .maintenance(let maintenance):
            members["status"] = .text(Self.name(maintenance.status))
            members["impact"] = "maintenance"
            members["created_at"] = .text(maintenance.publishedAt.rfc3339)
            members["incident_updates"] = Self.updates(maintenance.updates, Self.name)
            let window = announcement.window ?? maintenance.window
            members["scheduled_for"] = .text(window.startAt.rfc3339)
            members["scheduled_until"] = .text(window.endAt.rfc3339)
        }
        return .object(members)
    }

    private static func updates<Status, Given>(
        _ updates: [EventUpdate<Status, Given>], _ name: (Status) -> String
    ) -> JSONBody {
        .list(
            updates.reversed().map { update in
                let time = JSONBody.text(update.publishedAt.rfc3339)
                return [
                    "id": .text(update.id.description), "status": .text(name(update.status)),
                    "body": .text(update.message), "created_at": time, "display_at": time,
                ]
            })
    }

    private static func name(_ status: Maintenance.Status) -> String {
        switch status {
        case .scheduled: "scheduled"
        case .inProgress: "in_progress"
        case .complete: "completed"
        }
    }

    private static func impact(_ worst: ComponentStatus) -> String {
        switch worst {
        case .operational: "none"
        case .degradedPerformance: "minor"
        case .partialOutage: "major"
        case .fullOutage: "critical"
        }
    }
}
