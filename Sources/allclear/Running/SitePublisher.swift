import Locking
import PublicPages
import StatusPages
import Storage

/// Keeps the public view, all pages and their documents, in step with the database.
final class SitePublisher: Sendable {
    private let current: Locked<Site>
    let documents: DocumentCache
    private let metrics: WriteMetrics

    /// - Parameter site: without pages. `refresh` reads them.
    init(_ site: Site, documents: DocumentCache, metrics: WriteMetrics = WriteMetrics()) {
        self.metrics = metrics
        current = Locked(site)
        self.documents = documents
    }

    /// The current pages.
    var site: Site { current.withLock { $0 } }

    /// Builds the documents of pages whose events changed, from the state that a transaction is about to commit. The
    /// `Writer` shows them after the commit and before the answer, so every later read sees every answered write.
    func publish(
        _ changed: [ID<StatusPage>: ChangedEvents], _ transaction: ReadTransaction
    ) throws -> @Sendable () -> Void {
        let states = Dictionary(uniqueKeysWithValues: documents.states.map { ($0.page.id, $0) })
        let prepared = try changed.compactMap { page, events in
            try states[page].map { state in
                try measured {
                    documents.prepare(try transaction.state(state, after: events), after: events, at: Clock.now())
                }
            }
        }
        return { [documents] in documents.show(prepared) }
    }

    /// Rebuilds everything, including the pages: at the start, and after another process has written.
    func refresh(_ transaction: ReadTransaction) throws -> @Sendable () -> Void {
        try refresh(transaction, serverURL: site.serverURL)
    }

    /// The same, with a new server URL.
    func refresh(_ transaction: ReadTransaction, serverURL: String) throws -> @Sendable () -> Void {
        let new = Site(pages: try transaction.pages(), serverURL: serverURL)
        let prepared = try new.servedPages.map { page in
            try measured { documents.prepare(try transaction.state(of: page, serverURL: serverURL), at: Clock.now()) }
        }
        let gone = Set(site.pages.map(\.id)).subtracting(new.servedPages.map(\.id))
        return { [self] in
            current.withLock { $0 = new }
            documents.show(prepared + gone.map(DocumentCache.Prepared.init(nothingOf:)))
        }
    }

    private func measured(_ prepare: () throws -> DocumentCache.Prepared) rethrows -> DocumentCache.Prepared {
        let start = ContinuousClock.now
        defer { metrics.noteSnapshots(ContinuousClock.now - start) }
        return try prepare()
    }
}
