import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages

/// Status pages and their structures. The configuration declares them; in the API they are read-only.
struct PageRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        router.add(.get, "/v2/status_pages", Endpoint(.statusPageViewer, list, as: .listPages))
        router.add(
            .get, "/v2/status_pages/{status_page_id}", Endpoint(.statusPageViewer, show, as: .showPage))
        router.add(
            .get, "/v2/status_page_structures/{status_page_id}",
            Endpoint(.statusPageViewer, showStructure, as: .showStructure))
    }

    private func list(_ call: Call) throws -> Outcome {
        let faults = JSONReader.Faults()
        let paging = Paging(call.query, faults: faults)
        var pages = context.site.servedPages[...]
        if let after = paging.after {
            guard let index = pages.firstIndex(where: { $0.id.description == after }) else {
                throw Paging.unknownAfter(faults)
            }
            pages = pages[(index + 1)...]
        }
        try Validation.check(faults)
        let (page, meta) = PaginationMeta.cut(Array(pages), to: paging) { $0.id.description }
        let bodies = page.map { PageBody($0, serverURL: context.site.serverURL) }
        return .done(try JSONResponse.make(.ok, PageListResult(pages: bodies, paginationMeta: meta)))
    }

    private func show(_ call: Call) throws -> Outcome {
        let page = try context.page(try call.id(of: "status page"))
        let body = PageBody(page, serverURL: context.site.serverURL)
        return .done(try JSONResponse.make(.ok, PageResult(page: body)))
    }

    private func showStructure(_ call: Call) throws -> Outcome {
        .done(try JSONResponse.make(.ok, StructureResult(try context.page(try call.id(of: "status page")))))
    }
}
