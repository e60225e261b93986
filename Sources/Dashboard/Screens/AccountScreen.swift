import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages

/// "Account": the user's own name and preferences, with links to password, second factor and sessions.
enum AccountScreen {
    static let path = "\(DashboardPlace.root)/account"
    static let section = "/account"
    static let crumbs = [(title: "Account", path: path)]

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user { .respond(show($0)) })
        router.add(.post, path, .user(save))
    }

    private static func show(
        _ visit: Visit, _ fields: Fields? = nil, status: HTTPResponse.Status = .ok
    ) -> Response {
        let user = visit.user
        let fields =
            fields
            ?? Fields(
                URLEncodedForm([
                    .init("name", user.name), .init("time_zone", user.timeZone), .init("theme", user.theme.rawValue),
                ]))
        return ScreenPage(visit: visit, title: "Account", section: section) { html in
            html += """
                \(fields.summary)\(Facts.list([("Email", "\(user.email)"), ("Role", "\(user.role.title)")]))
                <form method="post" action="\(path)">
                \(visit.csrfField)
                \(fields.text("name", "Name", attributes: " maxlength=\"200\" autocomplete=\"name\""))\
                \(fields.select("time_zone", "Time zone", zones(with: user.timeZone), hint: "For all times that you see."))\
                \(fields.select("theme", "Theme", themes))\
                <p class="actions"><button class="main">Save account</button></p>
                </form>
                <section><h2>Security</h2>
                <ul class="ways">\(ways(visit))</ul></section>

                """
        }.response(status)
    }

    /// The proxy that logs a user in has its own password and second factor.
    private static func ways(_ visit: Visit) -> HTML {
        let state = visit.user.hasTwoFactor ? "On" : "Off"
        let own: HTML =
            visit.session.method == .header
            ? ""
            : """
            <li><a class="target" href="\(PasswordScreen.path)">Password</a></li>
            <li><a class="target" href="\(TwoFactorScreen.path)">Two-factor authentication</a> \
            <span class="note">\(state)</span></li>

            """
        return "\(own)<li><a class=\"target\" href=\"\(SessionsScreen.path)\">Sessions</a></li>"
    }

    private static func save(_ visit: Visit) throws -> Outcome {
        let form = visit.form
        guard let theme = SiteSettings.Theme(rawValue: form.trimmed("theme")) else {
            return refuse(visit, FieldFault("theme", "Choose a theme."))
        }
        return visit.write(
            as: .statusPageViewer,
            recover: { error in
                switch error {
                case UserRefusal.nameInvalid(let problem): return refuse(visit, FieldFault("name", problem))
                case UserRefusal.timeZoneInvalid:
                    return refuse(visit, FieldFault("time_zone", UserRefusal.timeZoneInvalid.description))
                default: throw error
                }
            },
            { transaction, user in
                _ = try visit.context.publishing.changeAccount(
                    of: user.id, name: form.trimmed("name"), timeZone: form.trimmed("time_zone"), theme: theme,
                    in: transaction)
                return .redirect(path, .saved)
            })
    }

    private static func refuse(_ visit: Visit, _ fault: FieldFault) -> Outcome {
        .respond(show(visit, Fields(visit.form, faults: [fault]), status: .unprocessableContent))
    }

    /// All zones, and the user's current one, which may be an alias that the list lacks.
    private static func zones(with present: String) -> [Fields.Option] {
        let names = Zone.names.contains(present) ? Zone.names : [present] + Zone.names
        return names.map { Fields.Option($0, $0) }
    }

    private static let themes = [
        Fields.Option("auto", "Same as the system"), Fields.Option("light", "Light"), Fields.Option("dark", "Dark"),
    ]
}

extension Visit {
    /// Checks that the user logs in here, with a password.
    /// - Throws: `NotFound` if a proxy logs the user in.
    func requireOwnLogIn() throws(NotFound) {
        if session.method == .header { throw NotFound("screen") }
    }
}
