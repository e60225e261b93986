import StatusPages

/// An incident or a maintenance, as Statuspage describes both.
struct StatuspageEvent {
    private let id: String
    private let name: String
    private let status: String
    private let publishedAt: Timestamp
    private let changedAt: Timestamp
    private let monitoringAt: Timestamp?
    private let resolvedAt: Timestamp?
    private let impact: String
    private let url: String
    private let pageID: ULID
    /// Newest first.
    private let updates: [Update]
    /// The visible components that the event names.
    private let components: [StatuspageComponents.Visible]
    /// Nil for an incident.
    private let window: Maintenance.Window?

    init(_ incident: Incident, _ components: StatuspageComponents, _ scope: PageScope) {
        let timeline = incident.timeline
        let named = components.visible(of: timeline.current.map(\.componentID))
        let worst = timeline.impacts.lazy.filter { components.visible[$0.componentID] != nil }.map(\.status).max()
        id = incident.id.description
        name = incident.name
        status = incident.status.rawValue
        publishedAt = incident.publishedAt
        changedAt = incident.changedAt
        monitoringAt = incident.updates.lastMove(to: .monitoring)
        resolvedAt = incident.status == .resolved ? incident.updates.lastMove(to: .resolved) : nil
        impact = (worst ?? .operational).statuspageImpact
        url = scope.url(of: incident.id)
        pageID = scope.id
        updates = Self.updates(incident.updates, named, statusName: \.rawValue) { given, _ in ShownStatus(given) }
        self.components = named
        window = nil
    }

    init(_ maintenance: Maintenance, _ components: StatuspageComponents, _ scope: PageScope) {
        let named = components.visible(of: maintenance.touchedComponents)
        id = maintenance.id.description
        name = maintenance.name
        status = maintenance.status.statuspageName
        publishedAt = maintenance.publishedAt
        changedAt = maintenance.changedAt
        monitoringAt = nil
        resolvedAt = maintenance.status == .complete ? maintenance.updates.lastMove(to: .complete) : nil
        impact = "maintenance"
        url = scope.url(of: maintenance.id)
        pageID = scope.id
        // The work changes the status of components only while it is in progress.
        updates = Self.updates(maintenance.updates, named, statusName: \.statuspageName) { given, status in
            given == .underMaintenance && status == .inProgress ? .underMaintenance : .operational
        }
        self.components = named
        window = maintenance.window
    }

    func write(to text: inout JSONText) {
        text.object { text in
            text.member("id", id)
            text.member("name", name)
            text.member("status", status)
            text.member("created_at", publishedAt.rfc3339)
            text.member("started_at", publishedAt.rfc3339)
            text.member("updated_at", changedAt.rfc3339)
            text.member("monitoring_at", monitoringAt?.rfc3339)
            text.member("resolved_at", resolvedAt?.rfc3339)
            text.member("impact", impact)
            text.member("shortlink", url)
            text.member("page_id", pageID.description)
            text.array("incident_updates", updates) { $1.write(to: &$0, of: id) }
            text.name("components")
            text.array(ofJSON: components.lazy.map(\.row))
            text.name("reminder_intervals")
            text.null()
            if let window {
                text.member("scheduled_for", window.startAt.rfc3339)
                text.member("scheduled_until", window.endAt.rfc3339)
            }
        }
    }
}

// MARK: Updates

extension StatuspageEvent {
    private struct Update {
        let id: String
        let status: String
        let message: String
        let publishedAt: Timestamp
        let notifiesSubscribers: Bool
        let changes: [Change]

        func write(to text: inout JSONText, of eventID: String) {
            let time = publishedAt.rfc3339
            text.object { text in
                text.member("id", id)
                text.member("status", status)
                text.member("body", message)
                text.member("incident_id", eventID)
                text.member("created_at", time)
                text.member("updated_at", time)
                text.member("display_at", time)
                text.name("affected_components")
                if changes.isEmpty { text.null() } else { text.array(changes) { $1.write(to: &$0) } }
                text.member("deliver_notifications", notifiesSubscribers)
                text.name("custom_tweet")
                text.null()
                text.name("tweet_id")
                text.null()
            }
        }
    }

    /// The status of a component in the event, before and after an update. Both may be the same.
    private struct Change {
        let component: StatuspageComponents.Visible
        let old: ShownStatus
        let new: ShownStatus

        func write(to text: inout JSONText) {
            text.object { text in
                text.name("code")
                text.value(ofJSON: component.code)
                text.name("name")
                text.value(ofJSON: component.fullName)
                text.member("old_status", old.statuspageName)
                text.member("new_status", new.statuspageName)
            }
        }
    }

    /// - Parameters:
    ///   - named: the visible components that the event names, in the page's order.
    ///   - shown: returns the status of a component after an update. It gets the status that the updates last gave the
    ///     component, and the status of the event.
    /// - Returns: the updates, newest first. Each lists every component that the event named in that update or before.
    private static func updates<Status, Given>(
        _ updates: [EventUpdate<Status, Given>], _ named: [StatuspageComponents.Visible],
        statusName: (Status) -> String, shown: (Given, Status) -> ShownStatus
    ) -> [Update] {
        let places = Dictionary(uniqueKeysWithValues: named.indices.map { (named[$0].id, $0) })
        // By the component's place in `named`; nil while the event has not named it.
        var given: [Given?] = Array(repeating: nil, count: named.count)
        var shownBefore = Array(repeating: ShownStatus.operational, count: named.count)
        let inOrder = updates.map { update in
            for change in update.componentStatuses {
                if let place = places[change.componentID] { given[place] = change.status }
            }
            let changes = named.indices.compactMap { place -> Change? in
                guard let status = given[place] else { return nil }
                let old = shownBefore[place]
                shownBefore[place] = shown(status, update.status)
                return Change(component: named[place], old: old, new: shownBefore[place])
            }
            return Update(
                id: update.id.description, status: statusName(update.status), message: update.message,
                publishedAt: update.publishedAt, notifiesSubscribers: update.notifiesSubscribers, changes: changes)
        }
        return inOrder.reversed()
    }
}
