/// The command to publish an update to a maintenance, as a client sent it: what could be read of it, not yet checked.
public struct MaintenancePublication: Sendable {
    public var message: String?
    /// Nil: unchanged.
    public var status: Maintenance.Status?
    public var componentStatuses: [StatusDraft<MaintenanceComponentStatus>]?
    public var notifiesSubscribers: Bool?

    public init(
        message: String?, status: Maintenance.Status?, componentStatuses: [StatusDraft<MaintenanceComponentStatus>]?,
        notifiesSubscribers: Bool?
    ) {
        self.message = message
        self.status = status
        self.componentStatuses = componentStatuses
        self.notifiesSubscribers = notifiesSubscribers
    }

    /// What is wrong with the command, as far as that can be told without its maintenance.
    public var faults: [Fault] {
        var faults: [Fault] = []
        _ = checked(on: nil, faults: &faults)
        return faults
    }

    func checked(on page: StatusPage?, faults: inout [Fault]) -> [MaintenanceComponentChange] {
        if let fault = TextRule.message.fault(message, .message) { faults.append(fault) }
        if notifiesSubscribers == nil { faults.append(.notificationUndecided) }
        let changes = (componentStatuses ?? []).checked(on: page, faults: &faults)
        if status == .complete, componentStatuses != nil {
            faults.append(
                Fault(
                    .invalidValue, [.field(.componentStatuses)],
                    "Component statuses cannot be sent with maintenance_complete: it makes every component operational."
                ))
        }
        return changes
    }
}

extension Maintenance {
    /// Publishes an update. One that sets a status takes the maintenance out of the clock's hands.
    /// - Parameters: as for `Incident.publish`.
    /// - Returns: the update, which is then the maintenance's last.
    /// - Throws: everything that is wrong with the command; the maintenance is as it was.
    @discardableResult
    public mutating func publish(
        _ command: MaintenancePublication, page: StatusPage, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> MaintenanceUpdate {
        var faults: [Fault] = []
        let changes = command.checked(on: page, faults: &faults)
        if status == .complete, command.status == nil, command.componentStatuses != nil {
            faults.append(
                Fault(
                    .invalidValue, [.field(.componentStatuses)],
                    "The maintenance is complete: set a maintenance status before changing components."))
        }
        if updates.count >= Self.mostUpdates {
            faults.append(Fault(.tooManyUpdates, [], "A maintenance takes at most \(Self.mostUpdates) updates."))
        }
        guard faults.isEmpty, let message = command.message, let notifies = command.notifiesSubscribers else {
            throw Faults(faults)
        }
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
