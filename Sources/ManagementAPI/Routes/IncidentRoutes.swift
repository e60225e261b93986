import HTTPServer
import HTTPTypes
import JSONInput
import Publishing
import StatusPages
import Storage

/// The routes that only incidents have. `EventRoutes` has the others.
struct IncidentRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        router.add(
            .post, "/v2/status_page_retrospective_incidents",
            Endpoint(.statusPagePublisher, isBackfill: true, record, as: .createRetrospectiveIncident))
        router.add(
            .get, "/v1/status-pages/{status_page_id}/incidents/{incident_id}/response-incidents",
            Endpoint(.statusPageViewer, listResponseIncidents, as: .listResponseIncidents))
    }

    /// Records a past incident together with its updates.
    private func record(_ call: Call) throws -> Outcome {
        try IdempotentCreation(context: context, kind: .retrospectiveIncident).outcome(call) { reader in
            RetrospectiveCreation(
                name: reader.string("name"), idempotencyKey: reader.string("idempotency_key"),
                updates: reader.objects("updates")?.map(RetrospectiveCreation.Update.init))
        } check: { (command, page) throws(Faults) in
            _ = try Incident.record(command, on: page, at: context.now(), newID: context.newID)
        } create: { command, page, transaction in
            let incident = try context.publishing.record(command, on: page, in: transaction)
            return try JSONResponse.make(.created, [Incident.names.event: EventBody(incident)])
        }
    }

    /// Lists the incidents of incident.io's Response product that are linked to a status page incident. Allclear never
    /// has any.
    private func listResponseIncidents(_ call: Call) throws -> Outcome {
        let page = try context.page(call.parameters[0])
        guard let id = ID<Incident>(call.parameters[1]) else { throw APIError.notFound(Incident.title) }
        let incident = try context.store.read { try context.publishing.find(id, in: $0).event }
        guard incident.pageID == page.id else { throw APIError.notFound(Incident.title) }
        return .done(try JSONResponse.make(.ok, ["incidents": [String]()]))
    }
}

extension RetrospectiveCreation.Update {
    fileprivate init(_ reader: JSONReader) {
        self.init(
            status: reader.choice("incident_status"), message: reader.string("message"),
            publishedAt: reader.timestamp("published_at"), componentStatuses: reader.componentStatuses())
    }
}

extension Incident: EventResource {
    static let names = EventNames("incident", article: "an")
    static let creationKind = IdempotencyScope.Kind.incident

    func encodeOwnMembers(into members: inout KeyedEncodingContainer<MemberName>) throws {
        try members.encode(timeline.impacts.map(ComponentSpanBody.init), forKey: "component_impacts")
    }

    static func readCreation(_ reader: JSONReader) -> IncidentCreation {
        IncidentCreation(
            name: reader.string("name"), status: reader.choice("incident_status"),
            message: reader.string("message"), idempotencyKey: reader.string("idempotency_key"),
            notifiesSubscribers: reader.bool("notify_subscribers"), componentStatuses: reader.componentStatuses())
    }

    static func readRevision(_ reader: JSONReader) -> IncidentRevision {
        let publishes = ["message", "incident_status", "component_statuses"].contains(where: reader.has)
        // Read the update in any case, so that every unreadable value is reported.
        let publication = IncidentPublication(reader, status: "incident_status", notifiesByDefault: false)
        return IncidentRevision(
            renames: reader.has("name"), name: reader.string("name"), publication: publishes ? publication : nil)
    }
}
