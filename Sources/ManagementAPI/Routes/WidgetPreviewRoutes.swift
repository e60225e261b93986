import HTTPServer
import HTTPTypes
import PublicPages
import StatusPages
import Storage

/// Previews of a page's widget before the widget is public.
struct WidgetPreviewRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        router.add(
            .get, "/v2/status_pages/{status_page_id}/widget", Endpoint(.statusPageViewer, show, as: .previewWidget))
    }

    private func show(_ call: Call) throws -> Outcome {
        let page = try context.page(try call.id(of: "status page"))
        let events = try context.store.read { transaction in
            PageEvents(
                incidents: try transaction.ongoingIncidents(of: page.id),
                maintenances: try transaction.unfinishedMaintenances(of: page.id))
        }
        let body = try WidgetPreview.document(of: page, serverURL: context.site.serverURL, events: events)
        return .done(JSONResponse.make(.ok, encoded: body))
    }
}
