import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// The screens of links by which people get in without a password: "Set up Allclear", "Accept invitation" and "Reset
/// password". The token is in the fragment of the link, which browsers do not send. A script moves it into the form,
/// and people without scripts type it.
enum LinkScreens {
    static func path(_ kind: AccountLink.Kind) -> String { "\(DashboardPlace.root)/\(kind.rawValue)" }

    static func add(to router: inout Router<Screen>) {
        for kind in AccountLink.Kind.allCases {
            router.add(
                .get, path(kind),
                .open { visit in
                    try requireUse(of: kind, visit)
                    return .respond(show(kind))
                })
            router.add(.post, path(kind), .open { try enter(kind, $0) })
        }
    }

    /// The first owner is set up once.
    private static func requireUse(of kind: AccountLink.Kind, _ visit: OpenVisit) throws {
        guard kind == .setup, try visit.context.store.read({ try $0.userCount() }) > 0 else { return }
        throw NotFound("screen")
    }

    private static func show(
        _ kind: AccountLink.Kind, _ fields: Fields = Fields(), status: HTTPResponse.Status = .ok
    ) -> Response {
        PlainPage(title: kind.title) { html in
            html += """
                \(fields.summary)<form method="post" action="\(path(kind))" data-fragment="token">
                <p class="lead">\(kind.lead)</p>
                \(fields.text("token", kind.tokenLabel, attributes: " autocomplete=\"off\" spellcheck=\"false\""))
                """
            if kind != .reset {
                let hint = kind == .setup ? nil : "Leave it empty to keep the name in the invitation, if it has one."
                html += fields.text(
                    "name", "Name", hint: hint, isRequired: kind == .setup, attributes: " autocomplete=\"name\"")
            }
            if kind == .setup {
                html += fields.text("email", "Email", type: .email, attributes: " autocomplete=\"username\"")
            }
            html += """
                \(fields.newPassword("password", "Password"))\
                <p class="actions"><button class="main">\(kind.button)</button></p>
                </form>

                """
        }.response(status)
    }

    private static func enter(_ kind: AccountLink.Kind, _ visit: OpenVisit) throws -> Outcome {
        let context = visit.context
        try requireUse(of: kind, visit)
        let refuse = { @Sendable (faults: [FieldFault]) -> Outcome in
            .respond(show(kind, Fields(visit.form, faults: faults), status: .unprocessableContent))
        }
        let linkFault = FieldFault("token", kind.tokenFault)
        // The token is checked first, so that a wrong one does not cost the hash of a password.
        guard let token = SecretToken(visit.form.trimmed("token")),
            let person = try person(of: token, kind, visit)
        else { return refuse([linkFault]) }
        let password = visit.form["password"] ?? ""
        let faults = person.faults + context.faults(ofPassword: password, email: person.email, name: person.name)
        guard faults.isEmpty else { return refuse(faults) }
        return .password(attempt: nil) {
            let hash = try PasswordHash.make(password)
            return .write(
                visit.guest,
                { transaction in
                    let publishing = context.publishing
                    let user: User
                    switch kind {
                    case .setup:
                        user = try publishing.setUp(
                            token, name: person.name, email: person.email, passwordHash: hash, in: transaction)
                    case .invitation:
                        user = try publishing.accept(token, name: person.name, passwordHash: hash, in: transaction)
                    case .reset:
                        _ = try publishing.reset(token, passwordHash: hash, in: transaction)
                        // The second factor, if there is one, is still needed.
                        return .redirect(LoginScreen.path, .passwordSet)
                    }
                    return try LoginScreen.enter(visit, user, .password, in: transaction)
                },
                recover: { error in
                    switch error {
                    case UserRefusal.linkInvalid: return refuse([linkFault])
                    case UserRefusal.alreadySetUp: throw NotFound("screen")
                    case UserRefusal.emailTaken where kind == .setup: throw NotFound("screen")
                    case let refusal as UserRefusal: return refuse([FieldFault("", refusal.description)])
                    default: throw error
                    }
                })
        }
    }

    /// The person who enters by a link.
    private struct Person {
        let email: String
        let name: String
        var faults: [FieldFault] = []
    }

    /// - Returns: nil if the link is not of this kind, or cannot be used.
    private static func person(of token: SecretToken, _ kind: AccountLink.Kind, _ visit: OpenVisit) throws -> Person? {
        let context = visit.context
        return try context.store.read { transaction -> Person? in
            guard let link = try? context.publishing.validLink(token, in: transaction), link.kind == kind else {
                return nil
            }
            let typed = visit.form.trimmed("name")
            switch link.purpose {
            case .setup:
                let email = visit.form.trimmed("email")
                var person = Person(email: email, name: typed, faults: faults(ofName: typed))
                if EmailAddress(email) == nil {
                    person.faults.append(FieldFault("email", UserRefusal.emailInvalid.description))
                }
                return person
            case .invitation(let email, let given, _):
                let name = typed.isEmpty ? given ?? "" : typed
                return Person(email: email, name: name, faults: faults(ofName: name))
            case .reset(let id):
                guard let user = try transaction.user(id), !user.isDisabled else { return nil }
                return Person(email: user.email, name: user.name)
            }
        }
    }

    private static func faults(ofName name: String) -> [FieldFault] {
        TextRule.name.problem(name).map { [FieldFault("name", $0)] } ?? []
    }
}

extension Context {
    /// - Parameter field: the name of the field with the password.
    func faults(
        ofPassword password: String, email: String, name: String, field: String = "password"
    ) -> [FieldFault] {
        let problem = PasswordRule.problem(password, email: email, name: name, pageNames: site.pages.map(\.name))
        return problem.map { [FieldFault(field, $0)] } ?? []
    }
}

extension Fields {
    func newPassword(_ name: String, _ label: String) -> HTML {
        text(
            name, label, type: .password,
            hint: "At least \(PasswordRule.least) characters. Several words are easy to remember.",
            attributes: " autocomplete=\"new-password\"")
    }
}

extension AccountLink.Kind {
    fileprivate var title: String {
        switch self {
        case .setup: "Set up Allclear"
        case .invitation: "Accept invitation"
        case .reset: "Reset password"
        }
    }

    fileprivate var lead: HTML {
        switch self {
        case .setup:
            """
            Create the first owner of this server. The token is the part after # in the link that \
            <code>allclear users setup-link</code> prints.
            """
        case .invitation: "Create your account. The code is the part after # in the link that you got."
        case .reset: "Choose a new password. The code is the part after # in the link that you got."
        }
    }

    fileprivate var tokenLabel: String { self == .setup ? "Set-up token" : "Code" }

    fileprivate var tokenFault: String {
        self == .setup
            ? "The token is invalid, was used before, or has expired. Create one with: allclear users setup-link"
            : "The code is invalid, was used before, or has expired. Ask for a new link."
    }

    fileprivate var button: String {
        switch self {
        case .setup: "Create owner account"
        case .invitation: "Create account"
        case .reset: "Set password"
        }
    }
}
