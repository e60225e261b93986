import Markup
import StatusPages

/// The list that shows an event. It decides how much of the event is shown.
enum EventView {
    /// Among those that are not over.
    case current
    /// Among those that ended recently.
    case past
    /// Among all of a month: only with its newest message.
    case month
}

extension SitePage {
    /// How many updates of an event the front page shows.
    static let mostUpdates = 5
    /// How many components of an event are shown at first, so that its newest message stays in view.
    private static let mostAffected = 4

    /// Writes an event in a list.
    func write(_ event: SiteEvent, _ view: EventView, isLinked: Bool = true, to html: inout HTML) {
        html += "<article \(hook(event))>\n"
        html +=
            isLinked
            ? "<h3><a href=\"\(link(Place(path: event.path)))\" dir=\"auto\">\(event.name)</a></h3>\n"
            : "<h3 dir=\"auto\">\(event.name)</h3>\n"
        html += "<p class=\"meta\">\(facts(event))</p>\n"
        switch view {
        case .current:
            writeAffected(event.affected, to: &html)
            writeUpdates(event.updates.prefix(Self.mostUpdates), to: &html)
            if isLinked { writeLink(to: event, to: &html) }
        case .past:
            writeUpdates(event.updates.prefix(1), to: &html)
            let earlier = event.updates.prefix(Self.mostUpdates).dropFirst()
            if !earlier.isEmpty || !event.affected.isEmpty {
                let summary =
                    earlier.isEmpty ? texts.events.details : texts.events.earlierUpdates(event.updates.count - 1)
                html += "<details class=\"rest\"><summary>\(summary)</summary>\n"
                writeAffected(event.affected, to: &html)
                writeUpdates(earlier, to: &html)
                writeLink(to: event, to: &html)
                html += "</details>\n"
            }
        case .month: writeUpdates(event.updates.prefix(1), to: &html)
        }
        html += "</article>\n"
    }

    /// The attributes that identify an event, first its id.
    func hook(_ event: SiteEvent) -> HTML {
        switch event.kind {
        case .incident:
            "data-incident=\"\(event.id)\" data-status=\"\(event.status)\" data-impact=\"\(event.impact.rawValue)\""
        case .maintenance: "data-maintenance=\"\(event.id)\" data-status=\"\(event.status)\""
        }
    }

    /// The status, the impact and the time of an event.
    func facts(_ event: SiteEvent) -> HTML {
        if let window = event.window {
            let time = texts.events.between(texts.time(window.startAt), texts.time(window.endAt))
            return "\(HTML.status(event.word)) <span>\(time)</span>"
        }
        let impact = HTML.status(texts.word(event.impact))
        let isHarmless = event.impact == .operational
        if let endedAt = event.endedAt {
            let time = texts.events.between(texts.time(event.publishedAt), texts.time(endedAt))
            let length = texts.length(milliseconds: endedAt.milliseconds - event.publishedAt.milliseconds)
            let worst: HTML = isHarmless ? "" : " <span>\(texts.events.worstImpact(impact))</span>"
            return """
                <strong>\(event.word)</strong>\(worst) <span>\(time)</span> <span>\(texts.events.duration(length))</span>
                """
        }
        let status: HTML = isHarmless ? HTML.status(event.word) : "\(impact) <strong>\(event.word)</strong>"
        return "\(status) <span>\(texts.events.since(texts.time(event.publishedAt)))</span>"
    }

    /// Writes the components of an event. Those after the first few are behind a summary.
    func writeAffected(_ components: [SiteEvent.Affected], isWhole: Bool = false, to html: inout HTML) {
        if components.isEmpty { return }
        // One more component takes no more room than the summary that would hide it.
        let isShort = isWhole || components.count <= Self.mostAffected + 1
        let first = isShort ? components.count : Self.mostAffected
        html += "<ul class=\"affected\" aria-label=\"\(texts.events.affectedComponents)\">"
        for component in components.prefix(first) { write(component, to: &html) }
        html += "</ul>\n"
        if isShort { return }
        let rest = texts.events.moreComponents(components.count - first)
        html += "<details class=\"more\"><summary>\(rest)</summary>"
        html += "<ul class=\"affected\" aria-label=\"\(texts.events.affectedComponents)\">"
        for component in components.dropFirst(first) { write(component, to: &html) }
        html += "</ul></details>\n"
    }

    private func write(_ component: SiteEvent.Affected, to html: inout HTML) {
        html += """
            <li data-affected="\(component.id)" data-status="\(component.status.rawValue)">\
            <bdi>\(component.name)</bdi> \(HTML.status(texts.word(component.status)))</li>
            """
    }

    func writeUpdates(_ updates: some Sequence<SiteEvent.Update>, to html: inout HTML) {
        var isEmpty = true
        for update in updates {
            if isEmpty { html += "<ol class=\"updates\">\n" }
            isEmpty = false
            let edited: HTML = update.editedAt.map { _ in " <span class=\"note\">\(texts.events.edited)</span>" } ?? ""
            html += """
                <li data-update="\(update.id)" data-status="\(update.status)">\
                <p><strong>\(update.word)</strong> \(texts.time(update.publishedAt))\(edited)</p>\
                <div class="md" dir="auto">\(Markdown(update.message).html)</div></li>

                """
        }
        if !isEmpty { html += "</ol>\n" }
    }

    /// Writes a link to all updates, if not all are shown.
    private func writeLink(to event: SiteEvent, to html: inout HTML) {
        guard event.updates.count > Self.mostUpdates else { return }
        let text = texts.events.allUpdates(event.updates.count)
        html += "<p class=\"all\"><a href=\"\(link(Place(path: event.path)))\">\(text)</a></p>\n"
    }
}
