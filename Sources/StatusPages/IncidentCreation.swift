/// A command to declare an incident, as far as it could be read. It has not been checked yet.
public struct IncidentCreation: Sendable {
    public var name: String?
    public var status: Incident.Status?
    public var message: String?
    public var idempotencyKey: String?
    public var notifiesSubscribers: Bool?
    public var componentStatuses: [ComponentStatusDraft]?

    public init(
        name: String?, status: Incident.Status?, message: String?, idempotencyKey: String?, notifiesSubscribers: Bool?,
        componentStatuses: [ComponentStatusDraft]?
    ) {
        self.name = name
        self.status = status
        self.message = message
        self.idempotencyKey = idempotencyKey
        self.notifiesSubscribers = notifiesSubscribers
        self.componentStatuses = componentStatuses
    }
}

extension Incident {
    /// Declares an incident on a page.
    /// - Parameters:
    ///   - page: nil if the request names no page. The caller must report that. Everything else is checked anyway.
    ///   - newID: called for the incident's id, then for its first update's.
    /// - Throws: everything that is wrong with the command. `Faults` is empty if only the page is missing.
    public static func declare(
        _ command: IncidentCreation, on page: StatusPage?, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> Incident {
        var faults = [
            TextRule.name.fault(command.name, .name),
            TextRule.message.fault(command.message, .message),
            TextRule.idempotencyKey.fault(command.idempotencyKey, .idempotencyKey),
        ].compactMap(\.self)
        if command.status == nil {
            faults.append(Fault(.required, [.field(.incidentStatus)], "The incident's status is required."))
        }
        if command.notifiesSubscribers == nil { faults.append(.notificationUndecided) }
        let drafts = command.componentStatuses ?? []
        let changes = drafts.checked(on: page, faults: &faults)
        if command.status == .resolved { faults += faultsOfImpacts(drafts) }
        guard faults.isEmpty, let page, let name = command.name, let status = command.status,
            let message = command.message, let notifies = command.notifiesSubscribers
        else { throw Faults(faults) }
        let id = ID<Incident>(newID())
        let update = IncidentUpdate(
            id: ID(newID()), publishedAt: now, message: message, status: status, componentStatuses: changes,
            notifiesSubscribers: notifies)
        return Incident(id: id, pageID: page.id, name: name, publishedAt: now, status: status, updates: [update])
    }

    /// An incident that is created as resolved may only list operational components.
    static func faultsOfImpacts(_ drafts: [ComponentStatusDraft]) -> [Fault] {
        drafts.enumerated().compactMap { index, draft in
            guard let status = draft.status, status != .operational else { return nil }
            return Fault(
                .invalidValue, [.field(.componentStatuses), .index(index), .field(.componentStatus)],
                "An incident that is created as resolved can only list operational components.")
        }
    }
}
