import StatusPages

/// A maintenance and the steps applied to it. The window is from second 100 to second 200 unless a step moves it.
struct MaintenanceCourse {
    private let ids = Sequencer()
    private(set) var maintenance: Maintenance

    /// A valid command.
    static let sound = MaintenanceCreation(
        name: "Upgrade", status: .scheduled, message: "We upgrade.", idempotencyKey: "k",
        affectedComponents: [Fixture.api.id.description],
        window: MaintenanceWindowDraft(startAt: second(100), endAt: second(200)), notifiesSubscribers: false,
        isAutomated: false)

    init(
        _ status: Maintenance.Status = .scheduled, at time: Int64 = 0,
        affecting components: [Component] = [Fixture.api], isAutomated: Bool = false, notifies: Bool = false
    ) throws {
        var command = Self.sound
        command.status = status
        command.affectedComponents = components.map(\.id.description)
        command.isAutomated = isAutomated
        command.notifiesSubscribers = notifies
        maintenance = try Maintenance.schedule(command, on: Fixture.page, at: second(time), newID: ids.next)
    }

    /// How many ids have been taken.
    var idCount: UInt64 { ids.count }

    @discardableResult
    mutating func publish(
        _ status: Maintenance.Status? = nil, _ drafts: [MaintenanceDraft]? = nil, at time: Int64,
        message: String? = "News.", notifies: Bool? = false
    ) throws(Faults) -> MaintenanceUpdate {
        try maintenance.publish(
            MaintenancePublication(
                message: message, status: status, componentStatuses: drafts, notifiesSubscribers: notifies),
            page: Fixture.page, at: second(time), newID: ids.next)
    }

    mutating func revise(
        name: String? = "Upgrade", from start: Int64?, to end: Int64?, at time: Int64 = 0
    ) throws(Faults) {
        try maintenance.revise(
            MaintenanceRevision(
                name: name, window: MaintenanceWindowDraft(startAt: start.map(second), endAt: end.map(second))),
            at: second(time))
    }

    /// Lets the clock publish every update that is due.
    @discardableResult
    mutating func look(at time: Int64) -> [MaintenanceUpdate] {
        var published: [MaintenanceUpdate] = []
        while let update = maintenance.automate(at: second(time), newID: ids.next) { published.append(update) }
        return published
    }

    mutating func take(_ step: MaintenanceStep) throws {
        switch step {
        case .status(let status, let time): try publish(status, at: time)
        case .operational(let component, let time):
            try publish(nil, [draft(component.id, .operational)], at: time)
        case .underMaintenance(let component, let time):
            try publish(nil, [draft(component.id, .underMaintenance)], at: time)
        case .both(let status, let component, let componentStatus, let time):
            try publish(status, [draft(component.id, componentStatus)], at: time)
        case .move(let start, let end): try revise(from: start, to: end)
        case .clock(let time): look(at: time)
        }
    }

    /// The periods in the form `API 100–200`, in seconds, with a plus if a period is open.
    var periods: [String] {
        maintenance.periods.map { period in
            let component = Fixture.all.first { $0.id == period.componentID }?.name ?? "?"
            let end = period.endAt.map { " \(seconds($0))" } ?? ""
            return "\(component) \(seconds(period.startAt))–\(end.dropFirst())\(period.isOpen ? "+" : "")"
        }
    }

    private func seconds(_ time: Timestamp) -> Int64 { (time.milliseconds - second(0).milliseconds) / 1_000 }
}

/// One step applied to a maintenance, with its time in seconds.
enum MaintenanceStep: Sendable {
    case status(Maintenance.Status, at: Int64)
    case operational(Component, at: Int64)
    case underMaintenance(Component, at: Int64)
    case both(Maintenance.Status, Component, MaintenanceComponentStatus, at: Int64)
    case move(Int64, Int64)
    case clock(at: Int64)
}

typealias MaintenanceDraft = StatusDraft<MaintenanceComponentStatus>

/// A component status in a maintenance, as a client sends it.
func draft(_ component: ID<Component>, _ status: MaintenanceComponentStatus) -> MaintenanceDraft {
    MaintenanceDraft(componentID: component.description, status: status)
}

func change(_ component: ID<Component>, _ status: MaintenanceComponentStatus) -> MaintenanceComponentChange {
    MaintenanceComponentChange(componentID: component, status: status)
}
