import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// The share of a time window in which a component of a page was up.
struct AvailabilityRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        router.add(
            .get, "/v2/status_pages/{status_page_id}/components/{component_id}/availability",
            Endpoint(.statusPageViewer, show, as: .showAvailability))
    }

    private func show(_ call: Call) throws -> Outcome {
        let page = try context.page(call.parameters[0])
        let placed = page.structure.placements.first { $0.component.id.description == call.parameters[1] }
        guard let component = placed?.component.id else { throw APIError.notFound("component on this status page") }
        let (start, end) = try Self.window(call.query)
        let (since, outages) = try context.store.read { transaction in
            (
                try transaction.dataAvailableSince(component, on: page.id),
                try transaction.outages(of: component, on: page.id, from: start, to: end)
            )
        }
        guard let since else { throw APIError.notFound("component on this status page") }
        let availability = Availability(from: start, to: end, since: since, now: context.now(), outages: outages)
        let body = AvailabilityBody(
            pageID: page.id.description, componentID: component.description, startAt: start.rfc3339,
            endAt: end.rfc3339, dataAvailableSince: since.rfc3339, availabilityPercent: availability.percent)
        return .done(try JSONResponse.make(.ok, ["availability": body]))
    }

    private static func window(_ query: QueryParameters) throws(APIError) -> (Timestamp, Timestamp) {
        query.require("start_at", "end_at")
        let start = query.timestamp("start_at")
        let end = query.timestamp("end_at")
        guard let start, let end else { throw Validation.refusal(query.faults) }
        let length = end.milliseconds - start.milliseconds
        if length <= 0 {
            query.faults.note(JSONFault(.value, .root.appending("end_at"), "end_at must be after start_at."))
        } else if length > Availability.longestWindow {
            query.faults.note(JSONFault(.value, .root.appending("end_at"), "The window can be at most 366 days long."))
        }
        try Validation.check(query.faults)
        return (start, end)
    }
}

private struct AvailabilityBody: Encodable {
    let pageID: String
    let componentID: String
    let startAt: String
    let endAt: String
    let dataAvailableSince: String
    let availabilityPercent: String?

    enum CodingKeys: String, CodingKey {
        case pageID = "status_page_id"
        case componentID = "component_id"
        case startAt = "start_at"
        case endAt = "end_at"
        case dataAvailableSince = "data_available_since"
        case availabilityPercent = "availability_percent"
    }
}
