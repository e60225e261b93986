import HTTPServer
import StatusPages
import Storage

/// Finds the document, page or sub-page that the decoded path of a request names.
struct LookUp {
    /// The place at which a document of an event would be.
    struct EventPlace {
        /// The front page of the page or sub-page.
        let front: DocumentTable.Place
        /// The path of that front page.
        let frontPath: String
        /// The index in `DocumentKind.all`.
        let number: Int
        let id: ULID

        var kind: DocumentKind { DocumentKind.all[number] }
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
        guard let place = find(path.isEmpty ? "/" : path), place.isFrontPage else { return nil }
        return (place, contents.editions[place.page].scopes[place.scope].scope)
    }

    func edition(of place: DocumentTable.Place) -> Edition { contents.editions[place.page] }

    func findEvent(_ path: String) -> EventPlace? {
        for (number, kind) in DocumentKind.all.enumerated() where kind.isOfEvents {
            for template in kind.paths {
                guard let match = PathTemplate(template).match(path), let id = ULID(match.id),
                    let found = findScope(match.page)
                else { continue }
                return EventPlace(front: found.place, frontPath: match.page, number: number, id: id)
            }
        }
        return nil
    }

    /// A file that pages load. Its address has a hash of its content, so any page that has it will do.
    func asset(_ path: String) -> Document? {
        guard path.hasPrefix("/assets/") else { return nil }
        for edition in contents.editions {
            if let document = edition.catalog.assetDocuments[path] { return document }
        }
        return nil
    }

    /// The page or sub-page that a path is below: the one with the longest path, which has at most two segments.
    func enclosing(_ path: String) -> (path: String, place: DocumentTable.Place)? {
        let segments = path.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).dropFirst()
        for count in (0...2).reversed() where count < segments.count {
            let front = segments.prefix(count).map { "/\($0)" }.joined()
            if let found = findScope(front) { return (front, found.place) }
        }
        return nil
    }
}
