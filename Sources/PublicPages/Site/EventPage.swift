import Markup
import StatusPages

extension SitePage {
    /// The page of one incident or maintenance, with all its updates.
    func eventPage(_ event: PageEvent) -> HTML {
        let event = SiteEvent(event, components, texts)
        let kind = event.kind == .incident ? texts.events.incident : texts.events.maintenance
        var contents: HTML = """
            <article class="event" \(hook(event))>
            <p class="crumb"><a href="\(link(.front))" dir="auto">\(scope.name)</a> · \(kind)</p>
            <h1 dir="auto">\(event.name)</h1>
            <p class="meta facts">\(facts(event))</p>

            """
        if event.kind == .maintenance, event.endedAt == nil {
            contents +=
                "<p class=\"all\"><a href=\"\(path("\(event.path).ics"))\">\(texts.events.addToCalendar)</a></p>\n"
        }
        if !event.affected.isEmpty {
            contents += "<section id=\"affected\">\n<h2>\(texts.events.affectedComponents)</h2>\n"
            writeAffected(event.affected, isWhole: true, to: &contents)
            contents += "</section>\n"
        }
        contents += "<section id=\"updates\">\n<h2>\(texts.events.updates)</h2>\n"
        writeUpdates(event.updates, to: &contents)
        contents += "</section>\n</article>\n"
        return document(
            SiteDocument(
                place: Place(path: event.path), title: event.name, description: description(of: event), event: event,
                contents: contents))
    }

    /// The status and the beginning of the newest message.
    private func description(of event: SiteEvent) -> String {
        let message = Markdown(event.updates.first?.message ?? "").plainText.unicodeScalars
            .prefix(200)
            .map { $0.properties.isWhitespace ? " " : $0 }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: message)
        return "\(event.word) · \(String(text))"
    }
}
