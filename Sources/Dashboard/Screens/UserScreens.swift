import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Notifications
import Publishing
import StatusPages
import Storage

/// "Users": list, invite, change and disable users, and revoke their links. Only for owners.
enum UserScreens {
    static let path = "\(DashboardPlace.root)/users"

    static func add(to router: inout Router<Screen>) {
        let one = "\(path)/{id}"
        router.add(.get, path, .user(as: .apiKeysManage) { .respond(try list($0)) })
        router.add(.get, "\(path)/new", .user(as: .apiKeysManage) { .respond(UserViews.new($0)) })
        router.add(.post, "\(path)/new", .user(as: .apiKeysManage, isConfirmed: true, invite))
        router.add(.post, "\(path)/links/{id}/revoke", .user(as: .apiKeysManage, isConfirmed: true, revokeLink))
        router.add(.get, one, .user(as: .apiKeysManage) { .respond(try UserViews.show($0, user($0))) })
        router.add(.post, "\(one)/role", .user(as: .apiKeysManage, isConfirmed: true, changeRole))
        router.add(.post, "\(one)/reset", .user(as: .apiKeysManage, isConfirmed: true, makeResetLink))
        add(to: &router, "reset-two-factor", .twoFactorReset) { publishing, id, transaction in
            _ = try publishing.resetTwoFactor(of: id, in: transaction)
        }
        add(to: &router, "sign-out", .sessionsEnded) { publishing, id, transaction in
            _ = try publishing.signOutEverywhere(id, in: transaction)
        }
        add(to: &router, "disable", .disabled) { publishing, id, transaction in
            _ = try publishing.disable(id, in: transaction)
        }
        add(to: &router, "enable", .enabled) { publishing, id, transaction in
            _ = try publishing.enable(id, in: transaction)
        }
    }

    /// Adds the route of an action on a user that needs no input.
    private static func add(
        to router: inout Router<Screen>, _ name: String, _ notice: Notice,
        _ act: @escaping @Sendable (Publishing, ID<User>, WriteTransaction) throws -> Void
    ) {
        router.add(
            .post, "\(path)/{id}/\(name)",
            .user(as: .apiKeysManage, isConfirmed: true) { visit in
                let user = try user(visit)
                return visit.write(as: .apiKeysManage, recover: showing(visit, user)) { transaction, _ in
                    try act(visit.context.publishing, user.id, transaction)
                    return .redirect(user.dashboardPath, notice)
                }
            })
    }

    private static func list(_ visit: Visit) throws -> Response {
        let (users, links) = try visit.context.store.read { transaction in
            (try transaction.users(), try transaction.openAccountLinks(at: visit.now))
        }
        return UserViews.list(visit, users, links)
    }

    private static func invite(_ visit: Visit) throws -> Outcome {
        let context = visit.context
        let form = visit.form
        let refuse = { @Sendable (fault: FieldFault) -> Outcome in
            .respond(UserViews.new(visit, Fields(form, faults: [fault]), status: .unprocessableContent))
        }
        guard let role = User.Role(rawValue: form.trimmed("role")) else {
            return refuse(FieldFault("role", "Choose a role."))
        }
        let email = form.trimmed("email")
        let name = form.trimmed("name")
        return visit.write(
            as: .apiKeysManage,
            recover: { error in
                switch error {
                case let refusal as UserRefusal where refusal == .emailInvalid || refusal == .emailTaken:
                    return refuse(FieldFault("email", refusal.description))
                case UserRefusal.nameInvalid(let problem): return refuse(FieldFault("name", problem))
                default: throw error
                }
            },
            { transaction, _ in
                try SentOnce(visit).perform(in: transaction) {
                    let (link, token) = try context.publishing.invite(
                        email: email, name: name.isEmpty ? nil : name, role: role, in: transaction)
                    let url = context.place.url + AccountLink.path(.invitation, token)
                    let isMailed = send(.invitation(url: url, until: link.expiresAt), to: email, context)
                    return (.respond(UserViews.invitation(visit, url, email, isMailed: isMailed)), location: path)
                }
            })
    }

    private static func revokeLink(_ visit: Visit) throws -> Outcome {
        let name = visit.parameters.first ?? ""
        return visit.write(as: .apiKeysManage) { transaction, _ in
            try visit.context.publishing.revokeLink(name, in: transaction)
            return .redirect(path, .linkRevoked)
        }
    }

    private static func makeResetLink(_ visit: Visit) throws -> Outcome {
        let context = visit.context
        let user = try user(visit)
        return visit.write(as: .apiKeysManage, recover: showing(visit, user)) { transaction, _ in
            let (link, token) = try context.publishing.makeResetLink(for: user.id, in: transaction)
            let url = context.place.url + AccountLink.path(.reset, token)
            let isMailed = send(.reset(url: url, until: link.expiresAt), to: user.email, context)
            return .respond(UserViews.reset(visit, url, user, isMailed: isMailed))
        }
    }

    private static func changeRole(_ visit: Visit) throws -> Outcome {
        let user = try user(visit)
        guard let role = User.Role(rawValue: visit.form.trimmed("role")) else {
            let fields = Fields(visit.form, faults: [FieldFault("role", "Choose a role.")])
            return .respond(UserViews.show(visit, user, fields, status: .unprocessableContent))
        }
        return visit.write(as: .apiKeysManage, recover: showing(visit, user)) { transaction, _ in
            _ = try visit.context.publishing.changeRole(of: user.id, to: role, in: transaction)
            return .redirect(user.dashboardPath, .saved)
        }
    }

    // MARK: Parts

    private static func user(_ visit: Visit) throws -> User {
        guard let id = visit.parameters.first.flatMap({ ID<User>($0) }) else { throw NotFound("user") }
        return try visit.context.store.read { try visit.context.publishing.find(id, in: $0) }
    }

    /// Shows a refusal on the user's screen (409).
    private static func showing(_ visit: Visit, _ user: User) -> @Sendable (any Error) throws -> Outcome {
        { error in
            switch error {
            case let refusal as UserRefusal where refusal.concernsOther:
                let fields = Fields(UserViews.form(of: user), faults: [FieldFault("", refusal.description)])
                return .respond(UserViews.show(visit, user, fields, status: .conflict))
            default: throw error
            }
        }
    }

    /// - Returns: whether an email is on its way.
    private static func send(_ letter: AccountLetter, to email: String, _ context: Context) -> Bool {
        guard context.operations.hasMail(), let address = EmailAddress(email) else { return false }
        context.operations.send(letter, address)
        return true
    }
}

extension UserRefusal {
    /// Whether the reason is the state of the user who is changed, and not of the one who asks.
    fileprivate var concernsOther: Bool {
        switch self {
        case .lastOwner, .ownRole, .twoFactorIsOff, .disabled: true
        default: false
        }
    }
}

extension User {
    /// The path of the user's screen.
    var dashboardPath: String { "\(UserScreens.path)/\(id)" }
}
