extension Maintenance {
    /// Publishes an update. An update with a status ends the automation.
    ///
    /// The parameters are those of `Incident.publish`.
    /// - Returns: the update, which is now the maintenance's last.
    /// - Throws: everything that is wrong with the command. The maintenance then stays unchanged.
    @discardableResult
    public mutating func publish(
        _ command: MaintenancePublication, page: StatusPage, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> MaintenanceUpdate {
        let (message, changes, notifies) = try command.checked(on: page, in: status, after: updates)
        if command.status != nil { isAutomated = false }
        return advance(
            to: command.status, message: message, changes, notifies: notifies, at: now, endingAt: nil, newID: newID)
    }

    /// Adds an update and changes the periods accordingly.
    /// - Parameter end: when a completion ends the open periods; nil for the time of the update.
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
