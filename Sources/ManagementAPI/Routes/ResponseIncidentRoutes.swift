import HTTPServer
import HTTPTypes
import StatusPages
import Storage

/// The incidents of incident.io's Response product that are linked to a status page incident. Allclear never has any.
struct ResponseIncidentRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        router.add(
            .get, "/v1/status-pages/{status_page_id}/incidents/{incident_id}/response-incidents",
            Endpoint(.statusPageViewer, list, as: .listResponseIncidents))
    }

    private func list(_ call: Call) throws -> Outcome {
        let page = try context.page(call.parameters[0])
        guard let id = ID<Incident>(call.parameters[1]) else { throw APIError.notFound("status page incident") }
        let (incident, _) = try context.store.read { try context.incident(id, in: $0) }
        guard incident.pageID == page.id else { throw APIError.notFound("status page incident") }
        return .done(try JSONResponse.make(.ok, ResponseIncidentListResult()))
    }
}

private struct ResponseIncidentListResult: Encodable {
    let incidents: [String] = []
}
