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
        let serverURL = context.site.serverURL
        let state = try context.store.read { try $0.state(of: page, serverURL: serverURL) }
        return .done(JSONResponse.make(.ok, encoded: SummaryPreview.body(of: state)))
    }
}
