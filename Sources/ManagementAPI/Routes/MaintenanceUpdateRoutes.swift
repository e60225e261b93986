import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// Updates to maintenances.
struct MaintenanceUpdateRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        let list = "/v2/status_page_maintenance_updates"
        router.add(.post, list, Endpoint(.statusPagePublisher, create, as: .createMaintenanceUpdate))
        router.add(.put, "\(list)/{id}", Endpoint(.statusPagePublisher, edit, as: .editMaintenanceUpdate))
    }

    private func create(_ call: Call) throws -> Outcome {
        let reader = try call.readBody()
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
            return try Self.response(.created, update, of: maintenance)
        }
    }

    /// Replaces the text of an update.
    private func edit(_ call: Call) throws -> Outcome {
        let id: ID<MaintenanceUpdate> = try call.id(of: Self.noun)
        let maintenanceID = try context.store.read { transaction in
            guard let found = try transaction.maintenance(of: id) else { throw APIError.notFound(Self.noun) }
            _ = try context.maintenance(found, in: transaction)
            return found
        }
        let reader = try call.readBody()
        let message = reader.string("message")
        let read = reader.faults.all
        return .write { transaction in
            var (maintenance, _) = try context.maintenance(maintenanceID, in: transaction.reading)
            guard let position = maintenance.updates.firstIndex(where: { $0.id == id }) else {
                throw APIError.notFound(Self.noun)
            }
            try Validation.decide(JSONReader.Faults(read)) { () throws(Faults) in
                try maintenance.updates[position].edit(message: message, at: context.now())
            }
            try transaction.saveText(ofUpdateAt: position, of: maintenance)
            return try Self.response(.ok, maintenance.updates[position], of: maintenance)
        }
    }

    private static let noun = "status page maintenance update"

    private static func response(
        _ status: HTTPResponse.Status, _ update: MaintenanceUpdate, of maintenance: Maintenance
    ) throws -> Response {
        let result = MaintenanceUpdateResult(update: MaintenanceUpdateBody(update, of: maintenance.id))
        return try JSONResponse.make(status, result)
    }
}
