import HTTPServer
import HTTPTypes
import PublicPages
import StatusPages
import Storage

/// Status pages and their widgets. In the API they are read-only.
struct PageRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        router.add(.get, "/v2/status_pages", Endpoint(.statusPageViewer, list, as: .listPages))
        router.add(
            .get, "/v2/status_pages/{status_page_id}", Endpoint(.statusPageViewer, show, as: .showPage))
        router.add(
            .get, "/v2/status_pages/{status_page_id}/widget",
            Endpoint(.statusPageViewer, previewWidget, as: .previewWidget))
    }

    private func list(_ call: Call) throws -> Outcome {
        let site = context.site
        let body = { PageBody($0, serverURL: site.serverURL) }
        return .done(
            try Paging(call.query).response("status_pages", body: body, id: \.id) { after, _ in
                let pages = site.servedPages
                guard let after else { return pages }
                return pages.firstIndex { $0.id == after }.map { Array(pages[($0 + 1)...]) }
            })
    }

    private func show(_ call: Call) throws -> Outcome {
        let page = try context.page(try call.id(of: "status page"))
        let body = PageBody(page, serverURL: context.site.serverURL)
        return .done(try JSONResponse.make(.ok, ["status_page": body]))
    }

    /// Shows the widget even if it is not public.
    private func previewWidget(_ call: Call) throws -> Outcome {
        let page = try context.page(try call.id(of: "status page"))
        let serverURL = context.site.serverURL
        let state = try context.store.read { try $0.state(of: page, serverURL: serverURL) }
        return .done(JSONResponse.make(.ok, encoded: SummaryPreview.body(of: state)))
    }
}
