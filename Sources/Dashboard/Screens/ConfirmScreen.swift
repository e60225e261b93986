import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Confirm it is you": comes before the actions that do most harm if somebody else uses the session.
enum ConfirmScreen {
    static let path = "\(DashboardPlace.root)/confirm"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user(servesUnenrolled: true) { .respond(show($0, kept: nil)) })
        router.add(.post, path, .user(servesUnenrolled: true, confirm))
    }

    /// The answer to a request that needs a fresh proof. It keeps a form that was sent.
    static func ask(_ visit: Visit) -> Outcome {
        if visit.request.head.method == .post {
            return .respond(show(visit, kept: KeptForm(visit.request, visit.form)))
        }
        let target = visit.request.head.path ?? DashboardPlace.root
        return .redirect("\(path)?next=\(PercentEncoding.encode(target))")
    }

    private static func show(
        _ visit: Visit, _ fields: Fields = Fields(), kept: KeptForm?, status: HTTPResponse.Status = .ok
    ) -> Response {
        let proof =
            visit.user.hasTwoFactor
            ? fields.text("code", "Code", attributes: " autocomplete=\"one-time-code\" inputmode=\"numeric\"")
            : fields.text("password", "Password", type: .password, attributes: " autocomplete=\"current-password\"")
        return ScreenPage(visit: visit, title: "Confirm it is you") { html in
            html += """
                \(fields.summary)<form method="post" action="\(path)">
                \(visit.csrfField)\(kept?.fields ?? "")\(visit.base.nextField)
                <p class="lead">Before this action, prove again that it is you.</p>
                \(proof)\
                <p class="actions"><button class="main">Confirm</button></p>
                </form>

                """
        }.response(status)
    }

    private static func confirm(_ visit: Visit) throws -> Outcome {
        let context = visit.context
        let user = visit.user
        let guess = LoginGuard.Guess.confirming(user)
        do throws(FormProblem) {
            try context.guesses.attempt(guess, address: visit.address, at: visit.now)
        } catch {
            context.access.confirmationFailed(visit, .throttled)
            throw error
        }
        guard let secret = user.totpSecret else {
            let password = visit.form["password"] ?? ""
            return .password(attempt: guess) {
                guard let hash = user.passwordHash.flatMap(PasswordHash.init(phc:)), hash.matches(password) else {
                    return refuse(visit, "password", "The password is wrong.")
                }
                return accept(visit, step: nil)
            }
        }
        let code = visit.form["code"] ?? ""
        guard let step = TOTP.step(of: code, secret: secret, at: visit.now, after: user.totpLastStep) else {
            return refuse(visit, "code", "The code is wrong, or it was used before.")
        }
        return accept(visit, step: step)
    }

    private static func refuse(_ visit: Visit, _ field: String, _ message: String) -> Outcome {
        visit.context.access.confirmationFailed(visit, field == "code" ? .wrongCode : .wrongPassword)
        return .respond(
            show(
                visit, Fields(faults: [FieldFault(field, message)]), kept: KeptForm(visit.form),
                status: .unprocessableContent))
    }

    /// - Parameter step: of the code that was used.
    private static func accept(_ visit: Visit, step: Int64?) -> Outcome {
        let context = visit.context
        context.guesses.succeed(.confirming(visit.user), address: visit.address)
        return visit.write(as: .statusPageViewer) { transaction, _ in
            let (_, token) = try context.publishing.confirm(visit.session.hash, codeOf: step, in: transaction)
            let cookie = LoginScreen.sessionCookie(token, context)
            if let kept = KeptForm(visit.form) {
                return .instead(kept.request(in: token, as: visit.request), cookies: [cookie])
            }
            return .redirect(visit.next ?? DashboardPlace.root, cookies: [cookie])
        }
    }
}
