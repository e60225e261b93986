import Accounts
import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Dashboard

/// Every route of the dashboard, and the least role that it needs.
@Suite("Roles")
struct RoleTests {
    /// The routes by what they need. A route that is missing here fails the test.
    private static let table: [Need: [String]] = [
        .nothing: [
            "GET /login", "POST /login", "GET /login/code", "POST /login/code", "GET /setup", "POST /setup",
            "GET /invitation", "POST /invitation", "GET /reset", "POST /reset", "GET /forgotten-password",
            "POST /forgotten-password",
        ],
        .role(.viewer): [
            "GET ", "POST /logout", "GET /confirm", "POST /confirm", "GET /account", "POST /account",
            "GET /account/password", "POST /account/password", "GET /account/two-factor", "POST /account/two-factor",
            "POST /account/two-factor/recovery-codes",
            "GET /account/sessions", "POST /account/sessions", "POST /account/sessions/{id}/revoke",
            "GET /pages/{slug}", "GET /pages/{slug}/incidents", "GET /pages/{slug}/incidents/{id}",
            "GET /pages/{slug}/incidents/{id}/latest", "GET /pages/{slug}/maintenances",
            "GET /pages/{slug}/maintenances/{id}", "GET /pages/{slug}/maintenances/{id}/latest",
            "GET /pages/{slug}/templates", "GET /pages/{slug}/structure", "GET /pages/{slug}/structure/preview",
            "GET /pages/{slug}/settings", "GET /pages/{slug}/settings/export", "GET /pages/{slug}/settings/domain",
            "GET /pages/{slug}/settings/branding", "GET /pages/{slug}/settings/branding/{picture}",
            "GET /pages/{slug}/settings/widget", "GET /pages/{slug}/settings/widget/preview",
        ],
        .role(.publisher): [
            "POST /pages/{slug}/incidents", "GET /pages/{slug}/incidents/new", "POST /pages/{slug}/incidents/new",
            "POST /pages/{slug}/incidents/review", "POST /pages/{slug}/incidents/{id}",
            "POST /pages/{slug}/incidents/{id}/updates/review", "POST /pages/{slug}/incidents/{id}/updates",
            "GET /pages/{slug}/incidents/{id}/updates/{update}", "POST /pages/{slug}/incidents/{id}/updates/{update}",
            "POST /pages/{slug}/incidents/{id}/rename", "POST /pages/{slug}/incidents/{id}/delete",
            "POST /pages/{slug}/maintenances", "GET /pages/{slug}/maintenances/new",
            "POST /pages/{slug}/maintenances/new", "POST /pages/{slug}/maintenances/review",
            "POST /pages/{slug}/maintenances/{id}", "POST /pages/{slug}/maintenances/{id}/updates/review",
            "POST /pages/{slug}/maintenances/{id}/updates", "GET /pages/{slug}/maintenances/{id}/updates/{update}",
            "POST /pages/{slug}/maintenances/{id}/updates/{update}", "POST /pages/{slug}/maintenances/{id}/rename",
            "POST /pages/{slug}/maintenances/{id}/delete", "POST /pages/{slug}/maintenances/{id}/start",
            "POST /pages/{slug}/maintenances/{id}/complete", "POST /pages/{slug}/maintenances/{id}/move",
            "POST /pages/{slug}/incidents/{id}/stop", "POST /pages/{slug}/maintenances/{id}/stop",
            "POST /pages/{slug}/drafts", "POST /preview",
        ],
        .role(.editor): [
            "GET /pages/new", "POST /pages/new", "GET /pages/archived", "POST /pages/archived",
            "POST /pages/{slug}/settings", "GET /pages/{slug}/settings/archive", "POST /pages/{slug}/settings/archive",
            "POST /pages/{slug}/settings/domain", "POST /pages/{slug}/settings/branding",
            "POST /pages/{slug}/settings/widget", "POST /pages/{slug}/structure/items",
            "POST /pages/{slug}/structure/items/{key}/up", "POST /pages/{slug}/structure/items/{key}/down",
            "POST /pages/{slug}/structure/items/{key}/move", "POST /pages/{slug}/structure/items/{key}/remove",
            "POST /pages/{slug}/structure/place", "POST /pages/{slug}/structure/save",
            "POST /pages/{slug}/structure/discard",
            "GET /pages/{slug}/templates/new", "POST /pages/{slug}/templates/new", "GET /pages/{slug}/templates/{id}",
            "POST /pages/{slug}/templates/{id}", "POST /pages/{slug}/templates/{id}/archive",
            "GET /pages/{slug}/subscribers", "GET /pages/{slug}/subscribers/new", "POST /pages/{slug}/subscribers/new",
            "GET /pages/{slug}/subscribers/import", "POST /pages/{slug}/subscribers/import",
            "GET /pages/{slug}/subscribers/export", "GET /pages/{slug}/subscribers/{id}",
            "POST /pages/{slug}/subscribers/{id}", "POST /pages/{slug}/subscribers/{id}/resend",
            "POST /pages/{slug}/subscribers/{id}/reactivate", "POST /pages/{slug}/subscribers/{id}/test",
            "POST /pages/{slug}/subscribers/{id}/rotate", "POST /pages/{slug}/subscribers/{id}/erase",
            "GET /pages/{slug}/deliveries", "POST /pages/{slug}/deliveries/retry",
            "POST /pages/{slug}/deliveries/{id}/retry",
        ],
        .role(.owner): [
            "POST /pages/{slug}/deliveries/pause", "POST /pages/{slug}/deliveries/resume",
            "GET /api-keys", "GET /api-keys/new", "POST /api-keys/new", "GET /api-keys/{id}", "POST /api-keys/{id}",
            "POST /api-keys/{id}/rotate", "POST /api-keys/{id}/delete", "GET /audit", "GET /audit/export",
            "GET /system", "POST /system/test-mail", "GET /users", "GET /users/new", "POST /users/new",
            "GET /users/{id}", "POST /users/{id}/role", "POST /users/{id}/reset", "POST /users/{id}/reset-two-factor",
            "POST /users/{id}/sign-out", "POST /users/{id}/disable", "POST /users/{id}/enable",
            "POST /users/links/{id}/revoke",
        ],
    ]

