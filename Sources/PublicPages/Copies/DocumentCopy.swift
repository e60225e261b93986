import StatusPages
import Storage

/// A document as a file below the directory of a mirror.
struct DocumentCopy: Sendable {
    /// The path below the directory, without a slash at its beginning.
    let path: String
    let document: Document

    /// - Parameters:
    ///   - host: the page's own domain; empty for addresses under the server's own host.
    ///   - path: the path of the address.
    init(host: String, path: String, _ document: Document, isDirectory: Bool = false) {
        let folder = host.isEmpty ? "" : "/\(Self.hosts)/\(host)"
        let address = folder + (isDirectory ? (path == "/" ? "" : path) + "/index.html" : path)
        self.path = String(address.dropFirst())
        self.document = document
    }

    /// The folder of the pages with their own domains. It cannot be a slug.
    static let hosts = "_hosts"
}

extension Edition {
    /// Every document of a bounded kind, at each of its addresses, and the files that pages load. Documents of single
    /// events, forms and streams are left out. May read the database.
    func copies(from store: Store) throws -> [DocumentCopy] {
        let documents = try catalog.items.indices.map { index in
            catalog.items[index].kind.isMirrored ? try rendered(index, from: store) : nil
        }
        var copies = catalog.addresses.compactMap { address, target -> DocumentCopy? in
            guard case .document(let index) = target, let document = documents[index] else { return nil }
            return DocumentCopy(
                host: String(decoding: address.host, as: UTF8.self),
                path: String(decoding: address.path, as: UTF8.self),
                document, isDirectory: catalog.items[index].kind.isHTML)
        }
        guard state.page.hasSite else { return copies }
        for host in ["", state.page.domain].compactMap(\.self) {
            copies += catalog.assetDocuments.map { DocumentCopy(host: host, path: $0.key, $0.value) }
            copies.append(DocumentCopy(host: host, path: PublicPages.robotsPath, PublicPages.robots))
        }
        return copies
    }

    /// A document of the catalog. Renders it if that has not been done yet.
    func rendered(_ index: Int, from store: Store) throws -> Document? {
        if let document = document(index) { return document }
        let item = catalog.items[index]
        return try shelf.document(item.name, of: self, delivery(of: item.kind, scopeIndex: item.scope, item.form)) {
            try store.read { transaction in
                let reading = Reading(edition: self, scopeIndex: item.scope, history: transaction)
                return try item.kind.render(reading, item.component, item.form)
            }
        }
    }
}

extension DocumentKind {
    /// Whether documents of this kind are pages that show the state.
    var isFrontPage: Bool { isHTML && paths == [""] }

    /// Whether a mirror has documents of this kind. A mirror leaves out the history, which has several pages, and the
    /// page to subscribe, which may have a form.
    fileprivate var isMirrored: Bool { !isHTML || isFrontPage }
}
