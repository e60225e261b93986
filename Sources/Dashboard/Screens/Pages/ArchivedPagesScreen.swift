import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Archived pages": pages that nobody sees any more, and how they return.
enum ArchivedPagesScreen {
    static let path = "\(DashboardPlace.root)/pages/archived"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user(as: .manageSettings) { .respond(try show($0)) })
        router.add(.post, path, .user(as: .manageSettings, restore))
    }

    private static func show(
        _ visit: Visit, faults: [FieldFault] = [], status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let pages = try visit.context.store.read { try $0.archivedPages() }
        return ScreenPage(
            visit: visit, title: "Archived pages", crumbs: [("Status pages", DashboardPlace.root)]
        ) { html in
            html += """
                \(Fields(faults: faults).summary)\
                <p class="lead">Nobody sees these pages. They keep their incidents, maintenances and subscribers.</p>

                """
            if pages.isEmpty { html += "<p class=\"empty\">No page is archived</p>\n" }
            html += "<ul class=\"cards\">\(pages.map { card(of: $0, visit) })</ul>\n"
        }.response(status)
    }

    private static func card(of page: ArchivedPage, _ visit: Visit) -> HTML {
        let isMade = page.origin == .dashboard
        let note: HTML =
            isMade
            ? ""
            : """
            <p class="note">The configuration no longer declares this page. Declare it there again, or take it over in \
            the dashboard.</p>
            """
        let action: HTML = isMade ? "Restore" : "Take over in the dashboard"
        return """
            <li><div class="row"><h2 id="page-\(page.slug)" dir="auto">\(page.name)</h2>
            <form method="post" action="\(path)">\(visit.csrfField)\
            <input type="hidden" name="slug" value="\(page.slug)">\
            <button aria-describedby="page-\(page.slug)">\(action)</button></form></div>
            <p class="note">\(page.kind.title) · \(page.domain ?? page.slug) · archived \
            \(visit.zone.time(page.archivedAt))</p>
            \(note)</li>

            """
    }

    private static func restore(_ visit: Visit) throws -> Outcome {
        let slug = visit.form["slug"] ?? ""
        let publishing = visit.context.publishing
        return visit.write(as: .manageSettings) { error in
            guard let message = message(of: error) else { throw error }
            return .respond(try show(visit, faults: [FieldFault("", message)], status: .conflict))
        } _: { transaction, _ in
            let pages = try transaction.reading.archivedPages()
            guard let page = pages.first(where: { $0.slug == slug }) else { throw NotFound("archived page") }
            let returned =
                page.origin == .dashboard
                ? try publishing.restorePage(slug, in: transaction)
                : try publishing.takeOver(page.id, in: transaction)
            return .redirect(returned.dashboardPath, .restored)
        }
    }

    /// - Returns: nil for an error that is not a refusal.
    private static func message(of error: any Error) -> String? {
        switch error {
        case RestoringRefusal.domainTaken(let domain):
            "Another page has the domain \(domain) now. Remove it there first."
        case TakeOverRefusal.domainTaken(let domain, let name):
            "The page \"\(name)\" has the domain \(domain) now. Remove it there first."
        case RestoringRefusal.notArchived, TakeOverRefusal.notArchived: "The page is not archived any more."
        case RestoringRefusal.declaredBefore: "The configuration declared the page. Take it over in the dashboard."
        case TakeOverRefusal.madeHere: "The configuration did not declare the page. Restore it."
        default: nil
        }
    }
}
