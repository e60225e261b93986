/// A command to publish an update to an incident or a maintenance, as far as it could be read. It has not been checked
/// yet.
public struct Publication<Status: EventStatus, ComponentStatus: Equatable & Sendable>: Sendable {
    /// How many updates an event may have. One more is accepted if it ends the event. The limit does not apply to the
    /// clock.
    static var mostUpdates: Int { 100 }

    public var message: String?
    /// Nil: unchanged.
    public var status: Status?
    public var componentStatuses: [StatusDraft<ComponentStatus>]?
    public var notifiesSubscribers: Bool?

    public init(
        message: String?, status: Status?, componentStatuses: [StatusDraft<ComponentStatus>]?,
        notifiesSubscribers: Bool?
    ) {
        self.message = message
        self.status = status
        self.componentStatuses = componentStatuses
        self.notifiesSubscribers = notifiesSubscribers
    }

    /// The faults of the command that can be found without its event.
    public var faults: [Fault] {
        var faults: [Fault] = []
        _ = checked(on: nil, or: [], faults: &faults)
        return faults
    }

    /// Checks everything that does not depend on the event.
    /// - Parameters:
    ///   - page: nil if it is unknown.
    ///   - named: the components that the event has named, which may have left the page.
    /// - Returns: the valid component statuses.
    private func checked(
        on page: StatusPage?, or named: Set<ID<Component>>, faults: inout [Fault]
    ) -> [StatusChange<ComponentStatus>] {
        if let fault = TextRule.message.fault(message, .message) { faults.append(fault) }
        if notifiesSubscribers == nil { faults.append(.notificationUndecided) }
        let changes = (componentStatuses ?? []).checked(on: page, or: named, faults: &faults)
        if status == .closing, componentStatuses != nil { faults.append(.componentsWith(Status.closing)) }
        return changes
    }

    /// Checks the command against its event.
    /// - Parameters:
    ///   - current: the status of the event.
    ///   - updates: the updates of the event so far.
    /// - Returns: its checked parts.
    /// - Throws: everything that is wrong with it.
    func checked(
        on page: StatusPage, in current: Status, after updates: [EventUpdate<Status, ComponentStatus>]
    ) throws(Faults) -> (message: String, changes: [StatusChange<ComponentStatus>], notifies: Bool) {
        var faults: [Fault] = []
        let named = Set(updates.flatMap { $0.componentStatuses.map(\.componentID) })
        let changes = checked(on: page, or: named, faults: &faults)
        if current == .closing, status == nil, componentStatuses != nil {
            faults.append(
                Fault(
                    .invalidValue, [.field(.componentStatuses)],
                    "The \(Status.eventName) is over. To change components, also set another status."))
        }
        let isEnding = status == .closing && current != .closing
        if updates.count >= Self.mostUpdates, !isEnding {
            faults.append(.tooManyUpdates(Status.self, most: Self.mostUpdates))
        }
        guard faults.isEmpty, let message, let notifiesSubscribers else { throw Faults(faults) }
        return (message, changes, notifiesSubscribers)
    }
}

public typealias IncidentPublication = Publication<Incident.Status, ComponentStatus>
public typealias MaintenancePublication = Publication<Maintenance.Status, MaintenanceComponentStatus>

extension Fault {
    static func componentsWith<Status: EventStatus>(_ status: Status) -> Fault {
        Fault(
            .invalidValue, [.field(.componentStatuses)],
            "The status \(status.rawValue) makes every component operational, so component statuses cannot be sent with it."
        )
    }

    static func tooManyUpdates<Status: EventStatus>(_: Status.Type, most: Int) -> Fault {
        let message = """
            At most \(most) updates can be published to one \(Status.eventName). One more is accepted if it ends the \
            \(Status.eventName) with the status \(Status.closing.rawValue).
            """
        return Fault(.tooManyUpdates, [], message)
    }
}
