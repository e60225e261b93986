import JSONInput
import StatusPages
import Storage

/// What every route needs: the pages, the database, the time and new ids.
struct APIContext: Sendable {
    let site: Site
    let store: Store
    let now: @Sendable () -> Timestamp
    let newID: @Sendable () -> ULID

    /// A page named by a client.
    func page(_ text: String) throws(APIError) -> StatusPage {
        guard let id = ID<StatusPage>(text), let page = site.servedPage(id) else { throw .notFound("status page") }
        return page
    }

    /// An incident on a page that clients may know of.
    func incident(_ id: ID<Incident>, in transaction: ReadTransaction) throws -> (Incident, StatusPage) {
        guard let incident = try transaction.incident(id), let page = site.servedPage(incident.pageID) else {
            throw APIError.notFound("status page incident")
        }
        return (incident, page)
    }
}

extension JSONReader {
    /// Text that has to be there for the request to mean anything at all, such as its parent's id.
    func requiredString(_ name: String) -> String? {
        if !has(name) { faults.note(JSONFault(.missing, pointer.appending(name), "\(name) is required.")) }
        return string(name)
    }

    func componentStatuses() -> [ComponentStatusDraft]? {
        objects("component_statuses")?.map { element in
            ComponentStatusDraft(
                componentID: element.string("component_id"), status: element.choice("component_status"))
        }
    }
}
