import JSONInput
import StatusPages
import Storage

/// The query parameters of the lists of incidents and maintenances.
struct EventQuery {
    private let componentID: String?
    private let groupID: String?
    private let subPageID: String?
    private let startAt: Timestamp?
    private let endAt: Timestamp?

    init(_ query: QueryParameters, faults: JSONReader.Faults) {
        componentID = query.string("component_id")
        groupID = query.string("group_id")
        subPageID = query.string("sub_page_id")
        startAt = query.timestamp("start_at", faults: faults)
        endAt = query.timestamp("end_at", faults: faults)
        if let startAt, let endAt, endAt < startAt {
            faults.note(JSONFault(.value, .root.appending("end_at"), "end_at must not be before start_at."))
        }
    }

    /// The filter for a page. A group, sub-page or component that is not on the page is "not found".
    func filter(on page: StatusPage) throws(APIError) -> EventFilter {
        let structure = page.structure
        var placements = structure.placements
        if let componentID {
            placements = placements.filter { $0.component.id.description == componentID }
            if placements.isEmpty { throw .notFound("component") }
        }
        // Groups and sub-pages exist even while they are empty.
        if let groupID {
            guard structure.groups.contains(where: { $0.id.description == groupID }) else { throw .notFound("group") }
            placements = placements.filter { $0.groupID?.description == groupID }
        }
        if let subPageID {
            guard structure.subPages.contains(where: { $0.id.description == subPageID }) else {
                throw .notFound("sub-page")
            }
            placements = placements.filter { $0.subPageID?.description == subPageID }
        }
        let isNarrowed = componentID != nil || groupID != nil || subPageID != nil
        return EventFilter(
            componentIDs: isNarrowed ? Set(placements.map(\.component.id)) : nil, startAt: startAt, endAt: endAt)
    }
}

/// The database query for a list of incidents or maintenances.
struct EventListRequest<Entity> {
    let page: ID<StatusPage>
    let filter: EventFilter
    /// The last record that the client already has.
    let after: ID<Entity>?
    /// One more than the client asked for, to know whether there is a next page.
    let limit: Int
}

extension APIContext {
    /// Answers a list of incidents or maintenances.
    /// - Parameter fetch: returns nil if `after` is not a record of the list.
    func list<Record, Entity>(
        _ query: QueryParameters, id: (Record) -> ID<Entity>,
        _ fetch: (ReadTransaction, EventListRequest<Entity>) throws -> [Record]?
    ) throws -> (records: [Record], meta: PaginationMeta) {
        let faults = JSONReader.Faults()
        let pageID = query.string("status_page_id")
        if pageID == nil {
            faults.note(JSONFault(.missing, .root.appending("status_page_id"), "status_page_id is required."))
        }
        let page = try pageID.map(self.page)
        let paging = Paging(query, faults: faults)
        let events = EventQuery(query, faults: faults)
        guard let page else { throw Validation.refusal(faults) }
        let after = paging.after.flatMap { ID<Entity>($0) }
        let request = EventListRequest(
            page: page.id, filter: try events.filter(on: page), after: after, limit: paging.size + 1)
        let records = try store.read { try fetch($0, request) }
        // An ID of another shape is also unknown.
        guard let records, (after == nil) == (paging.after == nil) else { throw Paging.unknownAfter(faults) }
        try Validation.check(faults)
        return PaginationMeta.cut(records, to: paging) { id($0).description }
    }
}
