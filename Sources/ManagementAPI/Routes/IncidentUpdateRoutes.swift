import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// Updates to incidents.
struct IncidentUpdateRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        router.add(.post, "/v2/status_page_incident_updates", Endpoint(.statusPagePublisher, create))
    }

    private func create(_ call: Call) throws -> Outcome {
        let body = try call.object()
        return .write { transaction in
            let reader = JSONReader(body)
            let parent = reader.requiredString("status_page_incident_id")
            guard let parent else {
                let command = IncidentPublication(reader, notifiesByDefault: nil)
                throw Validation.refusal(reader.faults, command.faults)
            }
            guard let id = ID<Incident>(parent) else { throw APIError.notFound("status page incident") }
            var (incident, page) = try context.incident(id, in: transaction.reading)
            let command = IncidentPublication(reader, notifiesByDefault: nil)
            let update = try Validation.decide(reader) { () throws(Faults) in
                try incident.publish(command, page: page, at: context.now(), newID: context.newID)
            }
            try transaction.save(incident, publishing: update)
            let result = IncidentUpdateResult(update: IncidentUpdateBody(update, of: incident.id))
            return try JSONResponse.make(.created, result)
        }
    }
}
