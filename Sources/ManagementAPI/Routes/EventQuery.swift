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

    init(_ query: QueryParameters) {
        componentID = query.string("component_id")
        groupID = query.string("group_id")
        subPageID = query.string("sub_page_id")
        startAt = query.timestamp("start_at")
        endAt = query.timestamp("end_at")
        if let startAt, let endAt, endAt < startAt {
            query.faults.note(JSONFault(.value, .root.appending("end_at"), "end_at must not be before start_at."))
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
