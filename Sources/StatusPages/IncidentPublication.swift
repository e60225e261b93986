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

    /// What is wrong with the command whatever incident it is for.
    public var faults: [Fault] {
        [
            TextRule.message.fault(message, .message),
            notifiesSubscribers == nil ? Fault.notificationUndecided : nil,
        ].compactMap(\.self)
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
        var faults = command.faults
        let changes = page.checked(command.componentStatuses ?? [], faults: &faults)
        if command.componentStatuses != nil, let fault = faultOfSendingComponents(with: command.status) {
            faults.append(fault)
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
            componentStatuses: command.status == .resolved ? touchedAsOperational : changes,
            notifiesSubscribers: notifies)
        updates.append(update)
        status = update.status
        return update
    }

    /// Resolving makes every component operational, and a note on a resolved incident leaves it so: neither leaves
    /// components to be set.
    private func faultOfSendingComponents(with status: Status?) -> Fault? {
        if status == .resolved {
            return Fault(
                .invalidValue, [.field(.componentStatuses)],
                "Component statuses cannot be sent with resolved: it makes every affected component operational.")
        }
        if status == nil, self.status == .resolved {
            return Fault(
                .invalidValue, [.field(.componentStatuses)],
                "The incident is resolved: set an incident status to re-open it before changing components.")
        }
        return nil
    }

    private var touchedAsOperational: [ComponentStatusChange] {
        timeline.current.map { ComponentStatusChange(componentID: $0.componentID, status: .operational) }
    }
}
