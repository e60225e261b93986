import Markup
import StatusPages

/// A month with the events that it has in the history.
struct HistoryMonth {
    let month: CalendarMonth
    /// Newest first.
    let events: [PageEvent]
}

extension SitePage {
    /// A page of the history.
    /// - Parameters:
    ///   - number: 1 for the one with the current month.
    ///   - months: newest first; see `CalendarMonth.page`.
    ///   - hasOlder: whether there is an event before these months.
    func historyPage(_ number: Int, months: [HistoryMonth], hasOlder: Bool) -> HTML {
        let title = texts.history.history
        let document = SiteDocument(
            place: Place(path: Place.history.path, number: number), title: title,
            description: "\(title) · \(scope.name)")
        return self.document(document) { html in
            html += """
                <p class="crumb"><a href="\(link(.front))" dir="auto">\(scope.name)</a></p>
                <h1>\(title)</h1>

                """
            for month in months {
                html += "<section data-month=\"\(month.month.id)\">\n<h2>\(texts.month(month.month))</h2>\n"
                if month.events.isEmpty { html += "<p class=\"note\">\(texts.history.emptyMonth)</p>\n" }
                for event in month.events { write(SiteEvent(event, components, texts), .month, to: &html) }
                html += "</section>\n"
            }
            // The list of pages must not be a second `<nav>`.
            if number > 1 || hasOlder {
                html += "<p class=\"pager\">"
                if number > 1 { html += turn(to: number - 1, "prev", texts.history.newer) }
                if hasOlder { html += turn(to: number + 1, "next", texts.history.older) }
                html += "</p>\n"
            }
        }
    }

    private func turn(to number: Int, _ relation: StaticString, _ text: String) -> HTML {
        let address = link(Place(path: Place.history.path, number: number))
        return "<a rel=\"\(HTML(stringLiteral: relation))\" href=\"\(address)\">\(text)</a> "
    }

    /// The page with status 404, for an unknown address below the page.
    func notFoundPage() -> HTML {
        let document = SiteDocument(title: texts.notFound, description: texts.notFoundExplanation, isLive: false)
        return self.document(document) { html in
            html += """
                <p class="crumb"><a href="\(link(.front))" dir="auto">\(scope.name)</a></p>
                <h1>\(texts.notFound)</h1>
                <p class="lead">\(texts.notFoundExplanation)</p>
                <p class="all"><a href="\(link(.front))">\(texts.toStatus)</a></p>

                """
        }
    }
}
