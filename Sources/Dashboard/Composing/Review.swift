import HTTPServer
import HTTPTypes
import Markup
import Notifications
import PublicPages
import Publishing
import StatusPages

/// "Review": what the page will show, and who will be notified, before anything is published.
struct Review<Event: ComposedEvent> {
    let visit: Visit
    let page: StatusPage
    /// The event with the new update, which is not stored yet.
    let event: Event
    let isNew: Bool
    /// How many subscribers will be notified.
    let recipients: Int

    var response: Response {
        let list = Event.listPath(on: page)
        let path = isNew ? list : "\(event.path(on: page))/updates"
        let back = isNew ? "\(list)/new" : event.path(on: page)
        let serverURL = visit.context.site.serverURL
        return ScreenPage(
            visit: visit, title: "Review", page: page, tab: Event.words.tab,
            crumbs: [(Event.words.list, list)] + (isNew ? [] : [(event.name, back)])
        ) { html in
            html += "<section class=\"shown\"><h2>As the page shows it</h2>\n"
            html += PublicPages.preview(event.pageEvent, on: page, serverURL: serverURL)
            html += "</section>\n"
            html += event.details(in: WindowFields.zone(visit.form) ?? visit.zone)
            html += "<p class=\"notified\">\(notified)</p>\n"
            html += """
                <form method="post" action="\(path)" data-compose>\(visit.csrfField)\(kept)
                <p class="actions finish"><button class="main" data-review>\(isNew ? Event.words.publish : "Publish")</button>
                <button formaction="\(back)">Back to editing</button></p>
                </form>

                """
            if recipients > 0, let announcement = event.announcement(on: page, serverURL: serverURL) {
                html += """
                    <section><h2>Email</h2>
                    <p class="note" dir="auto">Subject: \(announcement.mailSubject)</p>
                    <pre class="mail" dir="auto" tabindex="0" role="region" aria-label="Text of the email">\(announcement.mailText)</pre>
                    </section>

                    """
            }
        }.response()
    }

    private var notified: String {
        switch recipients {
        case 0: "Nobody will be notified."
        case 1: "1 subscriber will be notified."
        default: "\(recipients) subscribers will be notified."
        }
    }

    /// All fields of the form, so that nothing is lost on the way back.
    private var kept: [HTML] {
        visit.form.fields.filter { $0.name != "csrf" && !$0.value.isEmpty }.map {
            "<input type=\"hidden\" name=\"\($0.name)\" value=\"\($0.value)\">\n"
        }
    }
}
