import HTTPServer
import HTTPTypes
import Markup
import PublicPages
import Publishing
import StatusPages

/// An incident or a maintenance: its current state, its updates, and the forms to change it.
struct EventScreen<Event: ComposedEvent> {
    /// How many of the newest updates are shown at first.
    private static var mostUnfolded: Int { 10 }

    let visit: Visit
    let page: StatusPage
    let reading: EventReading<Event>
    /// The entered values; nil before anything is entered.
    let entered: Fields?
    /// Whether the entered values are the user's draft.
    var showsDraft = false

    private var event: Event { reading.event }

    func response(_ status: HTTPResponse.Status) -> Response {
        let fields = self.fields
        return ScreenPage(
            visit: visit, title: event.name, page: page, tab: Event.words.tab,
            crumbs: [(Event.words.list, Event.listPath(on: page))], actions: view
        ) { html in
            html += HeldNotification(visit: visit, page: page, reading: reading).html
            html += """
                <p class="now">\(EventViews.progress(event)) <span>\(event.when(in: visit.zone))</span></p>
                \(event.details(in: visit.zone))\(affected)
                """
            if visit.may(.statusPagePublisher) {
                html += event.ownActions(visit, on: page)
                writeComposer(fields, to: &html)
            }
            writeTimeline(to: &html)
            if visit.may(.statusPagePublisher) { writeForms(fields, to: &html) }
        }.response(status)
    }

    private var view: HTML {
        guard page.hasSite else { return "" }
        let url = "\(page.publicURL(serverURL: visit.context.site.serverURL))/\(Event.words.path)/\(event.id)"
        return "<p class=\"actions\"><a class=\"button\" href=\"\(url: url)\">View on page</a></p>"
    }

    /// The values of all forms on the screen. Their names differ.
    private var fields: Fields {
        guard let entered else { return Fields(visit.keyed(reading.emptyForm(in: visit.zone))) }
        let missing = reading.unchanging(in: visit.zone).filter { entered.values[$0.name] == nil }
        return Fields(visit.keyed(URLEncodedForm(entered.values.fields + missing)), faults: entered.faults)
    }

    private var affected: HTML {
        let now = event.affected
        let rows = page.structure.placements.compactMap { placement -> HTML? in
            guard let status = now[placement.component.id] else { return nil }
            return """
                <li data-status="\(status.rawValue)"><span dir="auto">\(ComponentFields.path(of: placement, on: page))</span> \
                \(EventViews.status(Event.word(for: status)))</li>

                """
        }
        if rows.isEmpty { return "" }
        return "<ul class=\"affected\" aria-label=\"Affected components\">\(rows)</ul>\n"
    }

    private func writeComposer(_ fields: Fields, to html: inout HTML) {
        html += "<section><h2 id=\"update\">Post an update</h2>\n"
        // Only the update that ends an event may be beyond the limit.
        if event.isOver, event.updates.count >= Incident.mostUpdates {
            html += """
                <p class="empty">The limit of \(Incident.mostUpdates) updates is reached, and the \(Event.words.noun) \
                is over. No update can follow.</p></section>

                """
            return
        }
        Composer<Event>(
            visit: visit, page: page, event: event, fields: fields, reading: reading.composer, showsDraft: showsDraft
        ).write(to: &html)
        html += "</section>\n"
    }

    private func writeTimeline(to html: inout HTML) {
        let names = Dictionary(
            page.structure.placements.map { ($0.component.id, ComponentFields.path(of: $0, on: page)) }
        ) { first, _ in first }
        let items = event.updates.enumerated().reversed().map { index, update in
            item(update, by: reading.authors[index], names)
        }
        html += """
            <section><h2>Updates</h2>
            <ol class="updates timeline" reversed start="\(items.count)">
            \(items.prefix(Self.mostUnfolded))</ol>

            """
        let earlier = items.dropFirst(Self.mostUnfolded)
        if !earlier.isEmpty {
            html += """
                <details><summary>\(earlier.count == 1 ? "1 earlier update" : "\(earlier.count) earlier updates")</summary>
                <ol class="updates timeline" reversed>
                \(earlier)</ol></details>

                """
        }
        html += "</section>\n"
    }

    /// - Parameter names: of the page's components.
    private func item(_ update: Event.Update, by author: UpdateAuthor?, _ names: [ID<Component>: String]) -> HTML {
        let path = "\(event.path(on: page))/updates/\(update.id)"
        let id = "update-\(update.id)"
        let edit: HTML =
            visit.may(.statusPagePublisher)
            ? "<p class=\"note\"><a class=\"act\" href=\"\(path)\" aria-describedby=\"\(id)\">Edit text</a></p>" : ""
        let edited: HTML = update.editedAt.map { "<span>edited \(visit.zone.time($0))</span>" } ?? ""
        return """
            <li><p id="\(id)"><strong>\(Event.word(for: update.status))</strong> \(visit.zone.time(update.publishedAt)) \
            \(author.map { "<span class=\"note\">by \($0.title)</span> " as HTML } ?? "")\
            <span class="note">\(notified(update))</span> \(edited)</p>
            <div class="md" dir="auto">\(Markdown(update.message).html)</div>\(components(of: update, names))\(edit)</li>

            """
    }

    private func notified(_ update: Event.Update) -> String {
        guard let notification = reading.notifications[update.id.ulid], !notification.wasStopped else {
            return "Nobody was notified"
        }
        guard let end = notification.heldUntil, end > visit.now else { return "Subscribers were notified" }
        return "Subscribers will be notified"
    }

    /// The statuses that an update gave components.
    private func components(of update: Event.Update, _ names: [ID<Component>: String]) -> HTML {
        let items = update.componentStatuses.compactMap { change in
            names[change.componentID].map {
                "<li data-status=\"\(change.status.rawValue)\"><span dir=\"auto\">\($0)</span> \(EventViews.status(Event.word(for: change.status)))</li>"
                    as HTML
            }
        }
        return items.isEmpty ? "" : "<ul class=\"affected\">\(items)</ul>\n"
    }

    private func writeForms(_ fields: Fields, to html: inout HTML) {
        let path = event.path(on: page)
        let noun = Event.words.noun
        html += event.ownForms(visit, on: page, fields)
        html += """
            <section><h2>Name</h2>
            <form method="post" action="\(path)/rename">\(visit.csrfField)\
            \(fields.text("name", "New name", attributes: " maxlength=\"200\""))\
            <p class="actions"><button>Rename</button></p>
            </form></section>
            <section><h2>Delete</h2>
            <p class="note">The \(noun) and all its updates disappear from the page, and nobody is notified. This \
            cannot be undone.</p>
            <form method="post" action="\(path)/delete">\(visit.csrfField)\
            \(fields.text("typed", "Type the name", hint: event.name, attributes: " autocomplete=\"off\""))\
            <p class="actions"><button class="danger">Delete \(noun)</button></p>
            </form></section>

            """
    }
}

extension ComposedEvent {
    /// When the event happened, in one line.
    func when(in zone: Zone) -> HTML {
        switch pageEvent {
        case .incident:
            if let ended = pageEvent.endedAt {
                let length = Length.text(milliseconds: ended.milliseconds - publishedAt.milliseconds)
                return "\(zone.time(publishedAt)), lasted \(length)"
            }
            return "since \(zone.time(publishedAt))"
        case .maintenance(let maintenance):
            return "\(zone.time(maintenance.window.startAt)) to \(zone.time(maintenance.window.endAt))"
        }
    }
}
