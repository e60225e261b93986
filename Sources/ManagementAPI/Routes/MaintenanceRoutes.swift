import JSONInput
import Publishing
import StatusPages
import Storage

// Maintenances have only the routes in `EventRoutes`.
extension Maintenance: EventResource {
    static let names = EventNames("maintenance", article: "a")
    static let creationKind = IdempotencyScope.Kind.maintenance

    func encodeOwnMembers(into members: inout KeyedEncodingContainer<MemberName>) throws {
        try members.encode(isAutomated, forKey: "automate_maintenance_status")
        try members.encode(periods.map(ComponentSpanBody.init), forKey: "component_maintenance_periods")
    }

    static func readCreation(_ reader: JSONReader) -> MaintenanceCreation {
        MaintenanceCreation(
            name: reader.string("name"), status: reader.choice("maintenance_status"),
            message: reader.string("message"), idempotencyKey: reader.string("idempotency_key"),
            affectedComponents: reader.strings("affected_component_ids", atMost: Structure.mostComponents),
            window: MaintenanceWindowDraft(reader), notifiesSubscribers: reader.bool("notify_subscribers"),
            isAutomated: reader.bool("automate_maintenance_status") ?? false)
    }

    static func readRevision(_ reader: JSONReader) -> MaintenanceRevision {
        MaintenanceRevision(name: reader.string("name"), window: MaintenanceWindowDraft(reader))
    }
}

extension MaintenanceWindowDraft {
    fileprivate init(_ reader: JSONReader) {
        self.init(startAt: reader.timestamp("start_at"), endAt: reader.timestamp("end_at"))
    }
}
