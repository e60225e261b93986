import Synchronization

/// The widgets as one event loop sees them: the table it saw last, which it replaces when there is a newer one.
final class WidgetView {
    private let cache: WidgetCache
    private var version: Int
    private var lastTable: WidgetTable

    init(_ cache: WidgetCache) {
        self.cache = cache
        version = cache.version.load(ordering: .acquiring)
        lastTable = cache.table
    }

    /// Looks something up in the newest table. Takes no lock while nothing changes.
    func look<Result>(_ look: (WidgetTable) -> Result) -> Result {
        let current = cache.version.load(ordering: .acquiring)
        if current != version { refresh(to: current) }
        // Not counted as held: this view holds it, belongs to one loop, and replaces it only above.
        return Unmanaged.passUnretained(lastTable)._withUnsafeGuaranteedRef(look)
    }

    private func refresh(to current: Int) {
        version = current
        lastTable = cache.table
    }
}

/// Follows one widget.
final class WidgetReader {
    enum Look {
        /// It is the one that was seen last.
        case same
        case changed(WidgetSnapshot)
        /// There is none at this address any more.
        case gone
    }

    private let view: WidgetView
    private let address: WidgetAddress
    /// What was seen last.
    private(set) var snapshot: WidgetSnapshot

    init(_ view: WidgetView, _ entry: WidgetTable.Entry) {
        self.view = view
        address = entry.address
        snapshot = entry.snapshot
    }

    func look() -> Look {
        guard let newest = view.look({ $0.find(address) }) else { return .gone }
        if newest === snapshot { return .same }
        let isOther = newest.identity.entityTag != snapshot.identity.entityTag
        snapshot = newest
        return isOther ? .changed(newest) : .same
    }
}
