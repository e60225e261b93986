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
        let name: DocumentName
    }

    /// What an address leads to.
    enum Target: Sendable {
        /// The index of an item.
        case document(Int)
        /// The stream of the document with that index.
        case stream(Int)
        /// The index of the page or sub-page at this address.
        case scope(Int)
    }

    let items: [Item]
    let addresses: [(address: DocumentAddress, target: Target)]

    init(_ page: StatusPage, scopes: [PageScope]) {
        var items: [Item] = []
        var addresses: [(DocumentAddress, Target)] = []
        for (index, scope) in scopes.enumerated() {
            func add(_ path: String, _ target: Target) {
                addresses += Self.addresses(of: page, scope.path + path).map { ($0, target) }
            }
            func add(_ kind: DocumentKind, _ number: Int, _ component: ID<Component>? = nil) {
                let item = Item(
                    kind: kind, scope: index, component: component,
                    name: DocumentName(kind: number, scope: scope.id, subject: component?.ulid))
                let id = component?.description ?? ""
                for path in kind.paths { add(path.replacing("{id}", with: id), .document(items.count)) }
                items.append(item)
            }
            for (number, kind) in DocumentKind.all.enumerated() where kind.isServed(page) {
                switch kind.source {
                case .summary, .page: add(kind, number)
                case .component: for placement in scope.visible { add(kind, number, placement.component.id) }
                case .stream:
                    let summary = items.lastIndex {
                        if case .summary = $0.kind.source { $0.scope == index } else { false }
                    }
                    if let summary { for path in kind.paths { add(path, .stream(summary)) } }
                case .event: break
                }
            }
            if page.hasSite { add("", .scope(index)) }
        }
        self.items = items
        self.addresses = addresses
    }

    /// An address under the server's host with the page's slug, and one under the page's domain if it has one.
    private static func addresses(of page: StatusPage, _ path: String) -> [DocumentAddress] {
        let bySlug = DocumentAddress(host: "", path: "/\(page.slug)\(path)")
        guard let domain = page.domain else { return [bySlug] }
        return [bySlug, DocumentAddress(host: domain, path: path)]
    }
}

/// Identifies a document of a page across its versions.
struct DocumentName: Hashable, Sendable {
    /// The index in `DocumentKind.all`.
    let kind: Int
    let scope: ULID
    /// The component or the event.
    let subject: ULID?
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
