/// A command to schedule a maintenance, as far as it could be read. It has not been checked yet.
public struct MaintenanceCreation: Sendable {
    public var name: String?
    public var status: Maintenance.Status?
    public var message: String?
    public var idempotencyKey: String?
    public var affectedComponents: [String]?
    public var window: MaintenanceWindowDraft
    public var notifiesSubscribers: Bool?
    public var isAutomated: Bool
    /// Whether subscribers are notified when the clock changes the status. Nil: the same as for the creation.
    public var notifiesAutomatically: Bool?

    public init(
        name: String?, status: Maintenance.Status?, message: String?, idempotencyKey: String?,
        affectedComponents: [String]?, window: MaintenanceWindowDraft, notifiesSubscribers: Bool?, isAutomated: Bool,
        notifiesAutomatically: Bool? = nil
    ) {
        self.name = name
        self.status = status
        self.message = message
        self.idempotencyKey = idempotencyKey
        self.affectedComponents = affectedComponents
        self.window = window
        self.notifiesSubscribers = notifiesSubscribers
        self.isAutomated = isAutomated
        self.notifiesAutomatically = notifiesAutomatically
    }
}

/// A window in a request.
public struct MaintenanceWindowDraft: Sendable {
    public var startAt: Timestamp?
    public var endAt: Timestamp?

    public init(startAt: Timestamp?, endAt: Timestamp?) {
        self.startAt = startAt
        self.endAt = endAt
    }

    func checked(faults: inout [Fault]) -> Maintenance.Window? {
        if startAt == nil { faults.append(Fault(.required, [.field(.startAt)], "The start is required.")) }
        if endAt == nil { faults.append(Fault(.required, [.field(.endAt)], "The end is required.")) }
        guard let startAt, let endAt else { return nil }
        guard endAt > startAt else {
            faults.append(Fault(.invalidValue, [.field(.endAt)], "The end must be after the start."))
            return nil
        }
        return Maintenance.Window(startAt: startAt, endAt: endAt)
    }
}

extension Maintenance {
    /// Schedules a maintenance on a page, or records one that has begun or is over.
    ///
    /// The parameters are those of `Incident.declare`.
    /// - Throws: everything that is wrong with the command. `Faults` is empty if only the page is missing.
    public static func schedule(
        _ command: MaintenanceCreation, on page: StatusPage?, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> Maintenance {
        var faults = [
            TextRule.name.fault(command.name, .name),
            TextRule.message.fault(command.message, .message),
            TextRule.idempotencyKey.fault(command.idempotencyKey, .idempotencyKey),
        ].compactMap(\.self)
        if command.status == nil {
            faults.append(Fault(.required, [.field(.maintenanceStatus)], "The maintenance's status is required."))
        }
        if command.notifiesSubscribers == nil { faults.append(.notificationUndecided) }
        let components = affected(command.affectedComponents, on: page, faults: &faults)
        let window = command.window.checked(faults: &faults)
        if command.isAutomated, let window, let status = command.status,
            let fault = fault(ofAutomating: window, in: status, at: now)
        {
            faults.append(fault)
        }
        guard faults.isEmpty, let page, let name = command.name, let status = command.status,
            let message = command.message, let notifies = command.notifiesSubscribers, let window
        else { throw Faults(faults) }
        let id = ID<Maintenance>(newID())
        let listed: MaintenanceComponentStatus = status == .complete ? .operational : .underMaintenance
        let update = MaintenanceUpdate(
            id: ID(newID()), publishedAt: now, message: message, status: status,
            componentStatuses: components.map { MaintenanceComponentChange(componentID: $0, status: listed) },
            notifiesSubscribers: notifies)
        return Maintenance(
            id: id, pageID: page.id, name: name, publishedAt: now, status: status, window: window,
            isAutomated: command.isAutomated,
            notifiesAutomatically: command.isAutomated && (command.notifiesAutomatically ?? notifies),
            updates: [update],
            periods: periods(of: components, window, status: status, at: now))
    }

    private static func affected(
        _ texts: [String]?, on page: StatusPage?, faults: inout [Fault]
    ) -> [ID<Component>] {
        guard let texts else {
            faults.append(Fault(.required, [.field(.affectedComponentIDs)], "The affected components are required."))
            return []
        }
        var check = ComponentCheck(page)
        return texts.enumerated().compactMap { index, text in
            check.component(text, at: [.field(.affectedComponentIDs), .index(index)], faults: &faults)
        }
    }
}
