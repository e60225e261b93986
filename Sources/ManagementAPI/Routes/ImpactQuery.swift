import JSONInput
import StatusPages
import Storage

/// The filters that lists of incidents take in their query.
struct ImpactQuery {
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
    func filter(on page: StatusPage) throws(APIError) -> IncidentFilter {
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
        return IncidentFilter(
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
