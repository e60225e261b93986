import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Sessions": where the user is logged in.
enum SessionsScreen {
    static let path = "\(AccountScreen.path)/sessions"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user { .respond(try show($0)) })
        router.add(.post, path, .user(isConfirmed: true, endOthers))
        router.add(.post, "\(path)/{id}/revoke", .user(isConfirmed: true, revoke))
    }

    private static func show(_ visit: Visit) throws -> Response {
        let sessions = try visit.context.validSessions(of: visit.user, at: visit.now)
        let section = AccountScreen.section
        return ScreenPage(visit: visit, title: "Sessions", section: section, crumbs: AccountScreen.crumbs) { html in
            html += """
                <div class="table"><table class="stack">
                <thead><tr><th scope="col">Browser</th><th scope="col">Address</th><th scope="col">Log-in</th>\
                <th scope="col">Last used</th><th scope="col">Action</th></tr></thead>
                <tbody>\(sessions.map { row(of: $0, visit) })</tbody>
                </table></div>

                """
            if sessions.count > 1 { html += ActionForm.html(visit, path, "End all other sessions") }
        }.response()
    }

    private static func row(of session: Session, _ visit: Visit) -> HTML {
        let isThis = session.hash == visit.session.hash
        let browser = BrowserName.text(session.userAgent)
        let action: HTML =
            isThis
            ? "<strong>this session</strong>"
            : ActionForm.html(
                visit, "\(path)/\(session.name)/revoke", "End session",
                attributes: " aria-describedby=\"session-\(session.name)\"")
        return """
            <tr><td><span id="session-\(session.name)" title="\(session.userAgent)">\(browser)</span></td>\
            <td data-label="Address">\(session.address.isEmpty ? "Unknown" : "\(session.address)")</td>\
            <td data-label="Log-in">\(visit.zone.time(session.createdAt))</td>\
            <td data-label="Last used">\(visit.zone.time(session.lastSeenAt))</td>\
            <td>\(action)</td></tr>

            """
    }

    private static func endOthers(_ visit: Visit) throws -> Outcome {
        visit.write(as: .statusPageViewer) { transaction, user in
            _ = try visit.context.publishing.signOutEverywhere(
                user.id, except: visit.session.hash, in: transaction)
            return .redirect(path, .sessionsEnded)
        }
    }

    private static func revoke(_ visit: Visit) throws -> Outcome {
        let name = visit.parameters.first ?? ""
        return visit.write(as: .statusPageViewer) { transaction, user in
            try visit.context.publishing.revokeSession(name, of: user.id, in: transaction)
            return .redirect(path, .sessionEnded)
        }
    }
}

extension Context {
    /// The sessions of a user that have not ended, newest first.
    func validSessions(of user: User, at now: Timestamp) throws -> [Session] {
        try store.read { try $0.sessions(of: user.id) }.map(uses.completed)
            .filter { settings.sessions.isValid($0, at: now) }
    }
}

/// The name of a browser and its system, from the field `User-Agent` (RFC 9110 §10.1.5).
enum BrowserName {
    static func text(_ userAgent: String) -> String {
        let browser = name(in: userAgent, of: browsers)
        let system = name(in: userAgent, of: systems)
        switch (browser, system) {
        case (let browser?, let system?): return "\(browser) on \(system)"
        case (let name?, nil), (nil, let name?): return name
        case (nil, nil): return userAgent.isEmpty ? "Unknown browser" : String(userAgent.prefix(60))
        }
    }

    private static func name(in userAgent: String, of known: [(mark: String, name: String)]) -> String? {
        known.first { userAgent.contains($0.mark) }?.name
    }

    /// More specific names come first, because browsers also send the names of the browsers that they imitate.
    private static let browsers: [(mark: String, name: String)] = [
        ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ]
    private static let systems: [(mark: String, name: String)] = [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
        ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
    ]
}
