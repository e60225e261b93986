import HTTPServer
import HTTPTypes
import Markup
import StatusPages

/// Shows a message as the page will: to scripts as part of a document, to everybody else as a separate page.
enum PreviewScreen {
    static func add(to router: inout Router<Screen>) {
        router.add(
            .post, "\(DashboardPlace.root)/preview", .user(as: .statusPagePublisher) { .respond(preview($0)) })
    }

    private static func preview(_ visit: Visit) -> Response {
        let html = Markdown(visit.form["message"] ?? "").html
        if visit.form["part"] != nil { return Frame.response(.ok, html) }
        return PlainPage(title: "Preview") { page in
            page += "<div class=\"md\" dir=\"auto\">\(html)</div>\n<p class=\"note\">Close this tab to go back.</p>\n"
        }.response()
    }
}
