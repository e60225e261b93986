import HTTPServer
import Publishing
import StatusPages
import Storage

/// The parts of the server that screens use.
struct Context: Sendable {
    let store: Store
    let publishing: Publishing
    let settings: DashboardSettings
    let guesses: LoginGuard
    let logIns: PendingLogins
    let access: AccessRecord
    let secrets: NewSecrets
    let uses: SessionUses
    let operations: Operations
    let newID: @Sendable () -> ULID
    let surroundings: Surroundings

    var site: Site { publishing.site }
    var place: DashboardPlace { DashboardPlace(settings, serverURL: site.serverURL) }

    /// The page with a slug, of any kind.
    /// - Throws: `NotFound`.
    func page(_ slug: String?) throws -> StatusPage {
        guard let page = site.pages.first(where: { $0.slug == slug }) else { throw NotFound("status page") }
        return page
    }
}

extension Visit {
    /// The page that the first placeholder of the path names.
    /// - Throws: `NotFound`.
    func page() throws -> StatusPage { try base.context.page(base.parameters.first) }
}
