import Accounts
import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Storage

/// Log-ins by a trusted proxy, which names the user in every request. Only connections from `trusted_proxies` count:
/// other clients could send the fields themselves.
enum HeaderLogin {
    /// A person as the proxy names them.
    fileprivate struct Identity {
        let email: String
        let name: String?
        /// Nil if the proxy does not decide about roles.
        let role: User.Role?
    }

    /// The step that must come before a screen, if any. The step ends a session whose user the proxy does not name. If
    /// the proxy names a user, the step begins a session and serves the request again.
    /// - Parameter visit: the request in its session; nil without one.
    /// - Returns: nil if no step is needed.
    static func outcome(of open: OpenVisit, _ visit: Visit?, keepsText: Bool) throws -> Outcome? {
        guard let rules = open.context.settings.trustedHeader, let identity = try identity(of: open.request, rules)
        else {
            guard let session = visit?.session, session.method == .header else { return nil }
            return end(session, open, keepsText: keepsText)
        }
        if let visit, visit.session.method == .header, try visit.user.agrees(with: identity, open) { return nil }
        return enter(open, identity, rules, ending: visit?.session, keepsText: keepsText)
    }

    /// - Returns: nil if the request is not from a trusted proxy, or the proxy names nobody.
    /// - Throws: `FormProblem`.
    private static func identity(of request: Request, _ rules: TrustedHeader) throws(FormProblem) -> Identity? {
        guard request.isFromProxy, let email = try value(of: rules.email, request) else { return nil }
        guard EmailAddress(email) != nil else { throw .ambiguousProxy }
        var name: String?
        if let field = rules.name { name = try value(of: field, request) }
        guard let field = rules.groups else { return Identity(email: email, name: name, role: nil) }
        let groups = (try value(of: field, request) ?? "").split { $0 == "," || $0 == "|" }.map { group in
            String(group.trimmingPrefix { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        let roles = groups.compactMap { rules.roles[$0] }
        // The first case has the most rights.
        guard let role = User.Role.allCases.first(where: roles.contains) else { throw .noAccess(email: email) }
        return Identity(email: email, name: name, role: role)
    }

    /// A field that the proxy sets. If there are two, a client may have sent one of them.
    private static func value(of name: HTTPField.Name, _ request: Request) throws(FormProblem) -> String? {
        let values = request.head.headerFields[values: name]
        guard values.count <= 1 else { throw .ambiguousProxy }
        return values.first.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Ends a session whose user the proxy does not name any more.
    private static func end(_ session: Session, _ open: OpenVisit, keepsText: Bool) -> Outcome {
        let context = open.context
        return .write(
            open.guest,
            { transaction in
                try context.publishing.logOut(session.hash, in: transaction)
                return try LoginScreen.ask(open, keepsText: keepsText)
            }, recover: { throw $0 })
    }

    private static func enter(
        _ open: OpenVisit, _ identity: Identity, _ rules: TrustedHeader, ending old: Session?, keepsText: Bool
    ) -> Outcome {
        let context = open.context
        return .write(
            open.guest,
            { transaction in
                if let old { try context.publishing.logOut(old.hash, in: transaction) }
                let user = try context.publishing.admit(
                    email: identity.email, name: identity.name, role: identity.role,
                    createsUsers: rules.createsUsers, in: transaction)
                let (_, token) = try context.publishing.logIn(
                    user.id, by: .header, userAgent: open.request.head.headerFields[.userAgent] ?? "",
                    address: open.address ?? "", in: transaction)
                let cookies = [LoginScreen.sessionCookie(token, context)]
                // A form cannot belong to the new session, so at most its text is kept.
                guard open.request.head.method == .post, keepsText else {
                    return .instead(open.request.carrying(token), cookies: cookies).after(context.access.succeeded)
                }
                let request = KeptForm(open.request, open.form).request(in: token, as: open.request)
                return .instead(request, keepsText: true, cookies: cookies).after(context.access.succeeded)
            },
            recover: { error in
                switch error {
                case UserRefusal.unknown, UserRefusal.disabled: throw FormProblem.noAccess(email: identity.email)
                default: throw error
                }
            })
    }
}

extension User {
    /// Whether the user is the one whom the proxy names, with the same role.
    fileprivate func agrees(with identity: HeaderLogin.Identity, _ open: OpenVisit) throws -> Bool {
        guard email.lowercased() == identity.email.lowercased() else { return false }
        guard let role = identity.role, role != self.role else { return true }
        // The last owner stays an owner, whatever the proxy says.
        return try self.role == .owner && !open.context.store.read { try $0.hasOwner(besides: id) }
    }
}
