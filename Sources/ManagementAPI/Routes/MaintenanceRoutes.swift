import JSONInput
import StatusPages
import Storage

// Maintenances have only the routes in `EventRoutes`.
extension Maintenance: PublishedEvent {
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

    static func create(
        _ command: MaintenanceCreation, on page: StatusPage?, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> Maintenance {
        try schedule(command, on: page, at: now, newID: newID)
    }

    mutating func revise(
        _ command: MaintenanceRevision, page: StatusPage, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> MaintenanceUpdate? {
        try revise(command, at: now)
        return nil
    }

    static func find(_ id: ID<Maintenance>, in transaction: ReadTransaction) throws -> Maintenance? {
        try transaction.maintenance(id)
    }

    static func owner(of update: ID<MaintenanceUpdate>, in transaction: ReadTransaction) throws -> ID<Maintenance>? {
        try transaction.maintenance(of: update)
    }

    static func list(
        of page: ID<StatusPage>, matching filter: EventFilter, after: ID<Maintenance>?, limit: Int,
        in transaction: ReadTransaction
    ) throws -> [Maintenance]? {
        try transaction.maintenances(of: page, matching: filter, after: after, limit: limit)
    }

    func insert(in transaction: WriteTransaction) throws { try transaction.insert(self) }

    func save(publishing update: MaintenanceUpdate?, in transaction: WriteTransaction) throws {
        try transaction.save(self, publishing: update)
    }

    func saveText(ofUpdateAt position: Int, in transaction: WriteTransaction) throws {
        try transaction.saveText(ofUpdateAt: position, of: self)
    }

    func delete(in transaction: WriteTransaction) throws { try transaction.delete(self) }
}

extension MaintenanceWindowDraft {
    fileprivate init(_ reader: JSONReader) {
        self.init(startAt: reader.timestamp("start_at"), endAt: reader.timestamp("end_at"))
    }
}
