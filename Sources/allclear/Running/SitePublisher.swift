import Locking
import PublicPages
import StatusPages
import Storage

/// Keeps the public state, pages and widgets, in step with the database.
final class SitePublisher: Sendable {
    private struct State {
        var site: Site
        /// The current events of each page that is served.
        var events: [ID<StatusPage>: PageEvents] = [:]
    }

    /// The changes to the public state that a transaction is about to commit.
    private struct Prepared {
        let widgets: [WidgetCache.Prepared]
        let events: [ID<StatusPage>: PageEvents]
    }

    private let current: Locked<State>
    private let widgets: WidgetCache
    private let metrics: WriteMetrics

    /// - Parameter site: without pages. `refresh` reads them.
    init(_ site: Site, widgets: WidgetCache, metrics: WriteMetrics = WriteMetrics()) {
        self.metrics = metrics
        current = Locked(State(site: site))
        self.widgets = widgets
    }

    /// The current pages.
    var site: Site { current.withLock { $0.site } }

    /// The pages that are served, with their current events.
    var pages: [PageNow] {
        let state = current.withLock { $0 }
        return state.site.servedPages.map { PageNow(page: $0, events: state.events[$0.id] ?? PageEvents()) }
    }

    /// Builds the widgets of changed pages from the state that a transaction is about to commit. The `Writer` shows
    /// them after the commit and before the answer, so every later read sees every answered write.
    func publish(_ pages: Set<ID<StatusPage>>, _ state: ReadTransaction) throws -> @Sendable () -> Void {
        let prepared = try prepare(pages, of: site, state)
        return { [self] in
            current.withLock { $0.events.merge(prepared.events) { $1 } }
            widgets.show(prepared.widgets)
        }
    }

    /// Rebuilds everything, including the pages: at the start, and after another process has written.
    func refresh(_ state: ReadTransaction) throws -> @Sendable () -> Void {
        try refresh(state, serverURL: site.serverURL)
    }

    /// The same, with a new server URL.
    func refresh(_ state: ReadTransaction, serverURL: String) throws -> @Sendable () -> Void {
        let new = Site(pages: try state.pages(), serverURL: serverURL)
        let served = Set(new.servedPages.map(\.id))
        let prepared = try prepare(served, of: new, state)
        let gone = Set(site.pages.map(\.id)).subtracting(served).map(WidgetCache.Prepared.init(nothingOf:))
        return { [self] in
            current.withLock { $0 = State(site: new, events: prepared.events) }
            widgets.show(prepared.widgets + gone)
        }
    }

    private func prepare(
        _ pages: Set<ID<StatusPage>>, of site: Site, _ state: ReadTransaction
    ) throws -> Prepared {
        var allEvents: [ID<StatusPage>: PageEvents] = [:]
        let prepared = try pages.compactMap(site.servedPage).map { page in
            let start = ContinuousClock.now
            defer { metrics.noteSnapshots(ContinuousClock.now - start) }
            let events = PageEvents(
                incidents: try state.ongoingIncidents(of: page.id),
                maintenances: try state.unfinishedMaintenances(of: page.id))
            allEvents[page.id] = events
            return try widgets.prepare(page, serverURL: site.serverURL, events: events, at: Clock.now())
        }
        return Prepared(widgets: prepared, events: allEvents)
    }
}
