import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// Past incidents, recorded together with their updates.
struct RetrospectiveIncidentRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        router.add(
            .post, "/v2/status_page_retrospective_incidents",
            Endpoint(.statusPagePublisher, isBackfill: true, create, as: .createRetrospectiveIncident))
    }

    private func create(_ call: Call) throws -> Outcome {
        try IdempotentCreation(context: context, kind: .retrospectiveIncident).outcome(call) { reader in
            RetrospectiveCreation(
                name: reader.string("name"), idempotencyKey: reader.string("idempotency_key"),
                updates: reader.objects("updates")?.map(RetrospectiveCreation.Update.init))
        } decide: { (command, page, now) throws(Faults) in
            try Incident.record(command, on: page, at: now, newID: context.newID)
        } record: { incident, transaction in
            try transaction.insert(incident)
            return try JSONResponse.make(.created, IncidentResult(incident: IncidentBody(incident)))
        }
    }
}

extension RetrospectiveCreation.Update {
    fileprivate init(_ reader: JSONReader) {
        self.init(
            status: reader.choice("incident_status"), message: reader.string("message"),
            publishedAt: reader.timestamp("published_at"), componentStatuses: reader.componentStatuses())
    }
}
