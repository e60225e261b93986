import Dispatch
import Locking
import StatusPages

/// The documents of a page that were rendered when they were first read.
final class DocumentShelf: Sendable {
    private struct Copy {
        let edition: Int
        let document: Document
    }

    private struct State {
        /// At most one for each item of the catalog and language.
        var bounded: [DocumentName: Copy] = [:]
        /// Documents of unbounded kinds, such as those of single events.
        var others: [DocumentName: Copy] = [:]
    }

    /// How many documents of unbounded kinds are kept.
    private static let mostOthers = 256

    private let state = Locked(State())
    /// Renders one document at a time. So each is rendered once, however many readers ask for it.
    private let queue = DispatchQueue(label: "allclear.documents", qos: .userInitiated)

    /// A document; nil if it has not been rendered for that edition.
    func document(_ name: DocumentName, of edition: Edition) -> Document? {
        state.withLock { state in
            guard let copy = state.bounded[name] ?? state.others[name], copy.edition >= edition.number else {
                return nil
            }
            return copy.document
        }
    }

    /// The newest rendering of a document, for any edition; nil if there is none.
    func newest(_ name: DocumentName) -> Document? {
        state.withLock { ($0.bounded[name] ?? $0.others[name])?.document }
    }

    /// The document of an edition, rendered if it has not been yet. May read the database.
    /// - Parameters:
    ///   - isBounded: false for documents of unbounded kinds, such as those of events. Few of these are kept.
    ///   - render: returns the bytes; nil if the page has no such document.
    func document(
        _ name: DocumentName, of edition: Edition, isBounded: Bool = true, _ delivery: Document.Delivery,
        render: () throws -> [UInt8]?
    ) throws -> Document? {
        try queue.sync {
            if let document = document(name, of: edition) { return document }
            guard let body = try render() else { return nil }
            let document = Document.make(
                body, delivery, previous: newest(name), now: edition.madeAt, isDatedUniquely: edition.isDatedUniquely)
            let copy = Copy(edition: edition.number, document: document)
            state.withLock { state in
                if isBounded {
                    state.bounded[name] = copy
                    return
                }
                if state.others.count >= Self.mostOthers { state.others.removeAll(keepingCapacity: true) }
                state.others[name] = copy
            }
            return document
        }
    }

    /// Forgets the documents that a page no longer has.
    func keep(only names: Set<DocumentName>) {
        state.withLock { state in state.bounded = state.bounded.filter { names.contains($0.key) } }
    }
}
