import Dispatch
import HTTPServer
import Locking
public import Storage

/// Renders the front pages of each new edition at once, and compresses them as the readers of the earlier edition asked
/// for. So event loops have their bytes ready.
///
/// It runs on a separate queue, so no write waits for it. After each page it pauses for ten times as long as that page
/// took. So even during many writes it uses at most a tenth of one processor. If a reader asks for a page that is not
/// rendered yet, it is rendered at once.
public final class FrontPageRenderer: Sendable {
    private struct Plan {
        var isRunning = false
        /// Whether there was a change since the last look at the editions.
        var isBehind = false
    }

    private let cache: DocumentCache
    private let store: Store
    private let queue = DispatchQueue(label: "allclear.front-pages")
    private let plan = Locked(Plan())

    /// Follows a cache as long as this object exists.
    public init(_ cache: DocumentCache, store: Store) {
        self.cache = cache
        self.store = store
        cache.onChange { [weak self] in self?.look() }
    }

    private func look() {
        let isFirst = plan.withLock { plan in
            plan.isBehind = true
            defer { plan.isRunning = true }
            return !plan.isRunning
        }
        if isFirst { queue.async { self.run() } }
    }

    private func run() {
        plan.withLock { $0.isBehind = false }
        let start = ContinuousClock.now
        if renderNext() {
            let rest = (ContinuousClock.now - start) * 10
            return queue.asyncAfter(deadline: .now() + .nanoseconds(Int(rest / .nanoseconds(1)))) { self.run() }
        }
        let isBehind = plan.withLock { plan in
            plan.isRunning = plan.isBehind
            return plan.isBehind
        }
        if isBehind { queue.async { self.run() } }
    }

    /// Renders one front page that is not rendered yet.
    /// - Returns: false if there is none, or if one cannot be rendered. Its readers then get the error.
    private func renderNext() -> Bool {
        for edition in cache.contents.editions {
            for (index, item) in edition.catalog.items.enumerated() where item.kind.isFrontPage {
                guard edition.document(index) == nil else { continue }
                let earlier = edition.shelf.newest(item.name)
                guard let document = try? edition.render(index, from: store) else { return false }
                if let earlier { document.compress(as: earlier) }
                return true
            }
        }
        return false
    }
}

extension DocumentKind {
    /// Whether it is the page that shows the state.
    fileprivate var isFrontPage: Bool { isHTML && paths == [""] }
}

extension Edition {
    /// Renders a document of the catalog, if that has not been done yet.
    fileprivate func render(_ index: Int, from store: Store) throws -> Document? {
        let item = catalog.items[index]
        let delivery = delivery(of: item.kind, scopeIndex: item.scope, item.form)
        return try shelf.document(item.name, of: self, delivery) {
            try store.read { transaction in
                let reading = Reading(edition: self, scopeIndex: item.scope, history: transaction)
                return try item.kind.render(reading, item.component, item.form)
            }
        }
    }
}
