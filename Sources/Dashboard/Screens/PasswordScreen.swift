import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages

/// "Change password".
enum PasswordScreen {
    static let path = "\(AccountScreen.path)/password"

    static func add(to router: inout Router<Screen>) {
        router.add(
            .get, path,
            .user(isConfirmed: true) { visit in
                try visit.requireOwnLogIn()
                return .respond(show(visit))
            })
        router.add(.post, path, .user(isConfirmed: true, change))
    }

    private static func show(
        _ visit: Visit, _ fields: Fields = Fields(), status: HTTPResponse.Status = .ok
    ) -> Response {
        let section = AccountScreen.section
        return ScreenPage(visit: visit, title: "Change password", section: section, crumbs: AccountScreen.crumbs) {
            html in
            html += """
                \(fields.summary)<form method="post" action="\(path)">
                \(visit.csrfField)
                <p class="lead">This ends all your other sessions.</p>
                \(fields.text("current_password", "Current password", type: .password, attributes: " autocomplete=\"current-password\""))\
                \(fields.newPassword("password", "New password"))\
                <p class="actions"><button class="main">Change password</button></p>
                </form>

                """
        }.response(status)
    }

    private static func change(_ visit: Visit) throws -> Outcome {
        try visit.requireOwnLogIn()
        let context = visit.context
        let user = visit.user
        let password = visit.form["password"] ?? ""
        let refuse = { @Sendable (faults: [FieldFault]) -> Outcome in
            .respond(show(visit, Fields(faults: faults), status: .unprocessableContent))
        }
        let faults = context.faults(ofPassword: password, email: user.email, name: user.name)
        guard faults.isEmpty else { return refuse(faults) }
        let current = visit.form["current_password"] ?? ""
        let attempt = LoginGuard.Guess.confirmation(of: user)
        try context.guesses.attempt(attempt, address: visit.address, at: visit.now)
        return .password(attempt: attempt) {
            guard let old = user.passwordHash.flatMap(PasswordHash.init(phc:)), old.matches(current) else {
                return refuse([FieldFault("current_password", "The password is wrong.")])
            }
            context.guesses.succeed(attempt, address: visit.address)
            let new = try PasswordHash.make(password)
            return visit.write(as: .statusPageViewer) { transaction, user in
                _ = try context.publishing.changePassword(
                    of: user.id, to: new, keeping: visit.session.hash, in: transaction)
                return .redirect(AccountScreen.path, .passwordChanged)
            }
        }
    }
}
