import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// Incidents: create, show, list, rename and delete.
struct IncidentRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        let list = "/v2/status_page_incidents"
        let one = "\(list)/{status_page_incident_id}"
        router.add(.get, list, Endpoint(.statusPageViewer, self.list, as: .listIncidents))
        router.add(.post, list, Endpoint(.statusPagePublisher, create, as: .createIncident))
        router.add(.get, one, Endpoint(.statusPageViewer, show, as: .showIncident))
        router.add(.put, one, Endpoint(.statusPagePublisher, update, as: .updateIncident))
        router.add(.delete, one, Endpoint(.statusPagePublisher, delete, as: .deleteIncident))
    }

    private func show(_ call: Call) throws -> Outcome {
        let id: ID<Incident> = try call.id(of: "status page incident")
        let (incident, _) = try context.store.read { try context.incident(id, in: $0) }
        return .done(try Self.response(.ok, incident))
    }

    private func list(_ call: Call) throws -> Outcome {
        let (incidents, meta) = try context.list(call.query, id: \Incident.id) { transaction, request in
            try transaction.incidents(
                of: request.page, matching: request.filter, after: request.after, limit: request.limit)
        }
        let result = IncidentListResult(incidents: incidents.map(IncidentBody.init), paginationMeta: meta)
        return .done(try JSONResponse.make(.ok, result))
    }

    private func create(_ call: Call) throws -> Outcome {
        try IdempotentCreation(context: context, kind: .incident).outcome(call) { reader in
            IncidentCreation(
                name: reader.string("name"), status: reader.choice("incident_status"),
                message: reader.string("message"), idempotencyKey: reader.string("idempotency_key"),
                notifiesSubscribers: reader.bool("notify_subscribers"), componentStatuses: reader.componentStatuses())
        } decide: { (command, page, now) throws(Faults) in
            try Incident.declare(command, on: page, at: now, newID: context.newID)
        } record: { incident, transaction in
            try transaction.insert(incident)
            return try Self.response(.created, incident)
        }
    }

    /// Renames an incident, publishes an update to it, or both.
    private func update(_ call: Call) throws -> Outcome {
        let id: ID<Incident> = try call.id(of: "status page incident")
        _ = try context.store.read { try context.incident(id, in: $0) }
        let reader = try call.readBody()
        let publishes = ["message", "incident_status", "component_statuses"].contains(where: reader.has)
        // Read the update in any case, so that every unreadable value is reported.
        let publication = IncidentPublication(reader, notifiesByDefault: false)
        let command = IncidentRevision(
            renames: reader.has("name"), name: reader.string("name"), publication: publishes ? publication : nil)
        let read = reader.faults.all
        return .write { transaction in
            var (incident, page) = try context.incident(id, in: transaction.reading)
            let update = try Validation.decide(JSONReader.Faults(read)) { () throws(Faults) in
                try incident.revise(command, page: page, at: context.now(), newID: context.newID)
            }
            try transaction.save(incident, publishing: update)
            return try Self.response(.ok, incident)
        }
    }

    private func delete(_ call: Call) throws -> Outcome {
        let id: ID<Incident> = try call.id(of: "status page incident")
        return .write { transaction in
            let (incident, _) = try context.incident(id, in: transaction.reading)
            try transaction.delete(incident)
            return Response(.noContent)
        }
    }

    private static func response(_ status: HTTPResponse.Status, _ incident: Incident) throws -> Response {
        try JSONResponse.make(status, IncidentResult(incident: IncidentBody(incident)))
    }
}

extension IncidentPublication {
    /// - Parameter notifiesByDefault: the meaning of an absent `notify_subscribers`. Nil: the member is required.
    init(_ reader: JSONReader, notifiesByDefault: Bool?) {
        self.init(
            message: reader.string("message"), status: reader.choice("incident_status"),
            componentStatuses: reader.componentStatuses(),
            notifiesSubscribers: reader.bool("notify_subscribers") ?? notifiesByDefault)
    }
}
