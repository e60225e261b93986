import HTTPServer
import HTTPTypes
import StatusPages

/// The identity of the calling key.
struct IdentityRoutes: Sendable {
    let context: APIContext
    let dashboardURL: @Sendable () -> String?

    func add(to router: inout Router<Endpoint>) {
        router.add(.get, "/v1/identity", Endpoint(.statusPageViewer, show, as: .showIdentity))
    }

    private func show(_ call: Call) throws -> Outcome {
        let identity = IdentityBody(
            name: call.key.name, dashboardURL: dashboardURL() ?? context.site.serverURL,
            roles: call.key.roles.map(\.rawValue))
        return .done(try JSONResponse.make(.ok, ["identity": identity]))
    }
}

private struct IdentityBody: Encodable {
    let name: String
    let dashboardURL: String
    let roles: [String]
    /// Allclear has no teams, but clients read both members.
    let teamRoles: [String] = []
    let teams: [String] = []

    enum CodingKeys: String, CodingKey {
        case name, roles, teams
        case dashboardURL = "dashboard_url"
        case teamRoles = "team_roles"
    }
}
