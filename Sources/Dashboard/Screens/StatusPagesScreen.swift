import HTTPServer
import HTTPTypes
import Markup
import StatusPages
import Storage

/// "Status pages": all pages with their state, and what is going on there.
enum StatusPagesScreen {
    static func add(to router: inout Router<Screen>) {
        router.add(.get, DashboardPlace.root, .user { .respond(try show($0)) })
    }

    private static func show(_ visit: Visit) throws -> Response {
        let pages = visit.context.site.pages
        let states = try visit.context.states(of: pages)
        let create: HTML =
            visit.may(.manageSettings)
            ? """
            <p class="actions"><a class="button" href="\(DashboardPlace.root)/pages/new">Create page</a> \
            <a class="button" href="\(DashboardPlace.root)/pages/archived">Archived pages</a></p>
            """ : ""
        return ScreenPage(visit: visit, title: "Status pages", actions: create) { html in
            if visit.query["publish"] != nil { html += "<p class=\"lead\">Choose the page of the incident.</p>\n" }
            if pages.isEmpty { html += "<p class=\"empty\">No status page yet</p>\n" }
            html += "<ul class=\"cards\">\(pages.map { card(of: $0, states[$0.id], visit) })</ul>\n"
        }.response()
    }

    private static func card(of page: StatusPage, _ state: PageState?, _ visit: Visit) -> HTML {
        let publish: HTML =
            visit.may(.statusPagePublisher)
            ? """
            <a class="button" href="\(page.dashboardPath)/incidents/new" aria-label="Publish incident on \(page.name)">\
            Publish incident</a>
            """ : ""
        return """
            <li><div class="row"><h2 dir="auto"><a href="\(page.dashboardPath)">\(page.name)</a></h2> \(publish)</div>
            \(state.map { EventViews.state(of: $0) } ?? "")
            <p class="note">\(page.kind.title) · \(page.publicURL(serverURL: visit.context.site.serverURL))</p>
            \(state.map { EventViews.ongoing(in: $0, on: page) } ?? "")</li>

            """
    }
}

extension StatusPage.Kind {
    /// The name for people.
    var title: String {
        switch self {
        case .public: "Public"
        case .customer: "Customer"
        case .internal: "Internal"
        }
    }
}
