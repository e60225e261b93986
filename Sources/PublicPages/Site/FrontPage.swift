import Markup
import StatusPages

extension SitePage {
    /// The front page shows at most this many ended events, from this many days.
    static let mostPast = 20
    static let pastDays = 14

    /// The page with the state.
    /// - Parameters:
    ///   - bars: the uptime bars to show, by the ids of their components and groups.
    ///   - past: the events that ended in the last 14 days, newest first, 20 at most.
    func frontPage(bars: [ULID: UptimeBar], past: [PageEvent]) -> HTML {
        let document = SiteDocument(
            place: .front, title: texts.word(state.overall), description: summary,
            size: 20_000 + UptimeWriter.mostBytes * bars.count)
        return self.document(document) { html in
            writeTitle(to: &html)
            html += banner
            let incidents = state.incidents.lazy.map { SiteEvent($0, components, texts) }
            section("incidents", texts.ongoingIncidents, incidents, to: &html)
            let (inProgress, scheduled) = maintenances
            section("in-progress", texts.maintenanceInProgress, inProgress, to: &html)
            writeComponents(bars, to: &html)
            section("scheduled", texts.scheduledMaintenance, scheduled, to: &html)
            writePast(past, to: &html)
        }
    }

    private func writeTitle(to html: inout HTML) {
        if scope.subPage != nil {
            let page: HTML = "<a href=\"\(link(toSubPage: nil))\" dir=\"auto\">\(scope.page.name)</a>"
            html += "<p class=\"crumb\">\(texts.events.partOf(page))</p>\n"
        }
        html += "<h1 dir=\"auto\">\(scope.name)</h1>\n"
        if scope.subPage == nil, let description = scope.page.description, !description.isEmpty {
            html += "<p class=\"lead\" dir=\"auto\">\(description)</p>\n"
        }
    }

    /// The state and the newest ongoing event, in words.
    private var summary: String {
        let event = state.incidents.first?.name ?? state.maintenances.first { $0.status == .inProgress }?.name
        return [texts.word(state.overall), event].compactMap(\.self).joined(separator: " · ")
    }

    private var maintenances: (inProgress: [SiteEvent], scheduled: [SiteEvent]) {
        func events(_ status: Maintenance.Status) -> [SiteEvent] {
            state.maintenances.filter { $0.status == status }.map { SiteEvent($0, components, texts) }
        }
        return (events(.inProgress), events(.scheduled))
    }

    private func section(
        _ id: StaticString, _ title: String, _ events: some Collection<SiteEvent>, to html: inout HTML
    ) {
        if events.isEmpty { return }
        html += "<section id=\"\(HTML(stringLiteral: id))\">\n<h2>\(title)</h2>\n"
        for event in events { write(event, .current, to: &html) }
        html += "</section>\n"
    }

    private func writePast(_ events: [PageEvent], to html: inout HTML) {
        html += "<section id=\"past\">\n<h2>\(texts.lastFourteenDays)</h2>\n"
        if events.isEmpty { html += "<p class=\"note\">\(texts.nothingEnded)</p>\n" }
        for event in events { write(SiteEvent(event, components, texts), .past, to: &html) }
        html += "<p class=\"all\"><a href=\"\(link(.history))\">\(texts.history.history)</a></p>\n</section>\n"
    }

    // MARK: State

    private var banner: HTML {
        """
        <div id="state" role="status" data-state="\(state.overall.rawValue)">\
        <svg viewBox="0 0 28 28" aria-hidden="true">\(Self.mark(state.overall))</svg>\
        <p>\(texts.word(state.overall))</p></div>

        """
    }

    /// The state as a shape, the same as the page's icon, with a sign in it.
    private static func mark(_ state: OverallStatus) -> HTML {
        switch state {
        case .operational: "<path d=\"M14 1a13 13 0 1 1 0 26 13 13 0 0 1 0-26\"/><path d=\"m8.5 14.5 4 4 7-8\"/>"
        case .incident: "<path d=\"M14 1a13 13 0 1 1 0 26 13 13 0 0 1 0-26\"/><path d=\"M14 8v7m0 5v.01\"/>"
        case .underMaintenance:
            "<path d=\"M6 2h16a4 4 0 0 1 4 4v16a4 4 0 0 1-4 4H6a4 4 0 0 1-4-4V6a4 4 0 0 1 4-4\"/><path d=\"M14 8v6l4 3\"/>"
        case .degradedPerformance: "<path d=\"m14 2 13 24H1z\"/><path d=\"M14 11v6m0 5v.01\"/>"
        case .partialOutage: "<path d=\"m14 0 14 14-14 14L0 14z\"/><path d=\"M14 8v7m0 5v.01\"/>"
        case .fullOutage:
            "<path d=\"M8.6 1h10.8L27 8.6v10.8L19.4 27H8.6L1 19.4V8.6z\"/><path d=\"m10 10 8 8m0-8-8 8\"/>"
        }
    }
}
