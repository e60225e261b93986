import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Log in": email and password.
enum LoginScreen {
    static let path = "\(DashboardPlace.root)/login"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .open { .respond(try show($0)) })
        router.add(.post, path, .open(logIn))
        router.add(.post, "\(DashboardPlace.root)/logout", .user(servesUnenrolled: true, logOut))
    }

    /// The answer to a request without a session.
    /// - Parameter keepsText: whether the form that was sent is kept for after the log-in.
    static func ask(_ visit: OpenVisit, keepsText: Bool) throws -> Outcome {
        if visit.request.head.method == .post {
            let kept = keepsText ? KeptForm(visit.request, visit.form) : nil
            return .respond(try show(visit, kept: kept, isExpired: true))
        }
        let target = visit.request.head.path ?? DashboardPlace.root
        let next = target == DashboardPlace.root ? "" : "?next=\(PercentEncoding.encode(target))"
        return .redirect(path + next)
    }

    /// - Parameter isExpired: whether a form arrived without a session.
    static func show(
        _ visit: OpenVisit, _ fields: Fields = Fields(), kept: KeptForm? = nil, isExpired: Bool = false,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let isNew = try visit.context.store.read { try $0.userCount() } == 0
        return PlainPage(title: "Log in", notice: visit.notice) { html in
            if isExpired {
                html += """
                    <p class="notice" role="status">Your session has ended. \
                    \(kept == nil ? "Nothing was changed." : "Your text is kept as a draft when you log in.")</p>

                    """
            }
            if isNew {
                html += """
                    <p class="lead">There is no user yet. <a href="\(LinkScreens.path(.setup))">Set up Allclear</a> \
                    with the token that this command prints on the server:</p>
                    <p><code>allclear users setup-link</code></p>

                    """
            }
            html += """
                \(fields.summary)<form method="post" action="\(path)">
                \(kept?.fields ?? "")\(visit.nextField)\
                \(fields.text("email", "Email", type: .email, attributes: " autocomplete=\"username\""))\
                \(fields.text("password", "Password", type: .password, attributes: " autocomplete=\"current-password\""))\
                <p class="actions"><button class="main">Log in</button></p>
                </form>

                """
            if visit.context.operations.hasMail() {
                html += "<p><a class=\"target\" href=\"\(ForgottenPasswordScreen.path)\">Forgot password?</a></p>\n"
            }
        }.response(status)
    }

    private static func logIn(_ visit: OpenVisit) throws -> Outcome {
        let context = visit.context
        let email = visit.form.trimmed("email")
        let password = visit.form["password"] ?? ""
        let attempt = LoginGuard.Guess.password(email: email)
        try visit.attemptLogIn(attempt)
        return .password(attempt: attempt) {
            let user = try context.store.read { try $0.user(email: email) }
            let hash = user?.passwordHash.flatMap(PasswordHash.init(phc:))
            let isRight = (hash ?? .decoy).matches(password)
            guard let user, let hash, isRight, !user.isDisabled else {
                let outcome: AccessRecord.Outcome =
                    user == nil ? .unknownUser : isRight && hash != nil ? .disabled : .wrongPassword
                context.access.failed(visit, outcome, user?.id)
                let fields = Fields(visit.form, faults: [FieldFault("email", "The email or the password is wrong.")])
                return .respond(
                    try show(visit, fields, kept: KeptForm(visit.form), status: .unprocessableContent))
            }
            context.guesses.succeed(attempt, address: visit.address)
            guard hash.needsRehash else { return try goOn(visit, user) }
            let new = try PasswordHash.make(password)
            return .write(
                visit.guest,
                { transaction in
                    try context.publishing.rehash(of: user.id, from: hash, to: new, in: transaction)
                    var user = user
                    user.passwordHash = new.phc
                    return try goOn(visit, user)
                }, recover: { throw $0 })
        }
    }

    /// After a correct password: the code if there is a second factor, otherwise the session.
    private static func goOn(_ visit: OpenVisit, _ user: User) throws -> Outcome {
        if user.hasTwoFactor { return try LoginCodeScreen.begin(visit, user) }
        return .write(visit.guest, { try enter(visit, user, .password, in: $0) }, recover: { throw $0 })
    }

    /// Begins a session, which replaces the browser's old one, and goes to what was asked for. If a form was kept, at
    /// most its text is stored: another site may have written it.
    /// - Parameters:
    ///   - user: as read before the proof; see `Publishing.requireSameProof`.
    ///   - step: of the code that was part of the proof.
    ///   - cookies: further cookies for the browser.
    static func enter(
        _ visit: OpenVisit, _ user: User, _ method: Session.Method, codeOf step: Int64? = nil, cookies: [String] = [],
        in transaction: WriteTransaction
    ) throws -> Outcome {
        let context = visit.context
        try context.publishing.requireSameProof(of: user, in: transaction.reading)
        if let old = visit.sessionToken { try context.publishing.logOut(old.hash, in: transaction) }
        let userAgent = visit.request.head.headerFields[.userAgent] ?? ""
        let (_, token) = try context.publishing.logIn(
            user.id, by: method, codeOf: step, userAgent: userAgent, address: visit.address ?? "", in: transaction)
        let cookies = [sessionCookie(token, context)] + cookies
        if let kept = KeptForm(visit.form) {
            return .instead(kept.request(in: token, as: visit.request), keepsText: true, cookies: cookies).after(
                context.access.succeeded)
        }
        return .redirect(visit.next ?? DashboardPlace.root, cookies: cookies).after(context.access.succeeded)
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

extension OpenVisit {
    /// Carries `next` to the next screen.
    var nextField: HTML { next.map { "<input type=\"hidden\" name=\"next\" value=\"\($0)\">" } ?? "" }

    /// - Throws: `FormProblem.withoutTLS` if passwords would be readable on the way.
    func requireTLS() throws(FormProblem) {
        guard context.place.admitsPasswords(authority: request.head.authority ?? "") else { throw .withoutTLS }
    }
}
