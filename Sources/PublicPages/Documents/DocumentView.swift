import HTTPServer
import Synchronization

/// One event loop's view of the documents. It keeps what it saw last, and looks again when there is something newer.
final class DocumentView {
    private let cache: DocumentCache
    private var version: Int
    private(set) var contents: DocumentCache.Contents
    /// The documents that are known to be current, by their numbers.
    private var documents: [Document?]

    init(_ cache: DocumentCache) {
        self.cache = cache
        version = cache.version.load(ordering: .acquiring)
        contents = cache.contents
        documents = Array(repeating: nil, count: contents.table.numbers.last?.upperBound ?? 0)
    }

    /// The current place at an address. Takes no lock unless something has changed.
    @inline(__always)
    func find(_ request: RequestView) -> DocumentTable.Place? {
        refresh()
        // Avoids a retain: this view holds the table, belongs to one loop, and replaces the table only in `refresh`.
        return Unmanaged.passUnretained(contents.table)._withUnsafeGuaranteedRef {
            $0.find(authority: request.authority, path: request.path)
        }
    }

    func address(of request: RequestView) -> DocumentAddress? {
        contents.table.findWithAddress(authority: request.authority, path: request.path)?.address
    }

    func find(_ address: DocumentAddress) -> DocumentTable.Place? {
        refresh()
        return contents.table.find(address)
    }

    /// The document at a place that `find` has just returned; nil if it must be rendered first. The view holds the
    /// document until its next `find`.
    @inline(__always)
    func document(at place: DocumentTable.Place) -> Unmanaged<Document>? {
        if let document = documents[place.number] { return Unmanaged.passUnretained(document) }
        return fetch(place)
    }

    private func fetch(_ place: DocumentTable.Place) -> Unmanaged<Document>? {
        documents[place.number] = contents.editions[place.page].document(place.item)
        return documents[place.number].map(Unmanaged.passUnretained)
    }

    @inline(__always)
    private func refresh() {
        let current = cache.version.load(ordering: .acquiring)
        if current != version { refresh(to: current) }
    }

    private func refresh(to current: Int) {
        version = current
        let before = contents
        contents = cache.contents
        guard contents.table === before.table else {
            documents = Array(repeating: nil, count: contents.table.numbers.last?.upperBound ?? 0)
            return
        }
        for (page, numbers) in contents.table.numbers.enumerated()
        where contents.editions[page] !== before.editions[page] {
            for number in numbers { documents[number] = nil }
        }
    }
}

/// Follows one document.
final class DocumentReader {
    enum Look {
        /// The document is the same as at the last look.
        case same
        case changed(Document)
        /// The address no longer has the document.
        case gone
    }

    private let view: DocumentView
    private let address: DocumentAddress
    /// The document at the last look.
    private(set) var document: Document

    init(_ view: DocumentView, _ address: DocumentAddress, _ document: Document) {
        self.view = view
        self.address = address
        self.document = document
    }

    func look() -> Look {
        guard let place = view.find(address), let newest = view.document(at: place)?.takeUnretainedValue()
        else { return .gone }
        if newest === document { return .same }
        let isOther = newest.digest != document.digest
        document = newest
        return isOther ? .changed(newest) : .same
    }
}
