import HTTPServer
import Markup
import Publishing
import StatusPages

/// The form in which people write an event or an update.
struct Composer<Event: ComposedEvent> {
    let visit: Visit
    let page: StatusPage
    /// Nil for a new event.
    let event: Event?
    let fields: Fields
    let reading: ComposerReading
    /// Whether the form has the values of the user's draft.
    var showsDraft = false

    func write(to html: inout HTML) {
        let path = event.map { "\($0.path(on: page))/updates" } ?? Event.listPath(on: page)
        let screen = event.map { $0.path(on: page) } ?? "\(Event.listPath(on: page))/new"
        let latest: HTML = event.map { " data-latest=\"\($0.path(on: page))/latest\"" } ?? ""
        html += fields.summary
        // Enter in a field presses the first button of a form. A hidden copy of "Review" comes first.
        html += """
            <form method="post" action="\(path)/review" id="compose" data-compose\(latest)>
            <button hidden></button>\(visit.csrfField)\(fields.hidden("key"))\(fields.hidden("after"))\
            <input type="hidden" name="kind" value="\(Event.kind.rawValue)">
            <input type="hidden" name="event" value="\(event?.id.description ?? "")">

            """
        if showsDraft, let draft = reading.draft { html += Drafts.notice(of: draft, on: page, at: visit.now) }
        html += TemplateChoice.html(reading.templates, fields, path: screen)
        if let event, event.updates.count >= Incident.mostUpdates {
            let closing = Event.word(for: Event.Status.closing)
            html += """
                <p class="note">The limit of \(Incident.mostUpdates) updates is reached. Only an update with the \
                status \(closing) can follow.</p>

                """
        }
        if event == nil { html += fields.text("name", "Name", attributes: " maxlength=\"200\"") }
        html += statuses
        html += fields.area(
            "message", "Message", hint: "Markdown, such as **bold** and [links](https://…).",
            attributes: " maxlength=\"4096\"")
        html += Self.preview
        html += TemplateFilling.html(fields)
        if event == nil { html += Event.ownFields(fields, page: page) }
        html += components
        html += fields.box("notify", "Notify subscribers", hint: subscribers)
        html += """
            <div class="finish"><p class="actions">
            <button class="main" data-review aria-keyshortcuts="Control+Enter Meta+Enter">Review</button>
            <button formaction="\(page.dashboardPath)/drafts" formnovalidate data-draft>Save draft</button>
            <button formaction="\(DashboardPlace.root)/preview" formtarget="_blank" formnovalidate data-preview>Preview</button></p>
            <p class="note" role="status" data-saved></p></div>
            </form>

            """
    }

    /// Scripts show the preview here.
    static var preview: HTML {
        """
        <section class="preview md" dir="auto" id="preview" aria-label="Preview of the message" hidden></section>

        """
    }

    private var statuses: HTML {
        let choices = event == nil ? Event.beginnings : Array(Event.Status.allCases)
        if choices.isEmpty { return "" }
        let unchanged = event == nil ? [] : [Fields.Option("", "Unchanged")]
        return fields.radios(
            "status", "Status", unchanged + choices.map { Fields.Option($0.rawValue, Event.word(for: $0)) })
    }

    private var components: HTML {
        guard let event else { return Event.componentFields(fields, page: page) }
        return ComponentFields.selects(
            Event.self, fields, page: page, unchanged: "Unchanged", now: event.affected)
    }

    private var subscribers: String {
        switch reading.subscribers {
        case 0: "The page has no subscribers that can be notified."
        case 1: "The page has 1 subscriber that can be notified."
        default: "The page has \(reading.subscribers) subscribers that can be notified."
        }
    }
}
