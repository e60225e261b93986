import Foundation
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// The answer to a form that does not show the newest update: somebody else published one meanwhile.
struct EventConflict<Event: ComposedEvent> {
    private let visit: Visit
    private let page: StatusPage
    private let event: Event
    private let newest: Event.Update
    private let warning: String

    /// Nil if the form shows the newest update.
    init?(_ visit: Visit, _ event: Event, on page: StatusPage, in transaction: ReadTransaction) throws {
        guard let newest = event.updates.last, newest.id.description != visit.form["after"] else { return nil }
        self.visit = visit
        self.page = page
        self.event = event
        self.newest = newest
        warning = try LatestUpdate(event, in: transaction).warning
    }

    var response: Response {
        let path = event.path(on: page)
        let form = visit.keyed(visit.form.with(["after": newest.id.description]))
        let kept = form.fields.filter { $0.name != "csrf" && $0.name != "message" }.map { field -> HTML in
            "<input type=\"hidden\" name=\"\(field.name)\" value=\"\(field.value)\">\n"
        }
        return ScreenPage(
            visit: visit, title: warning, page: page, tab: Event.words.tab,
            crumbs: [(Event.words.list, Event.listPath(on: page)), (event.name, path)]
        ) { html in
            html += """
                <p class="faults" role="alert" tabindex="-1" autofocus>\(warning). Your update is not published yet.</p>
                <section><h2>The newer update</h2>
                <article><p><strong>\(Event.word(for: newest.status))</strong> \(visit.zone.time(newest.publishedAt))</p>
                <div class="md" dir="auto">\(Markdown(newest.message).html)</div></article></section>
                <section><h2>Your update</h2>
                <form method="post" action="\(path)/updates" data-compose>\(visit.csrfField)\(kept)\
                \(Fields(form).area("message", "Message", attributes: " maxlength=\"4096\""))\
                <p class="actions"><button class="main">Publish anyway</button>
                <button formaction="\(path)" formnovalidate>Back to editing</button></p>
                </form></section>

                """
        }.response(.conflict)
    }
}

/// The newest update of an event, for people who are about to publish another.
struct LatestUpdate: Encodable {
    let update: String
    /// A warning for people who have not seen the update, without a full stop.
    let warning: String

    init<Event: ComposedEvent>(_ event: Event, in transaction: ReadTransaction) throws {
        let author = try Event.authors(of: event.id, in: transaction)[event.updates.count - 1]
        update = event.updates.last?.id.description ?? ""
        warning = "There is a newer update\(author.map { " by \($0.title)" } ?? "")"
    }

    var response: Response {
        get throws {
            Response(
                .ok, fields: [.contentType: "application/json; charset=utf-8"],
                body: Array(try JSONEncoder().encode(self)))
        }
    }
}
