public import HTTPServer
import Locking
public import StatusPages
import Synchronization

/// The widget snapshots of all pages. The writer replaces them, and every event loop reads them.
///
/// Readers keep the last table and check a counter. While the counter is unchanged, a read takes no lock.
public final class WidgetCache: Sendable {
    private struct State {
        var table = WidgetTable.empty
        /// By page, so that a change replaces one page's entries and keeps the others.
        var entries: [ID<StatusPage>: [WidgetTable.Entry]] = [:]
    }

    /// The widgets of one page, ready to be shown.
    public struct Prepared: Sendable {
        let page: ID<StatusPage>
        let entries: [WidgetTable.Entry]

        init(page: ID<StatusPage>, entries: [WidgetTable.Entry]) {
            self.page = page
            self.entries = entries
        }

        /// For a page that no longer exists.
        public init(nothingOf page: ID<StatusPage>) { self.init(page: page, entries: []) }
    }

    /// Increases with every change, after the change is visible.
    let version = Atomic<Int>(0)
    private let state = Locked(State())
    private let announcer: Announcer

    /// - Parameter announcer: notifies the event loops of every change.
    public init(announcer: Announcer = Announcer()) { self.announcer = announcer }

    var table: WidgetTable { state.withLock { $0.table } }

    /// Builds the widgets of a page and its sub-pages, without showing them yet.
    public func prepare(
        _ page: StatusPage, serverURL: String, events: PageEvents, at now: Timestamp
    ) throws -> Prepared {
        guard page.isServed, page.isWidgetEnabled else { return Prepared(page: page.id, entries: []) }
        let previous = state.withLock { $0.entries[page.id] ?? [] }
        let builder = WidgetBuilder(page: page, serverURL: serverURL, events: events)
        var entries: [WidgetTable.Entry] = []
        func add(_ document: WidgetDocument, under path: String) throws {
            let body = try document.encoded()
            let addresses = Self.addresses(of: page, path)
            let before = previous.first { $0.address == addresses.first }?.snapshot
            let snapshot: WidgetSnapshot
            if let before, before.shows(body), before.cachePolicy == page.cachePolicy {
                snapshot = before
            } else {
                snapshot = WidgetSnapshot(
                    body, previous: before, now: Int(now.milliseconds / 1000), cachePolicy: page.cachePolicy)
            }
            entries += addresses.map { WidgetTable.Entry(address: $0, snapshot: snapshot) }
        }
        try add(builder.document(), under: "")
        for subPage in page.structure.subPages {
            try add(builder.document(of: subPage), under: "/\(subPage.key)")
        }
        return Prepared(page: page.id, entries: entries)
    }

    /// Shows prepared widgets to every read that begins after this returns.
    public func show(_ prepared: [Prepared]) {
        state.withLock { state in
            for page in prepared { state.entries[page.page] = page.entries }
            state.table = WidgetTable(state.entries.values.flatMap { $0 })
        }
        version.add(1, ordering: .releasing)
        announcer.announce()
    }

    /// An address under the server's host with the page's slug, and one under the page's domain if it has one.
    private static func addresses(of page: StatusPage, _ path: String) -> [WidgetAddress] {
        let bySlug = WidgetAddress(host: "", path: "/\(page.slug)\(path)")
        guard let domain = page.domain else { return [bySlug] }
        return [bySlug, WidgetAddress(host: domain, path: path)]
    }
}
