import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Two-factor code": the second step of a log-in.
enum LoginCodeScreen {
    static let path = "\(LoginScreen.path)/code"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .open(look))
        router.add(.post, path, .open(enter))
    }

    /// The answer to a correct password. It carries a kept form along.
    static func begin(_ visit: OpenVisit, _ user: User) throws -> Outcome {
        let context = visit.context
        let token = try context.logIns.begin(user, at: visit.now)
        let cookie = cookie(context).setting(token.text, for: PendingLogins.lifetime)
        guard let kept = KeptForm(visit.form) else { return .redirect(path + nextQuery(visit), cookies: [cookie]) }
        var response = show(visit, kept: kept)
        response.head.headerFields.append(HTTPField(name: .setCookie, value: cookie))
        return .respond(response)
    }

    private static func look(_ visit: OpenVisit) -> Outcome {
        guard let token = token(visit), visit.context.logIns.isOpen(token, at: visit.now) else {
            return .redirect(LoginScreen.path + nextQuery(visit))
        }
        return .respond(show(visit, kept: nil))
    }

    /// - Parameter usesRecovery: whether the user enters a recovery code, without the app.
    private static func show(
        _ visit: OpenVisit, _ fields: Fields = Fields(), kept: KeptForm?, usesRecovery: Bool = false,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        PlainPage(title: "Two-factor code") { html in
            let field =
                usesRecovery
                ? fields.text(
                    "recovery_code", "Recovery code", hint: "One of the codes that you kept. Each works once.",
                    attributes: " autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\"")
                : fields.text(
                    "code", "Code", hint: "The six digits that your app shows for Allclear.",
                    attributes: " autocomplete=\"one-time-code\" inputmode=\"numeric\"")
            let other: HTML =
                usesRecovery
                ? "<button class=\"link\" name=\"use\" value=\"app\" formnovalidate>Use a code from the app</button>"
                : "<button class=\"link\" name=\"use\" value=\"recovery\" formnovalidate>Use a recovery code</button>"
            html += """
                \(fields.summary)<form method="post" action="\(path)">
                \(kept?.fields ?? "")\(visit.nextField)
                \(field)\
                <p class="actions"><button class="main" name="use" value="entered">Continue</button> \(other)</p>
                </form>

                """
        }.response(status)
    }

    private static func enter(_ visit: OpenVisit) throws -> Outcome {
        let context = visit.context
        let kept = KeptForm(visit.form)
        let asksOnly = ["recovery", "app"].contains(visit.form["use"])
        guard let token = token(visit), context.logIns.isOpen(token, at: visit.now) else {
            return try beginAgain(visit)
        }
        if asksOnly {
            return .respond(show(visit, kept: kept, usesRecovery: visit.form["use"] == "recovery"))
        }
        guard let (id, passwordHash) = context.logIns.attempt(token, at: visit.now),
            let user = try context.store.read({ try $0.user(id) }), user.passwordHash == passwordHash
        else { return try beginAgain(visit) }
        try visit.attemptLogIn(.code(of: user), of: user.id)
        let finish = { @Sendable (step: Int64?, transaction: WriteTransaction) throws -> Outcome in
            let outcome = try LoginScreen.enter(
                visit, user, .totp, codeOf: step, cookies: [cookie(context).removal], in: transaction)
            context.guesses.succeed(.code(of: user), address: visit.address)
            context.logIns.end(token)
            return outcome
        }
        let typed = visit.form["recovery_code"]
        let recover = { @Sendable (error: any Error) throws -> Outcome in
            guard let refusal = error as? UserRefusal, refusal == .codeInvalid else { throw error }
            context.access.failed(visit, .wrongCode, user.id)
            guard context.logIns.isOpen(token, at: visit.now) else { return try beginAgain(visit) }
            let fault = FieldFault(typed == nil ? "code" : "recovery_code", refusal.description)
            return .respond(
                show(
                    visit, Fields(faults: [fault]), kept: kept, usesRecovery: typed != nil,
                    status: .unprocessableContent))
        }
        if let typed {
            return .write(
                visit.guest,
                { transaction in
                    try context.publishing.useRecoveryCode(typed, of: user.id, in: transaction)
                    return try finish(nil, transaction)
                }, recover: recover)
        }
        let step = user.totpSecret.flatMap { secret in
            TOTP.step(of: visit.form["code"] ?? "", secret: secret, at: visit.now, after: user.totpLastStep)
        }
        guard let step else { return try recover(UserRefusal.codeInvalid) }
        return .write(visit.guest, { try finish(step, $0) }, recover: recover)
    }

    /// The password again, because the log-in has ended.
    private static func beginAgain(_ visit: OpenVisit) throws -> Outcome {
        let fields = Fields(faults: [FieldFault("", Notice.logInEnded.text)])
        var response = try LoginScreen.show(
            visit, fields, kept: KeptForm(visit.form), status: .unprocessableContent)
        response.head.headerFields.append(HTTPField(name: .setCookie, value: cookie(visit.context).removal))
        return .respond(response)
    }

    private static func nextQuery(_ visit: OpenVisit) -> String {
        visit.next.map { "?next=\(PercentEncoding.encode($0))" } ?? ""
    }

    private static func cookie(_ context: Context) -> Cookie {
        Cookie(purpose: .login, isSecure: context.place.isSecure)
    }

    private static func token(_ visit: OpenVisit) -> SecretToken? {
        cookie(visit.context).value(in: visit.request).flatMap(SecretToken.init)
    }
}
