extension Maintenance {
    /// Publishes an update. One that sets a status takes the maintenance out of the clock's hands.
    /// - Parameters: as for `Incident.publish`.
    /// - Returns: the update, which is then the maintenance's last.
    /// - Throws: everything that is wrong with the command; the maintenance is as it was.
    @discardableResult
    public mutating func publish(
        _ command: MaintenancePublication, page: StatusPage, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> MaintenanceUpdate {
        let (message, changes, notifies) = try command.checked(on: page, in: status, after: updates.count)
        if command.status != nil { isAutomated = false }
        return advance(
            to: command.status, message: message, changes, notifies: notifies, at: now, endingAt: nil, newID: newID)
    }

    /// Adds an update and lets the periods follow it.
    /// - Parameter end: when a completion ends what is open; nil: when it is published.
    mutating func advance(
        to status: Status?, message: String, _ changes: [MaintenanceComponentChange] = [], notifies: Bool,
        at now: Timestamp, endingAt end: Timestamp?, newID: () -> ULID
    ) -> MaintenanceUpdate {
        let time = max(now, updates.last?.publishedAt ?? now)
        let operational = touchedComponents.map { MaintenanceComponentChange(componentID: $0, status: .operational) }
        let update = MaintenanceUpdate(
            id: ID(newID()), publishedAt: time, message: message, status: status ?? self.status,
            componentStatuses: status == .complete ? operational : changes, notifiesSubscribers: notifies)
        updates.append(update)
        self.status = update.status
        if let status { applyStatus(status, at: time, endingAt: end ?? time) }
        apply(changes, at: time)
        return update
    }
}
