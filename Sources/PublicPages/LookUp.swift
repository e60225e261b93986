import HTTPServer
import StatusPages
import Storage

/// Finds what a decoded path of one request names.
struct LookUp {
    /// Where a document of an event would be.
    struct EventPlace {
        let edition: Edition
        /// The page or sub-page.
        let place: DocumentTable.Place
        /// The index in `DocumentKind.all`.
        let number: Int
        let kind: DocumentKind
        let render: (Reading, ULID) throws -> [UInt8]?
        let id: ULID
    }

    let contents: DocumentCache.Contents
    /// The host that the request names.
    let authority: String

    func find(_ path: String) -> DocumentTable.Place? {
        var (authority, path) = (authority, path)
        return path.withUTF8 { path in
            authority.withUTF8 { contents.table.find(authority: $0, path: path) }
        }
    }

    /// The page or sub-page at a path.
    func findScope(_ path: String) -> (place: DocumentTable.Place, scope: PageScope)? {
        guard let place = find(path), place.role == .scope else { return nil }
        return (place, contents.editions[place.page].scopes[place.scope].scope)
    }

    func findEvent(_ path: String) -> EventPlace? {
        for (number, kind) in DocumentKind.all.enumerated() {
            guard case .event(let render) = kind.source else { continue }
            for template in kind.paths {
                guard let match = PathTemplate(template).match(path), let id = ULID(match.id),
                    let found = findScope(match.page)
                else { continue }
                return EventPlace(
                    edition: contents.editions[found.place.page], place: found.place, number: number, kind: kind,
                    render: render, id: id)
            }
        }
        return nil
    }
}
