extension Incident {
    /// Publishes an update.
    /// - Parameters:
    ///   - page: the incident's page.
    ///   - newID: called for the update's id.
    /// - Returns: the update, which is now the incident's last.
    /// - Throws: everything that is wrong with the command. The incident then stays unchanged.
    @discardableResult
    public mutating func publish(
        _ command: IncidentPublication, page: StatusPage, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> IncidentUpdate {
        let (message, changes, notifies) = try command.checked(on: page, in: status, after: updates)
        let update = IncidentUpdate(
            id: ID(newID()), publishedAt: max(now, updates.last?.publishedAt ?? now), message: message,
            status: command.status ?? status,
            componentStatuses: command.status == .resolved ? timeline.touchedAsOperational : changes,
            notifiesSubscribers: notifies)
        updates.append(update)
        status = update.status
        return update
    }
}
