import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// Maintenances: schedule, show, list, reschedule and delete.
struct MaintenanceRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        let list = "/v2/status_page_maintenances"
        let one = "\(list)/{status_page_maintenance_id}"
        router.add(.get, list, Endpoint(.statusPageViewer, self.list, as: .listMaintenances))
        router.add(.post, list, Endpoint(.statusPagePublisher, create, as: .createMaintenance))
        router.add(.get, one, Endpoint(.statusPageViewer, show, as: .showMaintenance))
        router.add(.put, one, Endpoint(.statusPagePublisher, update, as: .updateMaintenance))
        router.add(.delete, one, Endpoint(.statusPagePublisher, delete, as: .deleteMaintenance))
    }

    private func show(_ call: Call) throws -> Outcome {
        let id: ID<Maintenance> = try call.id(of: "status page maintenance")
        let (maintenance, _) = try context.store.read { try context.maintenance(id, in: $0) }
        return .done(try Self.response(.ok, maintenance))
    }

    private func list(_ call: Call) throws -> Outcome {
        let (maintenances, meta) = try context.list(call.query, id: \Maintenance.id) { transaction, request in
            try transaction.maintenances(
                of: request.page, matching: request.filter, after: request.after, limit: request.limit)
        }
        let result = MaintenanceListResult(maintenances: maintenances.map(MaintenanceBody.init), paginationMeta: meta)
        return .done(try JSONResponse.make(.ok, result))
    }

    private func create(_ call: Call) throws -> Outcome {
        try IdempotentCreation(context: context, kind: .maintenance).outcome(call) { reader in
            MaintenanceCreation(
                name: reader.string("name"), status: reader.choice("maintenance_status"),
                message: reader.string("message"), idempotencyKey: reader.string("idempotency_key"),
                affectedComponents: reader.strings("affected_component_ids", atMost: Structure.mostComponents),
                window: MaintenanceWindowDraft(reader), notifiesSubscribers: reader.bool("notify_subscribers"),
                isAutomated: reader.bool("automate_maintenance_status") ?? false)
        } decide: { (command, page, now) throws(Faults) in
            try Maintenance.schedule(command, on: page, at: now, newID: context.newID)
        } record: { maintenance, transaction in
            try transaction.insert(maintenance)
            return try Self.response(.created, maintenance)
        }
    }

    /// Renames a maintenance and moves its window.
    private func update(_ call: Call) throws -> Outcome {
        let id: ID<Maintenance> = try call.id(of: "status page maintenance")
        _ = try context.store.read { try context.maintenance(id, in: $0) }
        let reader = try call.readBody()
        let command = MaintenanceRevision(name: reader.string("name"), window: MaintenanceWindowDraft(reader))
        let read = reader.faults.all
        return .write { transaction in
            var (maintenance, _) = try context.maintenance(id, in: transaction.reading)
            try Validation.decide(JSONReader.Faults(read)) { () throws(Faults) in
                try maintenance.revise(command, at: context.now())
            }
            try transaction.save(maintenance, publishing: nil)
            return try Self.response(.ok, maintenance)
        }
    }

    private func delete(_ call: Call) throws -> Outcome {
        let id: ID<Maintenance> = try call.id(of: "status page maintenance")
        return .write { transaction in
            let (maintenance, _) = try context.maintenance(id, in: transaction.reading)
            try transaction.delete(maintenance)
            return Response(.noContent)
        }
    }

    private static func response(_ status: HTTPResponse.Status, _ maintenance: Maintenance) throws -> Response {
        try JSONResponse.make(status, MaintenanceResult(maintenance: MaintenanceBody(maintenance)))
    }
}

extension MaintenanceWindowDraft {
    fileprivate init(_ reader: JSONReader) {
        self.init(startAt: reader.timestamp("start_at"), endAt: reader.timestamp("end_at"))
    }
}
