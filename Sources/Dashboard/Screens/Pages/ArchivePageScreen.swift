import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Archive page": names what is going on there, and asks first.
enum ArchivePageScreen {
    private static let path = "\(PageScreen.path)/settings/archive"

    static func path(of page: StatusPage) -> String { "\(page.dashboardPath)/settings/archive" }

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user(as: .manageSettings, isConfirmed: true) { .respond(try show($0, try $0.page())) })
        router.add(.post, path, .user(as: .manageSettings, isConfirmed: true, archive))
    }

    private static func show(
        _ visit: Visit, _ page: StatusPage, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let state = try visit.context.states(of: [page])[page.id]
        let ongoing = state.map { EventViews.ongoing(in: $0, on: page) } ?? ""
        let isMade = page.management.origin == .dashboard
        return ScreenPage(
            visit: visit, title: "Archive page", page: page, tab: .settings,
            crumbs: [("Settings", "\(page.dashboardPath)/settings")]
        ) { html in
            html += PageFields.declared(page, visit)
            guard isMade else { return }
            html += """
                <p class="lead">Nobody will see <strong dir="auto">\(page.name)</strong> any more: its site, its feeds \
                and its widget answer 404, and its subscribers get nothing. You can restore it under \
                “Archived pages”.</p>

                """
            if !ongoing.isEmpty {
                html += """
                    <div class="faults" role="alert"><p>These are not over yet. Nobody will learn how they end:</p>
                    \(ongoing)</div>

                    """
            }
            html += """
                <form method="post" action="\(path(of: page))">\(visit.csrfField)\
                \(HTML.when(!ongoing.isEmpty, "<input type=\"hidden\" name=\"anyway\" value=\"on\">"))
                <p class="actions"><button class="danger">\(ongoing.isEmpty ? "Archive page" : "Archive page anyway")\
                </button> <a class="button" href="\(page.dashboardPath)/settings">Keep page</a></p></form>

                """
        }.response(status)
    }

    private static func archive(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        let anyway = visit.form["anyway"] == "on"
        let publishing = visit.context.publishing
        return visit.write(as: .manageSettings) { error in
            // An event began after the screen was shown.
            guard case PageRefusal.ongoingEvents = error else { throw error }
            return .respond(try show(visit, page, status: .conflict))
        } _: { transaction, _ in
            try publishing.archivePage(page.id, withOngoingEvents: anyway, in: transaction)
            return .redirect(DashboardPlace.root, .archived)
        }
    }
}
