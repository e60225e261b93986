public import HTTPServer
import Locking
public import StatusPages
public import Storage
import Synchronization

/// The current editions of all pages. The writer replaces them, and every event loop reads them.
///
/// Readers keep what they saw last and check a counter. While the counter is unchanged, a read takes no lock.
public final class DocumentCache: Sendable {
    /// The state that readers see.
    struct Contents: Sendable {
        fileprivate(set) var table = DocumentTable.empty
        /// In the order of the table.
        fileprivate(set) var editions: [Edition] = []

        func edition(of page: ID<StatusPage>) -> Edition? { editions.first { $0.state.page.id == page } }
    }

    /// The next edition of one page, ready to be shown.
    public struct Prepared: Sendable {
        let page: ID<StatusPage>
        let edition: Edition?

        /// For a page that is not served.
        public init(nothingOf page: ID<StatusPage>) { self.init(page: page, edition: nil) }

        init(page: ID<StatusPage>, edition: Edition?) {
            self.page = page
            self.edition = edition
        }
    }

    /// Increases with every change, after the change is visible.
    let version = Atomic<Int>(0)
    private let current = Locked(Contents())
    private let announcer: Announcer
    private let followers = Locked<[@Sendable () -> Bool]>([])

    /// - Parameter announcer: notifies the event loops of every change.
    public init(announcer: Announcer = Announcer()) { self.announcer = announcer }

    var contents: Contents { current.withLock { $0 } }

    /// The states of all pages that are served.
    public var states: [PageState] { contents.editions.map(\.state) }

    /// Builds the next edition of a page, without showing it yet.
    /// - Parameters:
    ///   - changed: the events that changed since the current edition, if nothing else did. Nil: anything may have
    ///     changed.
    ///   - hasTags: whether documents have the keys by which caches purge them. Nil: as in the current edition.
    public func prepare(
        _ state: PageState, after changed: ChangedEvents? = nil, hasTags: Bool? = nil, at now: Timestamp
    ) -> Prepared {
        guard state.page.isServed else { return Prepared(nothingOf: state.page.id) }
        let edition = Edition(
            state, previous: contents.edition(of: state.page.id), changed: changed, hasTags: hasTags,
            now: Int(now.milliseconds / 1000))
        return Prepared(page: state.page.id, edition: edition)
    }

    /// Makes new editions of the pages that are out of date, because documents show the most recent days and the
    /// lengths of ongoing events. Call it often.
    public func keepCurrent(at now: Timestamp) {
        let second = Int(now.milliseconds / 1000)
        let isChanged = current.withLock { contents in
            let over = contents.editions.indices.filter { contents.editions[$0].isOver(at: second) }
            for index in over { contents.editions[index] = Edition(contents.editions[index], at: second) }
            return !over.isEmpty
        }
        if isChanged { announceChange() }
    }

    /// Shows prepared editions to every read that begins after this returns.
    public func show(_ prepared: [Prepared]) {
        current.withLock { contents in
            var isSameTable = true
            for page in prepared {
                let index = contents.editions.firstIndex { $0.state.page.id == page.page }
                switch (index, page.edition) {
                case (let index?, let edition?):
                    if contents.editions[index].catalog !== edition.catalog { isSameTable = false }
                    contents.editions[index] = edition
                case (let index?, nil):
                    contents.editions.remove(at: index)
                    isSameTable = false
                case (nil, let edition?):
                    contents.editions.append(edition)
                    isSameTable = false
                case (nil, nil): break
                }
            }
            if !isSameTable { contents.table = DocumentTable(contents.editions.map(\.catalog)) }
        }
        announceChange()
    }

    /// Adds a function that is called after every change. It must not block. It returns false if it needs no
    /// more calls.
    func onChange(_ call: @escaping @Sendable () -> Bool) { followers.withLock { $0.append(call) } }

    private func announceChange() {
        version.add(1, ordering: .releasing)
        announcer.announce()
        followers.withLock { $0.removeAll { call in !call() } }
    }
}
