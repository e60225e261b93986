import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// Updates to maintenances.
struct MaintenanceUpdateRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        router.add(
            .post, "/v2/status_page_maintenance_updates",
            Endpoint(.statusPagePublisher, create, as: .createMaintenanceUpdate))
    }

    private func create(_ call: Call) throws -> Outcome {
        let reader = JSONReader(try call.object())
        let parent = reader.requiredString("status_page_maintenance_id")
        let command = MaintenancePublication(
            message: reader.string("message"), status: reader.choice("maintenance_status"),
            componentStatuses: reader.componentStatuses(), notifiesSubscribers: reader.bool("notify_subscribers"))
        let read = reader.faults.all
        guard let parent else { throw Validation.refusal(reader.faults, command.faults) }
        guard let id = ID<Maintenance>(parent) else { throw APIError.notFound("status page maintenance") }
        return .write { transaction in
            var (maintenance, page) = try context.maintenance(id, in: transaction.reading)
            let update = try Validation.decide(JSONReader.Faults(read)) { () throws(Faults) in
                try maintenance.publish(command, page: page, at: context.now(), newID: context.newID)
            }
            try transaction.save(maintenance, publishing: update)
            let result = MaintenanceUpdateResult(update: MaintenanceUpdateBody(update, of: maintenance.id))
            return try JSONResponse.make(.created, result)
        }
    }
}
