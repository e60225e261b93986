import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// Updates to incidents.
struct IncidentUpdateRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        router.add(
            .post, "/v2/status_page_incident_updates",
            Endpoint(.statusPagePublisher, create, as: .createIncidentUpdate))
    }

    private func create(_ call: Call) throws -> Outcome {
        let reader = JSONReader(try call.object())
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
            let result = IncidentUpdateResult(update: IncidentUpdateBody(update, of: incident.id))
            return try JSONResponse.make(.created, result)
        }
    }
}
