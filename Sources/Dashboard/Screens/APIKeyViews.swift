import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages

/// How the screens of API keys look.
enum APIKeyViews {
    private static let section = "/api-keys"
    private static let crumbs = [(title: "API keys", path: APIKeyScreens.path)]

    static func list(_ visit: Visit, _ keys: [APIKey]) -> Response {
        let create: HTML = """
            <p class="actions"><a class="button main" href="\(APIKeyScreens.path)/new">Create API key</a></p>
            """
        return ScreenPage(visit: visit, title: "API keys", section: section, actions: create) { html in
            html += "<p class=\"lead\">Programs use API keys to publish through the API.</p>\n"
            guard !keys.isEmpty else {
                html += "<p class=\"empty\">No API key yet</p>\n"
                return
            }
            html += """
                <div class="table"><table class="stack">
                <thead><tr><th scope="col">Name</th><th scope="col">Scopes</th><th scope="col">Created</th>\
                <th scope="col">Last used</th></tr></thead>
                <tbody>\(keys.map { row(of: $0, visit) })</tbody>
                </table></div>

                """
        }.response()
    }

    private static func row(of key: APIKey, _ visit: Visit) -> HTML {
        """
        <tr><td><strong><a class="target" href="\(key.dashboardPath)" dir="auto">\(key.name)</a></strong></td>\
        <td data-label="Scopes">\(scopes(of: key))</td>\
        <td data-label="Created">\(visit.zone.time(key.createdAt)) by \(creator(of: key))</td>\
        <td data-label="Last used">\(lastUse(of: key, visit))</td></tr>

        """
    }

    static func new(_ visit: Visit, _ fields: Fields = Fields(), status: HTTPResponse.Status = .ok) -> Response {
        ScreenPage(visit: visit, title: "Create API key", section: section, crumbs: crumbs) { html in
            html += """
                \(fields.summary)<form method="post" action="\(APIKeyScreens.path)/new">
                \(visit.csrfField)\(SentOnce.field(visit))
                \(self.fields(fields))\
                <p class="actions"><button class="main">Create key</button></p>
                </form>

                """
        }.response(status)
    }

    /// - Parameters:
    ///   - fields: the form with the settings; nil to show those of the key.
    ///   - rotation: the form to rotate the key.
    static func show(
        _ visit: Visit, _ key: APIKey, _ fields: Fields? = nil, rotation: Fields? = nil,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        let settings = fields ?? Fields(form(of: key))
        let rotation = rotation ?? Fields(URLEncodedForm([.init("grace_period_minutes", "30")]))
        return ScreenPage(visit: visit, title: key.name, section: section, crumbs: crumbs) { html in
            html += """
                \(settings.summary)\(rotation.summary)\(facts(of: key, visit))
                <section><h2>Settings</h2>
                <form method="post" action="\(key.dashboardPath)">
                \(visit.csrfField)
                \(self.fields(settings))\
                <p class="actions"><button class="main">Save key</button></p>
                </form></section>
                <section><h2>New token</h2>
                <p class="note">Rotating gives the key a new token. The old one works until the grace period is over.</p>
                <form method="post" action="\(key.dashboardPath)/rotate">
                \(visit.csrfField)\(SentOnce.field(visit))
                \(rotation.text("grace_period_minutes", "Grace period in minutes", type: .number, hint: "From 0 to 60.", attributes: " min=\"0\" max=\"60\""))\
                <p class="actions"><button>Rotate key</button></p>
                </form></section>
                <section><h2>Delete</h2>
                <p class="note">Programs with this key lose access at once. This cannot be undone.</p>
                <div class="actions">\
                \(ActionForm.html(visit, "\(key.dashboardPath)/delete", "Delete key", isDangerous: true))</div></section>

                """
        }.response(status)
    }

    /// The only answer that contains the token.
    static func token(_ visit: Visit, _ key: APIKey, _ token: AccessToken) -> Response {
        ScreenPage(visit: visit, title: key.name, section: section, crumbs: crumbs) { html in
            html += """
                <p class="notice" role="status">Copy the token now. It is not shown again.</p>
                \(CopyField.html("token", "Token", token.text, hint: "Programs send it as Authorization: Bearer …"))\
                <p class="actions"><a class="button" href="\(key.dashboardPath)">Done</a></p>

                """
        }.response()
    }

    // MARK: Parts

    private static func fields(_ fields: Fields) -> HTML {
        let boxes = APIKey.Role.allCases.compactMap { role in
            role.scope.map { fields.box("roles", $0, value: role.rawValue) }
        }
        return """
            \(fields.text("name", "Name", attributes: " maxlength=\"200\" autocomplete=\"off\""))\
            <fieldset><legend>Scopes</legend>
            <p class="note">Every key can read incidents, maintenance windows and components.</p>
            \(boxes)</fieldset>
            \(fields.area("comments", "Comments", rows: 3, isRequired: false))
            """
    }

    private static func form(of key: APIKey) -> URLEncodedForm {
        URLEncodedForm(
            [.init("name", key.name), .init("comments", key.comments ?? "")]
                + key.roles.map { .init("roles", $0.rawValue) })
    }

    private static func facts(of key: APIKey, _ visit: Visit) -> HTML {
        let isRotated = key.tokenIssuedAt != key.createdAt
        return Facts.list([
            ("Created", "\(visit.zone.time(key.createdAt)) by \(creator(of: key))"),
            ("Last used", lastUse(of: key, visit)),
            ("Token issued", isRotated ? visit.zone.time(key.tokenIssuedAt) : nil),
            ("ID", "<code>\(key.id.description)</code>"),
        ])
    }

    private static func scopes(of key: APIKey) -> HTML {
        let scopes = key.roles.compactMap(\.scope)
        return scopes.isEmpty ? "Read" : "<ul>\(scopes.map { "<li>\($0)</li>" as HTML })</ul>"
    }

    private static func creator(of key: APIKey) -> HTML {
        switch key.creator {
        case .key(let id, let name):
            "the key <a href=\"\(APIKeyScreens.path)/\(id.description)\" dir=\"auto\">\(name)</a>"
        case .user(let user): "<span dir=\"auto\">\(user.name)</span>"
        case nil: "the command line"
        }
    }

    private static func lastUse(of key: APIKey, _ visit: Visit) -> HTML {
        key.lastUsedAt.map { "\(visit.zone.time($0))" } ?? "Never"
    }
}

extension APIKey.Role {
    /// The rights that the role gives a key, for people; nil for the role of every key.
    var scope: String? {
        switch self {
        case .statusPageViewer: nil
        case .statusPagePublisher: "Create status page incidents and maintenance windows, and publish updates"
        case .manageSettings: "Change components"
        case .apiKeysManage: "Manage API keys"
        case .subscribersManage: "Manage subscribers"
        }
    }
}
