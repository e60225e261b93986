import HTTPServer
import HTTPTypes
import Markup
import StatusPages
import Storage

/// The first screen of a page: its state, what is going on, and what to do next.
enum PageScreen {
    static let path = "\(DashboardPlace.root)/pages/{slug}"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user { .respond(try show($0)) })
    }

    private static func show(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        let state = try visit.context.states(of: [page])[page.id]
        let actions: HTML =
            visit.may(.statusPagePublisher)
            ? """
            <p class="actions"><a class="button" href="\(page.dashboardPath)/maintenances/new">Schedule maintenance</a></p>
            """ : ""
        return ScreenPage(visit: visit, title: page.name, page: page, tab: .overview, actions: actions) { html in
            html += state.map { EventViews.state(of: $0) } ?? ""
            let ongoing = state.map { EventViews.ongoing(in: $0, on: page) } ?? ""
            html +=
                "<section><h2>Now</h2>\n\(ongoing.isEmpty ? "<p class=\"empty\">No ongoing incident or maintenance</p>" : ongoing)</section>\n"
            if page.structure.placements.isEmpty { html += firstSteps(on: page, visit) }
        }.response()
    }

    /// The steps that a new page still needs.
    private static func firstSteps(on page: StatusPage, _ visit: Visit) -> HTML {
        guard visit.may(.manageSettings) else { return "" }
        let components: HTML =
            page.management.origin == .dashboard
            ? "<a href=\"\(page.dashboardPath)/structure\">Add the components</a> that your users know."
            : "In the configuration, add the components that your users know. Then reload the server."
        return """
            <section><h2>First steps</h2>
            <ol class="steps">
            <li>\(components)</li>
            <li><a href="\(page.dashboardPath)/settings">Look at the settings</a>: domain, branding, the widget.</li>
            <li><a href="\(page.dashboardPath)/templates/new">Create a template</a> for the incident that you expect.</li>
            </ol></section>

            """
    }
}
