import HTTPServer
import StatusPages

/// The addresses and documents of one page. They change only when the page itself does.
final class Catalog: Sendable {
    /// A document without its contents.
    struct Item: Sendable {
        let kind: DocumentKind
        /// The index of the scope in the edition.
        let scope: Int
        /// For documents of a component.
        let component: ID<Component>?
        /// The default form; only for pages in HTML.
        let form: DocumentForm?
        let name: DocumentName
    }

    /// The target of an address.
    enum Target: Sendable {
        /// The index of an item.
        case document(Int)
        /// The stream of the document with that index.
        case stream(Int)
    }

    let items: [Item]
    let addresses: [(address: DocumentAddress, target: Target)]
    /// Whether readers may choose between languages.
    let hasLanguages: Bool
    /// The files that the pages load.
    let assets: SiteAssets
    /// The documents of those files, by their paths.
    let assetDocuments: [String: Document]

    init(_ page: StatusPage, scopes: [PageScope]) {
        assets = SiteAssets(page.site, favicon: page.favicon)
        assetDocuments = Dictionary(
            assets.all.map { ($0.path, $0.document) }, uniquingKeysWith: { one, _ in one })
        hasLanguages = page.site.languages.count > 1
        var builder = CatalogBuilder()
        for (number, kind) in DocumentKind.all.enumerated() where kind.isServed(page) {
            for (index, scope) in scopes.enumerated() { builder.add(kind, number, scope, index) }
        }
        items = builder.items
        addresses = builder.addresses
    }
}

/// Lists the documents of a page.
private struct CatalogBuilder {
    typealias Item = Catalog.Item

    private(set) var items: [Item] = []
    private(set) var addresses: [(address: DocumentAddress, target: Catalog.Target)] = []

    mutating func add(_ kind: DocumentKind, _ number: Int, _ scope: PageScope, _ index: Int) {
        let bases = Base.all(of: scope.page)
        switch kind.source {
        case .summary, .page: add(nil, nil, at: bases)
        case .component: for placement in scope.visible { add(placement.component.id, nil, at: bases) }
        case .site:
            for base in bases {
                add(nil, DocumentForm(base: base.path, language: scope.page.site.defaultLanguage), at: [base])
            }
        case .stream:
            let summary = items.firstIndex { if case .summary = $0.kind.source { $0.scope == index } else { false } }
            guard let summary else { return }
            for path in kind.paths { addresses += bases.map { ($0.address(scope.path + path), .stream(summary)) } }
        case .event, .siteEvent: break
        }

        func add(_ component: ID<Component>?, _ form: DocumentForm?, at bases: [Base]) {
            for path in kind.paths {
                let path = scope.path + path.replacing("{id}", with: component?.description ?? "")
                addresses += bases.map { ($0.address(path), .document(items.count)) }
            }
            let name = DocumentName(kind: number, scope: scope.id, subject: component?.ulid, form: form)
            items.append(Item(kind: kind, scope: index, component: component, form: form, name: name))
        }
    }

    /// A base of the addresses of a page's documents: the server's host with the page's slug, or the page's own domain.
    private struct Base {
        let host: String
        /// The part of an address before the path below the page.
        let path: String

        static func all(of page: StatusPage) -> [Base] {
            let bySlug = Base(host: "", path: "/\(page.slug)")
            return page.domain.map { [bySlug, Base(host: $0, path: "")] } ?? [bySlug]
        }

        func address(_ below: String) -> DocumentAddress {
            DocumentAddress(host: host, path: path.isEmpty && below.isEmpty ? "/" : path + below)
        }
    }
}

/// Identifies a document of a page across its versions.
struct DocumentName: Hashable, Sendable {
    /// The index in `DocumentKind.all`.
    let kind: Int
    let scope: ULID
    /// The component or the event.
    let subject: ULID?
    var form: DocumentForm?
}

/// The address of a document.
struct DocumentAddress: Equatable, Sendable {
    /// In the form of `HostName`; empty for an address under the server's own host.
    let host: [UInt8]
    /// The whole path.
    let path: [UInt8]

    init(host: String, path: String) {
        self.host = Array(HostName.key(host).utf8)
        self.path = Array(path.utf8)
    }

    func matches(host: Bytes, path: Bytes) -> Bool {
        guard self.host.count == host.count, self.path.count == path.count else { return false }
        for index in 0..<host.count where self.host[index] != ASCII.lowercased(host[index]) { return false }
        return path.equals(self.path)
    }
}
