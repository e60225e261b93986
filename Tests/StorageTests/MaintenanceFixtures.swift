import StatusPages

@testable import Storage

extension Fixture {
    /// A maintenance with two updates. Its window is from second 100 to second 200.
    static func maintenance(
        _ number: UInt64, on page: ID<StatusPage>, at time: Timestamp = second(0),
        status: Maintenance.Status = .scheduled, isAutomated: Bool = false, naming components: [ID<Component>] = [],
        _ periods: [MaintenancePeriod] = []
    ) -> Maintenance {
        let updates = (0...1).map { index in
            MaintenanceUpdate(
                id: id(number * 1_000_000 + UInt64(index)), publishedAt: time, message: "Update \(index)",
                status: status,
                componentStatuses: components.map { MaintenanceComponentChange(componentID: $0, status: .operational) },
                notifiesSubscribers: index == 0)
        }
        return Maintenance(
            id: id(number), pageID: page, name: "Maintenance \(number)", publishedAt: time, status: status,
            window: Maintenance.Window(startAt: second(100), endAt: second(200)), isAutomated: isAutomated,
            updates: updates, periods: periods)
    }

    /// - Parameter end: nil for a period without an end.
    static func period(
        _ component: ID<Component>, _ start: Int64, _ end: Int64?, isOpen: Bool = false
    ) -> MaintenancePeriod {
        MaintenancePeriod(componentID: component, startAt: second(start), endAt: end.map(second), isOpen: isOpen)
    }
}

extension TestStore {
    func insert(_ maintenances: Maintenance...) throws {
        try store.write { transaction in for maintenance in maintenances { try transaction.insert(maintenance) } }
    }
}