    private enum Need: Hashable {
        case nothing
        case role(User.Role)
    }

    private static let needs = Dictionary(
        table.flatMap { need, routes in routes.map { ($0, need) } }, uniquingKeysWith: { first, _ in first })

    /// A route as the table names it.
    private static func name(of route: Router<Screen>.Route) -> String {
        "\(route.method.rawValue) \(route.template.dropFirst(DashboardPlace.root.count))"
    }

    private static func path(of route: Router<Screen>.Route) -> String {
        route.template.replacing("{slug}", with: "acme").replacing("{id}", with: "01ARZ3NDEKTSV4RRFFQ69G5FAV")
            .replacing("{update}", with: "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    }

    @Test("The table has exactly the routes of the dashboard")
    func completeness() {
        let names = Dashboard.routes().routes.map(Self.name)
        #expect(Set(names).subtracting(Self.needs.keys).sorted() == [])
        #expect(Set(Self.needs.keys).subtracting(names).sorted() == [])
        #expect(names.count == Set(names).count)
    }

    @Test("A role reaches exactly the routes of the table", arguments: User.Role.allCases)
    func roles(role: User.Role) throws {
        let test = try TestDashboard()
        let user = try test.user(role)
        for route in Dashboard.routes().routes {
            guard case .role(let needed) = Self.needs[Self.name(of: route)] else { continue }
            let browser = try test.browser(user)
            let path = Self.path(of: route)
            let page = try route.method == .post ? browser.post(path) : browser.get(path)
            // The first case has the most rights.
            let order = User.Role.allCases
            let mayReach = try #require(order.firstIndex(of: role)) <= #require(order.firstIndex(of: needed))
            #expect((page.status != 403) == mayReach, "\(Self.name(of: route)): \(page.status)")
            #expect(page.status < 500, "\(Self.name(of: route))")
        }
    }

    @Test("Without a session, a route that needs a user leads to the log-in, and does nothing")
    func withoutSession() throws {
        let test = try TestDashboard()
        _ = try test.user(.owner)
        let visitor = test.visitor()
        for route in Dashboard.routes().routes {
            guard case .role = Self.needs[Self.name(of: route)] else { continue }
            let path = Self.path(of: route)
            let page = try visitor.send(route.method, path)
            if route.method == .post {
                #expect(page.heading == "Log in", "\(path)")
            } else {
                #expect(page.status == 303, "\(path)")
                #expect(page.location?.hasPrefix("/dashboard/login") == true, "\(path)")
            }
        }
    }
}
