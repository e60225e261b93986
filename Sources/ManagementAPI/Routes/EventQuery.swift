import JSONInput
import StatusPages
import Storage

/// What the lists of incidents and maintenances take in their query.
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
    }

    /// What the filters mean on a page. One that names nothing on it is not found.
    func filter(on page: StatusPage) throws(APIError) -> EventFilter {
        var placements = page.structure.placements
        func narrow(_ wanted: String?, _ what: String, _ id: (Structure.Placement) -> String?) throws(APIError) {
            guard let wanted else { return }
            guard Self.exists(wanted, what, on: page) else { throw .notFound(what) }
            placements = placements.filter { id($0) == wanted }
        }
        try narrow(componentID, "component") { $0.component.id.description }
        try narrow(groupID, "group") { $0.groupID?.description }
        try narrow(subPageID, "sub-page") { $0.subPageID?.description }
        let isNarrowed = componentID != nil || groupID != nil || subPageID != nil
        return EventFilter(
            componentIDs: isNarrowed ? Set(placements.map(\.component.id)) : nil, startAt: startAt, endAt: endAt)
    }

    /// Groups and sub-pages exist even while they are empty.
    private static func exists(_ id: String, _ what: String, on page: StatusPage) -> Bool {
        switch what {
        case "component": page.structure.placements.contains { $0.component.id.description == id }
        case "group": page.structure.groups.contains { $0.id.description == id }
        default: page.structure.subPages.contains { $0.id.description == id }
        }
    }
}

/// What a list of incidents or maintenances asks the database for.
struct EventListRequest<Entity> {
    let page: ID<StatusPage>
    let filter: EventFilter
    /// The last record the client has.
    let after: ID<Entity>?
    /// One more than the client asked for, to know whether the list goes on.
    let limit: Int
}

extension APIContext {
    /// Answers a list of incidents or maintenances.
    /// - Parameter fetch: returns nil if `after` is no record of the list.
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
        // An id of another shape is as unknown as any other.
        guard let records, (after == nil) == (paging.after == nil) else { throw Paging.unknownAfter(faults) }
        try Validation.check(faults)
        return PaginationMeta.cut(records, to: paging) { id($0).description }
    }
}
