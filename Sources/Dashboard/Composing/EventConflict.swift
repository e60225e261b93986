import Foundation
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages

/// The answer to a form that does not show the newest update: somebody else published one meanwhile.
struct EventConflict<Event: ComposedEvent> {
    let visit: Visit
    let page: StatusPage
    let event: Event
    let newest: Event.Update

    var response: Response {
        let path = event.path(on: page)
        let form = visit.form.with(["after": newest.id.description])
        let kept = form.fields.filter { $0.name != "csrf" && $0.name != "message" }.map { field -> HTML in
            "<input type=\"hidden\" name=\"\(field.name)\" value=\"\(field.value)\">\n"
        }
        return ScreenPage(
            visit: visit, title: "There is a newer update", page: page, tab: Event.words.tab,
            crumbs: [(Event.words.list, Event.listPath(on: page)), (event.name, path)]
        ) { html in
            html += """
                <div class="faults" role="alert" tabindex="-1" autofocus><p>\(LatestUpdate(event).sentence)</p>
                Your text is not published yet.</div>
                <section><h2>The newer update</h2>
                <article><p><strong>\(Event.word(for: newest.status))</strong> \(visit.zone.time(newest.publishedAt))</p>
                <div class="md" dir="auto">\(Markdown(newest.message).html)</div></article></section>
                <section><h2>Your update</h2>
                <form method="post" action="\(path)/updates">\(visit.csrfField)\(kept)\
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
    /// A warning for people who have not seen it.
    let sentence: String

    init<Event: ComposedEvent>(_ event: Event) {
        update = event.updates.last?.id.description ?? ""
        sentence = "There is a newer update."
    }

    var response: Response {
        get throws {
            Response(
                .ok, fields: [.contentType: "application/json; charset=utf-8"],
                body: Array(try JSONEncoder().encode(self)))
        }
    }
}
