import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Incidents" and "Maintenance": all events of a page, newest first.
enum EventListScreen<Event: ComposedEvent> {
    private static var perScreen: Int { 50 }
    private static var open: String { "open" }

    static func show(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        var search = EventSearch()
        search.text = visit.query.trimmed("search")
        switch visit.query["status"] ?? "" {
        case "": break
        case open: search.progress = .open
        case let status: search.progress = .status(status)
        }
        let after = visit.query["after"].flatMap(ID<Event>.init)
        // Reads one more than the screen shows, to know whether there are older ones.
        let found = try visit.context.store.read {
            try Event.search(search, of: page.id, after: after, limit: perScreen + 1, in: $0)
        }
        let events = found.prefix(perScreen)
        return ScreenPage(
            visit: visit, title: Event.words.list, page: page, tab: Event.words.tab, actions: actions(visit, page)
        ) { html in
            let isFiltered = search != EventSearch() || after != nil
            if events.isEmpty, !isFiltered {
                html += "<p class=\"empty\">\(Event.words.isEmpty)</p>\n"
                return
            }
            html += filter(visit, on: page)
            if events.isEmpty { html += "<p class=\"empty\">Nothing matches. Change the filter.</p>\n" }
            html += "<ul class=\"cards events\">\(events.map { card(of: $0, on: page, visit) })</ul>\n"
            if found.count > perScreen, let last = events.last { html += older(than: last, on: page, visit) }
        }.response()
    }

    private static func actions(_ visit: Visit, _ page: StatusPage) -> HTML {
        // The header has a link to publish an incident on every screen.
        guard visit.may(.statusPagePublisher), Event.words.tab == .maintenances else { return "" }
        return """
            <p class="actions"><a class="button" href="\(Event.listPath(on: page))/new">\(Event.words.new)</a></p>
            """
    }

    private static func filter(_ visit: Visit, on page: StatusPage) -> HTML {
        let fields = Fields(visit.query)
        let statuses =
            [Fields.Option("", "All"), Fields.Option(open, "Not over")]
            + Event.Status.allCases.map { Fields.Option($0.rawValue, Event.word(for: $0)) }
        return """
            <form method="get" action="\(Event.listPath(on: page))" class="filter">
            \(fields.select("status", "Status", statuses))\
            \(fields.text("search", "Search", type: .search, isRequired: false))\
            <p class="actions"><button>Filter</button></p>
            </form>

            """
    }

    private static func card(of event: Event, on page: StatusPage, _ visit: Visit) -> HTML {
        let updates = event.updates.count == 1 ? "1 update" : "\(event.updates.count) updates"
        let mark: HTML = event.isOver ? " class=\"over\"" : ""
        return """
            <li\(mark)><h2 dir="auto"><a href="\(event.path(on: page))">\(event.name)</a></h2>
            <p class="note">\(EventViews.progress(event)) <span>\(event.when(in: visit.zone))</span> <span>\(updates)</span></p></li>

            """
    }

    private static func older(than last: Event, on page: StatusPage, _ visit: Visit) -> HTML {
        let query = visit.query.with(["after": last.id.description, "done": nil]).encoded
        return "<p class=\"pager\"><a class=\"button\" href=\"\(Event.listPath(on: page))?\(query)\">Older</a></p>\n"
    }
}

extension EventViews {
    /// The status of an event in words.
    static func progress<Event: ComposedEvent>(_ event: Event) -> HTML {
        "<strong class=\"progress\">\(Event.word(for: event.status))</strong>"
    }
}
