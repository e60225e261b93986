import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// The audit log.
struct AuditRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        router.add(.get, "/v2/audit_events", Endpoint(.apiKeysManage, list, as: .listAuditEvents))
    }

    private func list(_ call: Call) throws -> Outcome {
        let query = call.query
        let paging = Paging(query)
        var filter = AuditFilter()
        if let text = query.string("status_page_id") { filter.page = try page(text) }
        filter.actorID = query.string("actor_id")
        filter.actorKind = query.choice("actor_kind")
        filter.action = query.choice("action")
        filter.since = query.timestamp("since")
        filter.until = query.timestamp("until")
        return .done(
            try paging.response("audit_events", body: { AuditEventBody(event: $0) }, id: \.id) { after, limit in
                try context.store.read { try $0.auditEvents(matching: filter, after: after, limit: limit) }
            })
    }

    /// A page by its id, even if it is archived.
    private func page(_ text: String) throws -> ID<StatusPage> {
        guard let id = ID<StatusPage>(text), try context.store.read({ try $0.hasServedPage(id) }) else {
            throw APIError.notFound("status page")
        }
        return id
    }
}
