/// The command to publish an update to an incident, as a client sent it: what could be read of it, not yet checked.
public struct IncidentPublication: Sendable {
    public var message: String?
    /// Nil: unchanged.
    public var status: Incident.Status?
    public var componentStatuses: [ComponentStatusDraft]?
    public var notifiesSubscribers: Bool?

    public init(
        message: String?, status: Incident.Status?, componentStatuses: [ComponentStatusDraft]?,
        notifiesSubscribers: Bool?
    ) {
        self.message = message
        self.status = status
        self.componentStatuses = componentStatuses
        self.notifiesSubscribers = notifiesSubscribers
    }

    /// What is wrong with the command, as far as that can be told without its incident.
    public var faults: [Fault] {
        var faults: [Fault] = []
        _ = checked(on: nil, faults: &faults)
        return faults
    }

    /// Checks all that does not depend on the incident.
    /// - Parameter page: nil when it is not known.
    /// - Returns: the component statuses that are sound.
    func checked(on page: StatusPage?, faults: inout [Fault]) -> [ComponentStatusChange] {
        if let fault = TextRule.message.fault(message, .message) { faults.append(fault) }
        if notifiesSubscribers == nil { faults.append(.notificationUndecided) }
        let changes = (componentStatuses ?? []).checked(on: page, faults: &faults)
        if status == .resolved, componentStatuses != nil { faults.append(.componentsWithResolved) }
        return changes
    }
}

extension Incident {
    /// Publishes an update.
    /// - Parameters:
    ///   - page: the incident's page.
    ///   - newID: called for the update's id.
    /// - Returns: the update, which is then the incident's last.
    /// - Throws: everything that is wrong with the command; the incident is as it was.
    @discardableResult
    public mutating func publish(
        _ command: IncidentPublication, page: StatusPage, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> IncidentUpdate {
        var faults: [Fault] = []
        let changes = command.checked(on: page, faults: &faults)
        if status == .resolved, command.status == nil, command.componentStatuses != nil {
            faults.append(
                Fault(
                    .invalidValue, [.field(.componentStatuses)],
                    "The incident is resolved: set an incident status to re-open it before changing components."))
        }
        if updates.count >= Self.mostUpdates {
            faults.append(Fault(.tooManyUpdates, [], "An incident takes at most \(Self.mostUpdates) updates."))
        }
        guard faults.isEmpty, let message = command.message, let notifies = command.notifiesSubscribers else {
            throw Faults(faults)
        }
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
