import HTTPServer
import StatusPages
import Storage

/// One version of everything that the public can read of a page. Every write that changes the page makes a new one, and
/// so does `DocumentCache.keepCurrent` when documents are out of date.
final class Edition: Sendable {
    /// Higher than that of every earlier edition of the page.
    let number: Int
    let state: PageState
    /// The UTC day that the documents show as today, in days since the Unix epoch.
    let day: Int
    /// When the edition was made, in seconds since the Unix epoch.
    let madeAt: Int
    /// Whether no earlier edition of the page was made in the same second.
    let isDatedUniquely: Bool
    /// Whether documents have the keys by which caches purge them.
    let hasTags: Bool
    let scopes: [ScopeEdition]
    let catalog: Catalog
    /// The documents that are rendered when they are first read. All editions of a page share it.
    let shelf: DocumentShelf

    /// - Parameters:
    ///   - previous: the page's previous edition.
    ///   - changed: the events that changed since, if nothing else did. Nil: anything may have changed.
    ///   - hasTags: nil: as in the previous edition.
    ///   - now: seconds since the Unix epoch.
    init(_ state: PageState, previous: Edition?, changed: ChangedEvents?, hasTags: Bool?, now: Int) {
        self.state = state
        let hasTags = hasTags ?? previous?.hasTags ?? false
        self.hasTags = hasTags
        number = (previous?.number ?? 0) + 1
        madeAt = max(now, previous?.madeAt ?? 0)
        day = madeAt / Self.secondsPerDay
        isDatedUniquely = previous.map { $0.madeAt < now } ?? true
        shelf = previous?.shelf ?? DocumentShelf()
        if let previous, let changed {
            scopes = previous.scopes.map { $0.updated(changed, in: state, hasTags: hasTags, now: now) }
            catalog = previous.catalog
        } else {
            scopes = state.scopes.map { scope in
                let before = previous?.scopes.first { $0.scope.id == scope.id }
                return ScopeEdition(state, scope, previous: before, hasTags: hasTags, now: now)
            }
            if let previous, previous.state.page == state.page {
                catalog = previous.catalog
            } else {
                catalog = Catalog(state.page, scopes: scopes.map(\.scope))
                shelf.keep(only: Set(catalog.items.map(\.name)))
            }
        }
    }

    /// The same edition at a later time.
    /// - Parameter now: seconds since the Unix epoch.
    init(_ previous: Edition, at now: Int) {
        number = previous.number + 1
        state = previous.state
        madeAt = max(now, previous.madeAt)
        day = madeAt / Self.secondsPerDay
        isDatedUniquely = previous.madeAt < now
        hasTags = previous.hasTags
        scopes = previous.scopes
        catalog = previous.catalog
        shelf = previous.shelf
    }

    private static let secondsPerDay = 86_400

    /// Midnight UTC at the start of that day.
    var today: Timestamp { Timestamp(milliseconds: Int64(day) * Int64(Self.secondsPerDay) * 1_000) }

    /// The end of the time that lengths and percentages cover: the end of the second in which the edition was made. So
    /// an event that began in that second is included.
    var time: Timestamp {
        let tomorrow = Int64(day + 1) * Int64(Self.secondsPerDay) * 1_000
        return Timestamp(milliseconds: min(Int64(madeAt + 1) * 1_000, tomorrow - 1))
    }

    /// Whether another day has begun, or the lengths of ongoing events are too old.
    func isOver(at now: Int) -> Bool {
        if now / Self.secondsPerDay > day { return true }
        let lasts = !state.incidents.isEmpty || state.maintenances.contains { $0.status == .inProgress }
        return lasts && now - madeAt >= Self.longestAge
    }

    /// How old lengths and percentages may be, in seconds.
    private static let longestAge = 240

    func delivery(of kind: DocumentKind, scopeIndex: Int, _ form: DocumentForm?) -> Document.Delivery {
        kind.delivery(in: scopes[scopeIndex].scope, form, hasTags: hasTags)
    }

    /// A document of the catalog; nil if it has not been rendered for this edition.
    func document(_ index: Int) -> Document? {
        let item = catalog.items[index]
        if case .summary = item.kind.source { return scopes[item.scope].summary }
        return shelf.document(item.name, of: self)
    }
}

/// The part of an edition that belongs to the page itself or to a sub-page.
struct ScopeEdition: Sendable {
    let scope: PageScope
    private var entries: SummaryEntries?
    /// The Widget API's document; nil if the page has no widget.
    private(set) var summary: Document?

    init(_ state: PageState, _ scope: PageScope, previous: ScopeEdition?, hasTags: Bool, now: Int) {
        self.scope = scope
        guard state.page.hasWidget else { return }
        let entries = SummaryEntries(state, scope)
        self.entries = entries
        summary = Self.document(entries, scope, previous: previous?.summary, hasTags: hasTags, now: now)
    }

    func updated(_ changed: ChangedEvents, in state: PageState, hasTags: Bool, now: Int) -> ScopeEdition {
        var new = self
        guard new.entries?.update(changed, in: state) == true, let entries = new.entries else { return self }
        new.summary = Self.document(entries, scope, previous: summary, hasTags: hasTags, now: now)
        return new
    }

    private static func document(
        _ entries: SummaryEntries, _ scope: PageScope, previous: Document?, hasTags: Bool, now: Int
    ) -> Document {
        let digest = entries.digest
        let delivery = DocumentKind.summary.delivery(in: scope, hasTags: hasTags)
        if let previous, previous.digest == digest, previous.delivery == delivery { return previous }
        return Document.make(entries.body(), digest: digest, delivery, previous: previous, now: now)
    }
}
