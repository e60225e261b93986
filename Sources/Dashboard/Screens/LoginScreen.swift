import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Log in": e-mail and password.
enum LoginScreen {
    static let path = "\(DashboardPlace.root)/login"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .open { .respond(show($0)) })
        router.add(.post, path, .open(logIn))
        router.add(.post, "\(DashboardPlace.root)/logout", .user(logOut))
    }

    /// The answer to a request without a session.
    /// - Parameter keepsText: whether the form that was sent is kept for after the log-in.
    static func ask(_ visit: OpenVisit, keepsText: Bool) -> Outcome {
        if visit.request.head.method == .post {
            let kept = keepsText ? KeptForm(visit.request, visit.form.with(["keep": "1"])) : nil
            return .respond(show(visit, Fields(), kept: kept, isExpired: true))
        }
        let target = visit.request.head.path ?? DashboardPlace.root
        let next = target == DashboardPlace.root ? "" : "?next=\(PercentEncoding.encode(target))"
        return .redirect(path + next)
    }

    private static func show(
        _ visit: OpenVisit, _ fields: Fields = Fields(), kept: KeptForm? = nil, isExpired: Bool = false,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        PlainPage(title: "Log in", notice: visit.notice) { html in
            if isExpired {
                html += """
                    <p class="notice" role="status">Your session has ended. \
                    \(kept == nil ? "Nothing was changed." : "Your text is kept as a draft when you log in.")</p>

                    """
            }
            html += """
                \(fields.summary)<form method="post" action="\(path)">
                \(kept?.fields ?? "")\(Fields(URLEncodedForm([])).hidden("next"))\
                \(visit.next.map { "<input type=\"hidden\" name=\"next\" value=\"\($0)\">" as HTML } ?? "")
                \(fields.text("email", "E-mail", type: .email, attributes: " autocomplete=\"username\""))\
                \(fields.text("password", "Password", type: .password, attributes: " autocomplete=\"current-password\""))\
                <p class="actions"><button class="main">Log in</button></p>
                </form>

                """
        }.response(status)
    }

    private static func logIn(_ visit: OpenVisit) throws -> Outcome {
        let context = visit.context
        guard context.place.admitsPasswords(authority: visit.request.head.authority ?? "") else {
            throw FormProblem.withoutTLS
        }
        let email = visit.form.trimmed("email")
        let password = visit.form["password"] ?? ""
        try context.guesses.attempt(account: email, address: visit.address, at: visit.now)
        return .password {
            let user = try context.store.read { try $0.user(email: email) }
            let hash = user?.passwordHash.flatMap(PasswordHash.init(phc:))
            let isRight = (hash ?? .decoy).matches(password)
            guard let user, hash != nil, isRight, !user.isDisabled else {
                return .respond(
                    show(
                        visit,
                        Fields(visit.form, faults: [FieldFault("email", "The e-mail or the password is wrong.")]),
                        kept: KeptForm(visit.form), status: .unprocessableContent))
            }
            context.guesses.succeed(account: email, address: visit.address)
            return begin(visit, user, .password)
        }
    }

    /// Begins a session, and goes to what was asked for.
    /// - Parameter step: of the code that was part of the proof.
    static func begin(
        _ visit: OpenVisit, _ user: User, _ method: Session.Method, codeOf step: Int64? = nil
    ) -> Outcome {
        let context = visit.context
        let actor = AuditActor.user(user, requestID: visit.requestID, address: visit.address)
        let userAgent = visit.request.head.headerFields[.userAgent] ?? ""
        return .write(
            actor,
            { transaction in
                let (_, token) = try context.publishing.logIn(
                    user.id, by: method, codeOf: step, userAgent: userAgent, address: visit.address ?? "",
                    in: transaction)
                let cookie = sessionCookie(token, context)
                if let kept = KeptForm(visit.form) {
                    return .instead(kept.request(in: token, as: visit.request), cookies: [cookie])
                }
                return .redirect(visit.next ?? DashboardPlace.root, cookies: [cookie])
            }, recover: { throw $0 })
    }

    static func sessionCookie(_ token: SecretToken, _ context: Context) -> String {
        let cookie = Cookie(purpose: .session, isSecure: context.place.isSecure)
        return cookie.setting(token.text, for: Int(context.settings.sessions.absolute / 1_000))
    }

    private static func logOut(_ visit: Visit) -> Outcome {
        let context = visit.context
        let hash = visit.session.hash
        return visit.write(as: .statusPageViewer) { transaction, _ in
            try context.publishing.logOut(hash, in: transaction)
            let cookie = Cookie(purpose: .session, isSecure: context.place.isSecure)
            return .redirect(path, .loggedOut, cookies: [cookie.removal])
        }
    }
}
