import Markup
import StatusPages

extension SitePage {
    /// The page of one incident or maintenance, with all its updates.
    func eventPage(_ event: PageEvent) -> HTML {
        let event = SiteEvent(event, components, texts)
        let kind = event.kind == .incident ? texts.events.incident : texts.events.maintenance
        let document = SiteDocument(
            place: Place(path: event.path), title: event.name, description: description(of: event), event: event)
        return self.document(document) { html in
            html += """
                <article class="event" \(hook(event))>
                <p class="crumb"><a href="\(link(.front))" dir="auto">\(scope.name)</a> · \(kind)</p>
                <h1 dir="auto">\(event.name)</h1>
                <p class="meta facts">\(facts(event))</p>

                """
            if event.kind == .maintenance, event.endedAt == nil {
                html +=
                    "<p class=\"all\"><a href=\"\(path("\(event.path).ics"))\">\(texts.events.addToCalendar)</a></p>\n"
            }
            if !event.affected.isEmpty {
                html += "<section id=\"affected\">\n<h2>\(texts.events.affectedComponents)</h2>\n"
                writeAffected(event.affected, isWhole: true, to: &html)
                html += "</section>\n"
            }
            html += "<section id=\"updates\">\n<h2>\(texts.events.updates)</h2>\n"
            writeUpdates(event.updates, to: &html)
            html += "</section>\n</article>\n"
        }
    }

    /// The status and the beginning of the newest message.
    private func description(of event: SiteEvent) -> String {
        let message = Markdown(event.updates.first?.message ?? "").plainText
        var text = String.UnicodeScalarView()
        for scalar in message.unicodeScalars.prefix(200) { text.append(scalar.properties.isWhitespace ? " " : scalar) }
        return "\(event.word) · \(String(text))"
    }
}
