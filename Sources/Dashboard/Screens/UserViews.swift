import Accounts
import HTTPServer
import HTTPTypes
import Markup
import StatusPages

/// How the screens of users look.
enum UserViews {
    private static let section = "/users"
    private static let crumbs = [(title: "Users", path: UserScreens.path)]

    /// - Parameter links: the invitations and reset links that still work.
    static func list(_ visit: Visit, _ users: [User], _ links: [AccountLink]) -> Response {
        let invite: HTML = """
            <p class="actions"><a class="button main" href="\(UserScreens.path)/new">Invite user</a></p>
            """
        return ScreenPage(visit: visit, title: "Users", section: section, actions: invite) { html in
            html += """
                <div class="table"><table class="stack">
                <thead><tr><th scope="col">Name</th><th scope="col">Email</th><th scope="col">Role</th>\
                <th scope="col">Two-factor</th><th scope="col">Last log-in</th></tr></thead>
                <tbody>\(users.map { row(of: $0, visit) })</tbody>
                </table></div>

                """
            if !links.isEmpty { html += OpenLinks(visit: visit, users: users, links: links).html }
        }.response()
    }

    private static func row(of user: User, _ visit: Visit) -> HTML {
        let state: HTML = user.isDisabled ? " <span class=\"note\">Disabled</span>" : ""
        return """
            <tr><td><a class="target" href="\(user.dashboardPath)" dir="auto">\(user.name)</a>\(state)</td>\
            <td data-label="Email">\(user.email)</td>\
            <td data-label="Role">\(user.role.title)</td>\
            <td data-label="Two-factor">\(user.hasTwoFactor ? "On" : "Off")</td>\
            <td data-label="Last log-in">\(lastLogIn(of: user, visit))</td></tr>

            """
    }

    static func new(_ visit: Visit, _ fields: Fields = Fields(), status: HTTPResponse.Status = .ok) -> Response {
        ScreenPage(visit: visit, title: "Invite user", section: section, crumbs: crumbs) { html in
            html += """
                \(fields.summary)<form method="post" action="\(UserScreens.path)/new">
                \(visit.csrfField)\(SentOnce.field(visit))
                \(fields.text("email", "Email", type: .email, attributes: " autocomplete=\"off\""))\
                \(fields.text("name", "Name", hint: "The invited person can change it.", isRequired: false, attributes: " maxlength=\"200\" autocomplete=\"off\""))\
                \(fields.select("role", "Role", roles.reversed(), hint: rights))\
                <p class="actions"><button class="main">Create invitation</button></p>
                </form>

                """
        }.response(status)
    }

    /// The only answer that contains the link of the invitation.
    static func invitation(_ visit: Visit, _ url: String, _ email: String, isMailed: Bool) -> Response {
        ScreenPage(visit: visit, title: "Invite user", section: section, crumbs: crumbs) { html in
            html += link("Invitation link", url, to: email, "7 days", isMailed: isMailed, back: UserScreens.path)
        }.response()
    }

    /// The only answer that contains the link.
    static func reset(_ visit: Visit, _ url: String, _ user: User, isMailed: Bool) -> Response {
        ScreenPage(visit: visit, title: user.name, section: section, crumbs: crumbs) { html in
            html += link("Reset link", url, to: user.email, "one hour", isMailed: isMailed, back: user.dashboardPath)
        }.response()
    }

    private static func link(
        _ label: String, _ url: String, to email: String, _ lifetime: String, isMailed: Bool, back: String
    ) -> HTML {
        """
        <p class="notice" role="status">\(isMailed ? "An email with the link is on its way to \(email)." : "Send this link to \(email).") \
        The link is not shown again.</p>
        \(CopyField.html("link", label, url, hint: "It works once, for \(lifetime). Anyone who has it can use it."))\
        <p class="actions"><a class="button" href="\(back)">Done</a></p>

        """
    }

    /// - Parameter fields: the form with the role; nil to show the present one.
    static func show(
        _ visit: Visit, _ user: User, _ fields: Fields? = nil, status: HTTPResponse.Status = .ok
    ) -> Response {
        let fields = fields ?? Fields(form(of: user))
        return ScreenPage(visit: visit, title: user.name, section: section, crumbs: crumbs) { html in
            html += "\(fields.summary)\(facts(of: user, visit))\(role(of: user, visit, fields))"
            if !user.isDisabled { html += access(of: user, visit) }
            html += "<section><h2>\(user.isDisabled ? "Enable" : "Disable")</h2>\n"
            if user.isDisabled {
                html += ActionForm.html(visit, "\(user.dashboardPath)/enable", "Enable user")
            } else {
                html += """
                    <p class="note">A disabled user cannot log in. API keys that the user made keep working.</p>
                    \(ActionForm.html(visit, "\(user.dashboardPath)/disable", "Disable user", isDangerous: true))
                    """
            }
            html += "</section>\n"
        }.response(status)
    }

    static func form(of user: User) -> URLEncodedForm { URLEncodedForm([.init("role", user.role.rawValue)]) }

    private static func facts(of user: User, _ visit: Visit) -> HTML {
        Facts.list([
            ("Email", "\(user.email)"), ("Role", "\(user.role.title)"),
            ("Two-factor", user.hasTwoFactor ? "On" : "Off"),
            ("Created", visit.zone.time(user.createdAt)), ("Last log-in", lastLogIn(of: user, visit)),
            ("Disabled", user.disabledAt.map(visit.zone.time)),
        ])
    }

    private static func role(of user: User, _ visit: Visit, _ fields: Fields) -> HTML {
        if user.id == visit.user.id {
            return "<p class=\"note\">You cannot change your own role. Another owner can.</p>\n"
        }
        return """
            <section><h2>Role</h2>
            <form method="post" action="\(user.dashboardPath)/role">
            \(visit.csrfField)
            \(fields.select("role", "Role", roles, hint: rights))\
            <p class="actions"><button class="main">Save role</button></p>
            </form></section>

            """
    }

    private static func access(of user: User, _ visit: Visit) -> HTML {
        let path = user.dashboardPath
        let twoFactor: HTML =
            user.hasTwoFactor ? ActionForm.html(visit, "\(path)/reset-two-factor", "Reset two-factor") : ""
        return """
            <section><h2>Access</h2>
            <p class="note">With a reset link, the user sets a new password. The second factor stays on.</p>
            <div class="actions">\(ActionForm.html(visit, "\(path)/reset", "Create reset link"))\(twoFactor)\
            \(ActionForm.html(visit, "\(path)/sign-out", "End all sessions"))</div></section>

            """
    }

    private static func lastLogIn(of user: User, _ visit: Visit) -> HTML {
        user.lastLoginAt.map(visit.zone.time) ?? "Never"
    }

    private static let roles = User.Role.allCases.map { Fields.Option($0.rawValue, $0.title) }

    private static let rights = """
        Viewers see pages, events, templates and settings. Publishers also publish. Editors also change pages and \
        templates, and manage subscribers. Owners may do everything.
        """
}
