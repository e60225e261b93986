import PublicPages
import StatusPages
import Storage

/// Makes the widgets of changed pages from what a transaction is about to commit: the `Writer` shows them after the
/// commit and before it answers, which is how every later read sees every answered write.
struct WidgetPublisher: Sendable {
    let site: Site
    let widgets: WidgetCache

    func publish(_ pages: Set<ID<StatusPage>>, _ state: ReadTransaction) throws -> @Sendable () -> Void {
        let prepared = try pages.compactMap(site.servedPage).map { page in
            let events = PageEvents(
                incidents: try state.ongoingIncidents(of: page.id),
                maintenances: try state.unfinishedMaintenances(of: page.id))
            return try widgets.prepare(page, serverURL: site.serverURL, events: events, at: Clock.now())
        }
        return { widgets.show(prepared) }
    }
}
