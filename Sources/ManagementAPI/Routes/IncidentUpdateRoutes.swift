import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// Updates to incidents.
struct IncidentUpdateRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        let list = "/v2/status_page_incident_updates"
        router.add(.post, list, Endpoint(.statusPagePublisher, create, as: .createIncidentUpdate))
        router.add(.put, "\(list)/{id}", Endpoint(.statusPagePublisher, edit, as: .editIncidentUpdate))
    }

    private func create(_ call: Call) throws -> Outcome {
        let reader = try call.readBody()
        let parent = reader.requiredString("status_page_incident_id")
        let command = IncidentPublication(reader, notifiesByDefault: nil)
        let read = reader.faults.all
        guard let parent else { throw Validation.refusal(reader.faults, command.faults) }
        guard let id = ID<Incident>(parent) else { throw APIError.notFound("status page incident") }
        return .write { transaction in
            var (incident, page) = try context.incident(id, in: transaction.reading)
            let update = try Validation.decide(JSONReader.Faults(read)) { () throws(Faults) in
                try incident.publish(command, page: page, at: context.now(), newID: context.newID)
            }
            try transaction.save(incident, publishing: update)
            return try Self.response(.created, update, of: incident)
        }
    }

    /// Replaces the text of an update.
    private func edit(_ call: Call) throws -> Outcome {
        let id: ID<IncidentUpdate> = try call.id(of: Self.noun)
        let incidentID = try context.store.read { transaction in
            guard let found = try transaction.incident(of: id) else { throw APIError.notFound(Self.noun) }
            _ = try context.incident(found, in: transaction)
            return found
        }
        let reader = try call.readBody()
        let message = reader.string("message")
        let read = reader.faults.all
        return .write { transaction in
            var (incident, _) = try context.incident(incidentID, in: transaction.reading)
            guard let position = incident.updates.firstIndex(where: { $0.id == id }) else {
                throw APIError.notFound(Self.noun)
            }
            try Validation.decide(JSONReader.Faults(read)) { () throws(Faults) in
                try incident.updates[position].edit(message: message, at: context.now())
            }
            try transaction.saveText(ofUpdateAt: position, of: incident)
            return try Self.response(.ok, incident.updates[position], of: incident)
        }
    }

    private static let noun = "status page incident update"

    private static func response(
        _ status: HTTPResponse.Status, _ update: IncidentUpdate, of incident: Incident
    ) throws -> Response {
        let result = IncidentUpdateResult(update: IncidentUpdateBody(update, of: incident.id))
        return try JSONResponse.make(status, result)
    }
}
