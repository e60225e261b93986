import HTTPServer
import HTTPTypes
import StatusPages
import Storage

/// Addresses that lead to another one.
extension PublicPages {
    /// The redirect from a path that names no document; nil if there is none.
    func redirect(_ path: String, _ look: LookUp, _ request: Request) throws -> Response? {
        if path == "/" { return rootRedirect(look) }
        let query = request.query.map { "?\($0)" } ?? ""
        if path.hasSuffix("/"), let target = withoutSlash(path, look) {
            return Self.redirect(.permanentRedirect, target + query)
        }
        if let found = Self.scope(before: "/uptime", path, look) {
            return Self.redirect(.movedPermanently, found.path.isEmpty ? "/" : found.path)
        }
        for template in ["/maintenance/{id}", "/incidents/{id}"] {
            guard let match = PathTemplate(template).match(path), let found = look.findScope(match.page),
                let id = ID<Maintenance>(match.id), try isShown(id, in: found.scope)
            else { continue }
            return Self.redirect(.movedPermanently, "\(match.page)/maintenances/\(id)")
        }
        return nil
    }

    static let redirectedWords = ["maintenance", "uptime"]

    /// The server's own root leads to the only public page.
    private func rootRedirect(_ look: LookUp) -> Response? {
        let sites = look.contents.editions.map(\.state.page).filter(\.hasSite)
        guard let page = sites.first, sites.count == 1, page.domain == nil else { return nil }
        return Self.redirect(.found, "/\(page.slug)")
    }

    private func withoutSlash(_ path: String, _ look: LookUp) -> String? {
        let target = String(path.dropLast())
        return look.find(target) != nil || look.findEvent(target) != nil ? target : nil
    }

    private static func scope(before suffix: String, _ path: String, _ look: LookUp) -> (
        path: String, scope: PageScope
    )? {
        guard path.hasSuffix(suffix) else { return nil }
        let page = String(path.dropLast(suffix.count))
        return look.findScope(page).map { (page, $0.scope) }
    }

    private func isShown(_ id: ID<Maintenance>, in scope: PageScope) throws -> Bool {
        guard let maintenance = try store.read({ try $0.maintenance(id) }) else { return false }
        return maintenance.pageID == scope.page.id && scope.shows(maintenance)
    }

    private static func redirect(_ status: HTTPResponse.Status, _ location: String) -> Response {
        Response(
            status,
            fields: [
                .location: location, .accessControlAllowOrigin: "*", .xContentTypeOptions: "nosniff",
            ])
    }
}
