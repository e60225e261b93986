import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Notifications
import Publishing
import StatusPages

/// "Forgot password?": sends a link by email. Its answer is the same for every address.
enum ForgottenPasswordScreen {
    static let path = "\(DashboardPlace.root)/forgotten-password"

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .open { .respond(try show($0)) })
        router.add(.post, path, .open(send))
    }

    private static func show(
        _ visit: OpenVisit, _ fields: Fields = Fields(), status: HTTPResponse.Status = .ok
    ) throws -> Response {
        guard visit.context.operations.hasMail() else { throw NotFound("screen") }
        return PlainPage(title: "Forgot password?") { html in
            html += """
                \(fields.summary)<form method="post" action="\(path)">
                <p class="lead">You will get an email with a link to set a new password.</p>
                \(fields.text("email", "Email", type: .email, attributes: " autocomplete=\"username\""))\
                <p class="actions"><button class="main">Send link</button></p>
                </form>

                """
        }.response(status)
    }

    private static func send(_ visit: OpenVisit) throws -> Outcome {
        let context = visit.context
        guard context.operations.hasMail() else { throw NotFound("screen") }
        let email = visit.form.trimmed("email")
        guard EmailAddress(email) != nil else {
            let fault = FieldFault("email", UserRefusal.emailInvalid.description)
            return .respond(
                try show(visit, Fields(visit.form, faults: [fault]), status: .unprocessableContent))
        }
        // Every email counts as an attempt that failed, so that nobody can fill a mailbox.
        try context.guesses.attempt(.mail(email: email), address: visit.address, at: visit.now)
        return .answerFirst(.redirect(LoginScreen.path, .linkSent), visit.guest) { transaction in
            guard
                let (user, token) = try context.publishing.makeForgottenPasswordLink(email: email, in: transaction),
                let address = EmailAddress(user.email)
            else { return {} }
            let letter = AccountLetter.reset(
                url: context.place.url + AccountLink.path(.reset, token), until: context.end(of: .reset, at: visit.now))
            return { context.operations.send(letter, address) }
        }
    }
}

extension Context {
    /// When a link of this kind expires, if it is made now.
    func end(of kind: AccountLink.Kind, at now: Timestamp) -> Timestamp { now.advanced(byMilliseconds: kind.lifetime) }
}
