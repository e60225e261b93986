import Locking
import PublicPages
import StatusPages
import Storage

/// Keeps the public view, all pages and their documents, in step with the database.
final class SitePublisher: Sendable {
    /// The settings on which documents depend, besides those of their pages.
    struct Settings {
        /// Without a trailing slash.
        var serverURL: String
        /// Whether the server can send email.
        var hasMail = false
        /// Whether documents have the keys by which caches purge them.
        var hasTags = false
    }

    private let current: Locked<(site: Site, settings: Settings)>
    let documents: DocumentCache
    private let metrics: WriteMetrics

    /// It has no pages before the first `refresh`.
    init(_ settings: Settings, documents: DocumentCache, metrics: WriteMetrics) {
        self.metrics = metrics
        current = Locked((Site(pages: [], serverURL: settings.serverURL), settings))
        self.documents = documents
    }

    /// The current pages.
    var site: Site { current.withLock { $0.site } }

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
        try refresh(transaction, current.withLock { $0.settings })
    }

    /// Rebuilds everything with new settings.
    func refresh(_ transaction: ReadTransaction, _ settings: Settings) throws -> @Sendable () -> Void {
        let new = Site(pages: try transaction.pages(), serverURL: settings.serverURL)
        let prepared = try new.servedPages.map { page in
            try measured {
                let state = try transaction.state(
                    of: page, serverURL: settings.serverURL, hasMail: settings.hasMail)
                return documents.prepare(state, hasTags: settings.hasTags, at: Clock.now())
            }
        }
        let gone = Set(site.pages.map(\.id)).subtracting(new.servedPages.map(\.id))
        return { [self] in
            current.withLock { $0 = (new, settings) }
            documents.show(prepared + gone.map(DocumentCache.Prepared.init(nothingOf:)))
        }
    }

    private func measured(_ prepare: () throws -> DocumentCache.Prepared) rethrows -> DocumentCache.Prepared {
        let start = ContinuousClock.now
        defer { metrics.noteSnapshots(ContinuousClock.now - start) }
        return try prepare()
    }
}
