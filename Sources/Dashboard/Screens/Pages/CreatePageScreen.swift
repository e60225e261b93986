import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages

/// "Create page".
enum CreatePageScreen {
    static let path = "\(DashboardPlace.root)/pages/new"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user(as: .manageSettings) { .respond(show($0)) })
        router.add(.post, path, .user(as: .manageSettings, create))
    }

    private static func show(
        _ visit: Visit, _ fields: Fields = Fields(), status: HTTPResponse.Status = .ok
    ) -> Response {
        ScreenPage(
            visit: visit, title: "Create page", crumbs: [("Status pages", DashboardPlace.root)]
        ) { html in
            html += """
                \(fields.summary)<form method="post" action="\(path)">
                \(visit.csrfField)\
                \(fields.text("name", "Name", attributes: " autocomplete=\"off\" maxlength=\"\(TextRule.name.most)\""))\
                \(fields.text(
                    "slug", "Slug",
                    hint: "The page's name in addresses: \(visit.context.site.serverURL)/slug. It cannot be changed.",
                    attributes: """
                        \u{20}autocomplete="off" autocapitalize="none" spellcheck="false" \
                        maxlength="\(ItemKey.longest)" data-slug-of="name"
                        """))\
                \(fields.radios("kind", "Kind", PageFields.kinds, hint: PageFields.kindHint))\
                <p class="actions"><button class="main">Create page</button> \
                <a class="button" href="\(DashboardPlace.root)">Cancel</a></p>
                </form>

                """
        }.response(status)
    }

    private static func create(_ visit: Visit) -> Outcome {
        let form = visit.form
        let slug = form.trimmed("slug")
        let refuse: @Sendable ([FieldFault]) -> Outcome = { faults in
            .respond(show(visit, Fields(form, faults: faults), status: .unprocessableContent))
        }
        guard let kind = StatusPage.Kind(rawValue: form["kind"] ?? "") else {
            return refuse([FieldFault("kind", "Choose a kind.")])
        }
        let publishing = visit.context.publishing
        return visit.write(as: .manageSettings) { error in
            switch error {
            case let faults as Faults: return refuse(FieldFault.all(faults))
            case PageRefusal.slugTaken(let slug, let isArchived):
                let message =
                    isArchived
                    ? "An archived page has the slug \"\(slug)\". Restore that page, or choose another slug."
                    : "Another page has the slug \"\(slug)\". Choose another."
                return refuse([FieldFault("slug", message)])
            default: throw error
            }
        } _: { transaction, _ in
            let page = try publishing.createPage(
                slug: slug, name: form.trimmed("name"), kind: kind, in: transaction)
            return .redirect("\(page.dashboardPath)/structure", .created)
        }
    }
}
