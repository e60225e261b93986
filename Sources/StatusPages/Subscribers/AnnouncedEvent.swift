extension PageEvent {
    /// The event after the announced update, with its name and window at that time. Webhooks contain it.
    /// - Returns: nil if the update is not one of the event's.
    public func asAnnounced(_ announcement: Announcement) -> PageEvent? {
        switch self {
        case .incident(let incident):
            guard let updates = incident.updates.upTo(announcement), let last = updates.last else { return nil }
            return .incident(
                Incident(
                    id: incident.id, pageID: incident.pageID, name: announcement.eventName,
                    publishedAt: incident.publishedAt,
                    revisedAt: incident.revisedAt.flatMap { $0 <= announcement.publishedAt ? $0 : nil },
                    status: last.status,
                    updates: updates))
        case .maintenance(let maintenance):
            guard let updates = maintenance.updates.upTo(announcement), let last = updates.last else { return nil }
            let window = announcement.window ?? maintenance.window
            return .maintenance(
                Maintenance(
                    id: maintenance.id, pageID: maintenance.pageID, name: announcement.eventName,
                    publishedAt: maintenance.publishedAt,
                    revisedAt: maintenance.revisedAt.flatMap { $0 <= announcement.publishedAt ? $0 : nil },
                    status: last.status,
                    window: window, isAutomated: maintenance.isAutomated,
                    notifiesAutomatically: maintenance.notifiesAutomatically, updates: updates,
                    periods: maintenance.periods.map { period in
                        // Periods that have ended since then were open until the end of the window.
                        guard last.status != .complete, let end = period.endAt, end > announcement.publishedAt else {
                            return period
                        }
                        return MaintenancePeriod(
                            componentID: period.componentID, startAt: period.startAt, endAt: window.endAt, isOpen: true)
                    }))
        }
    }
}

extension Array {
    /// The updates up to the announced one. The last one has the text that was announced.
    fileprivate func upTo<Status, Given>(_ announcement: Announcement) -> Self?
    where Element == EventUpdate<Status, Given> {
        guard let last = firstIndex(where: { $0.id.ulid == announcement.updateID }) else { return nil }
        let update = self[last]
        return self[..<last] + [
            Element(
                id: update.id, publishedAt: update.publishedAt, message: announcement.message, status: update.status,
                componentStatuses: update.componentStatuses, notifiesSubscribers: update.notifiesSubscribers)
        ]
    }
}
