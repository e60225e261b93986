import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Edit text": corrects the message of a published update. Nobody is notified.
enum EditTextScreen<Event: ComposedEvent> {
    static func add(to router: inout Router<Screen>) {
        let path = "\(EventScreens<Event>.list)/{id}/updates/{update}"
        router.add(.get, path, .user(as: .statusPagePublisher) { .respond(try show($0)) })
        // If a form arrives without a session, its text is shown again after the log-in.
        let keepText: @Sendable (Visit) throws -> Outcome = { visit in
            let (page, event, update) = try find(visit)
            return .respond(form(visit, page, event, update, Fields(visit.form)))
        }
        router.add(.post, path, .user(as: .statusPagePublisher, keepText: keepText, save))
    }

    private static func show(_ visit: Visit) throws -> Response {
        let (page, event, update) = try find(visit)
        return form(
            visit, page, event, update, Fields(URLEncodedForm([URLEncodedForm.Field("message", update.message)])))
    }

    private static func find(_ visit: Visit) throws -> (StatusPage, Event, Event.Update) {
        let page = try visit.page()
        let event = try visit.context.store.read { try Event.find(visit.parameters[1], on: page, in: $0) }
        guard let update = event.updates.first(where: { $0.id.description == visit.parameters[2] }) else {
            throw NotFound("update")
        }
        return (page, event, update)
    }

    private static func form(
        _ visit: Visit, _ page: StatusPage, _ event: Event, _ update: Event.Update, _ fields: Fields
    ) -> Response {
        let path = event.path(on: page)
        return ScreenPage(
            visit: visit, title: "Edit text", page: page, tab: Event.words.tab,
            crumbs: [(Event.words.list, Event.listPath(on: page)), (event.name, path)]
        ) { html in
            html += """
                \(fields.summary)<p class="lead">\(Event.word(for: update.status)), \(visit.zone.time(update.publishedAt))</p>
                <p class="note">The page, the feeds and the widget show the new text. Nobody is notified.</p>
                <form method="post" action="\(path)/updates/\(update.id.description)" data-compose>\(visit.csrfField)\
                <button hidden></button>\
                \(fields.area("message", "Message", rows: 10, attributes: " maxlength=\"4096\""))\
                \(Composer<Event>.preview)\
                <p class="actions"><button class="main" data-review>Save text</button>
                <button formaction="\(DashboardPlace.root)/preview" formtarget="_blank" formnovalidate data-preview>Preview</button>
                <a class="button" href="\(path)">Cancel</a></p>
                </form>

                """
        }.response(fields.faults.isEmpty ? .ok : .unprocessableContent)
    }

    private static func save(_ visit: Visit) throws -> Outcome {
        let (page, event, update) = try find(visit)
        // Browsers send CR LF.
        let message = (visit.form["message"] ?? "").replacing("\r\n", with: "\n")
        let recover: @Sendable (any Error) throws -> Outcome = { error in
            guard let faults = EventScreens<Event>.faults(of: error) else { throw error }
            return .respond(form(visit, page, event, update, Fields(visit.form, faults: faults)))
        }
        return visit.write(as: .statusPagePublisher, recover: recover) { transaction, _ in
            _ = try visit.context.publishing.edit(update.id, of: event.id, message: message, in: transaction)
            return .redirect(event.path(on: page), .saved)
        }
    }
}
