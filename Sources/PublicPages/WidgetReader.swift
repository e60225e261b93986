import Synchronization

/// One event loop's view of the widgets. It keeps the last table, and replaces it when there is a newer one.
final class WidgetView {
    private let cache: WidgetCache
    private var version: Int
    private var lastTable: WidgetTable

    init(_ cache: WidgetCache) {
        self.cache = cache
        version = cache.version.load(ordering: .acquiring)
        lastTable = cache.table
    }

    /// Looks something up in the newest table. Takes no lock unless the table has changed.
    func look<Result>(_ look: (WidgetTable) -> Result) -> Result {
        let current = cache.version.load(ordering: .acquiring)
        if current != version { refresh(to: current) }
        // Avoids a retain: this view holds the table, belongs to one loop, and replaces the table only above.
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
        /// The document is the same as at the last look.
        case same
        case changed(WidgetSnapshot)
        /// The address has no widget any more.
        case gone
    }

    private let view: WidgetView
    private let address: WidgetAddress
    /// The snapshot at the last look.
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
