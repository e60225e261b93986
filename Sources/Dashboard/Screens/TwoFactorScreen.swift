import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Two-factor authentication": codes from an app, in addition to the password.
enum TwoFactorScreen {
    static let path = "\(AccountScreen.path)/two-factor"
    private static let codesPath = "\(path)/recovery-codes"

    /// The actions of the form's buttons.
    private enum Act: String {
        case setUp = "set-up"
        case turnOn = "turn-on"
        case turnOff = "turn-off"
    }

    static func add(to router: inout Router<Screen>) {
        router.add(
            .get, path,
            .user(servesUnenrolled: true) { visit in
                try visit.requireOwnLogIn()
                return .respond(try show(visit))
            })
        router.add(.post, path, .user(isConfirmed: true, servesUnenrolled: true, perform))
        router.add(.post, codesPath, .user(isConfirmed: true, renewCodes))
    }

    /// The answer to a user who must set up a second factor first.
    static func ask(_ visit: Visit) -> Outcome {
        let isForm = visit.request.head.method == .post
        let target = isForm ? nil : visit.request.head.path.map(PercentEncoding.encode)
        return .redirect(path + (target.map { "?next=\($0)" } ?? ""), .secondFactorRequired)
    }

    // MARK: Views

    private static func show(
        _ visit: Visit, _ fields: Fields = Fields(), status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let secret = visit.context.secrets.secret(of: visit.user.id, at: visit.now)
        let codesLeft = try visit.context.store.read { try $0.recoveryCodeCount(of: visit.user.id) }
        return page(visit) { html in
            html += fields.summary
            if visit.user.hasTwoFactor {
                html += on(visit, codesLeft: codesLeft)
            } else if let secret {
                html += setUp(visit, secret, fields)
            } else {
                html += """
                    <p class="lead">It is off. Once it is on, a log-in also needs a code from an app on your phone, \
                    so a stolen password is not enough.</p>
                    \(button(visit, .setUp, "Set up", kind: " class=\"main\""))
                    """
            }
        }.response(status)
    }

    private static func on(_ visit: Visit, codesLeft: Int) -> HTML {
        let off =
            visit.context.settings.requiresTwoFactor
            ? "<p class=\"note\">This server requires a second factor, so only an owner can reset it.</p>\n"
            : button(visit, .turnOff, "Turn off", kind: " class=\"danger\"")
        return """
            <p class="lead">It is on. \(codesLeft == 1 ? "1 recovery code is" : "\(codesLeft) recovery codes are") left. \
            New codes replace all earlier ones.</p>
            <div class="actions">\(ActionForm.html(visit, codesPath, "New recovery codes", fields: SentOnce.field(visit)))\
            </div>
            \(off)
            """
    }

    private static func setUp(_ visit: Visit, _ secret: [UInt8], _ fields: Fields) -> HTML {
        let address = TOTP.address(secret: secret, email: visit.user.email, issuer: issuer(visit))
        let code = QRCode(address).map { $0.svg(label: "QR code with the secret") } ?? ""
        let text = TOTP.base32(secret)
        let groups = stride(from: 0, to: text.count, by: 4).map { text.dropFirst($0).prefix(4) }.joined(separator: " ")
        return """
            <ol class="steps">
            <li>Scan this code with an authenticator app. On your phone, \
            <a href="\(address)">open the app</a>.
            \(code)
            <p class="note">Or type this secret: <code>\(groups)</code></p></li>
            <li><form method="post" action="\(path)">
            \(visit.csrfField)\(visit.base.nextField)<input type="hidden" name="act" value="\(Act.turnOn.rawValue)">
            \(fields.text("code", "Code", hint: "The six digits that the app shows now.", attributes: " autocomplete=\"one-time-code\" inputmode=\"numeric\""))\
            <p class="actions"><button class="main">Turn on</button></p>
            </form></li>
            </ol>

            """
    }

    /// The only answer that contains the recovery codes.
    /// - Parameter result: a sentence.
    private static func show(_ codes: [String], after result: String, _ visit: Visit) -> Response {
        page(visit) { html in
            html += """
                <p class="notice" role="status">\(result) Save these recovery codes now: they are not shown again.</p>
                <p>Without your phone, each code lets you in once.</p>
                <ul class="codes" aria-label="Recovery codes">\(codes.map { "<li><code>\($0)</code></li>\n" as HTML })</ul>
                <p class="actions"><a class="button main" href="\(visit.next ?? AccountScreen.path)">Done</a></p>

                """
        }.response()
    }

    private static func page(_ visit: Visit, _ content: @escaping (inout HTML) -> Void) -> ScreenPage {
        ScreenPage(
            visit: visit, title: "Two-factor authentication", section: AccountScreen.section,
            crumbs: AccountScreen.crumbs, content: content)
    }

    private static func button(_ visit: Visit, _ act: Act, _ label: String, kind: HTML) -> HTML {
        """
        <form method="post" action="\(path)">\(visit.csrfField)\(visit.base.nextField)\
        <p class="actions"><button\(kind) name="act" value="\(act.rawValue)">\(label)</button></p></form>

        """
    }

    /// The name in the app: that of the host, because people may use several servers.
    private static func issuer(_ visit: Visit) -> String {
        "Allclear \(DashboardPlace.authority(of: visit.context.place.url))"
    }

    // MARK: Acts

    private static func perform(_ visit: Visit) throws -> Outcome {
        try visit.requireOwnLogIn()
        let here = visit.next.map { "\(path)?next=\(PercentEncoding.encode($0))" } ?? path
        switch visit.form["act"].flatMap(Act.init) {
        case .setUp:
            try visit.context.secrets.make(for: visit.user.id, at: visit.now)
            return .redirect(here)
        case .turnOn: return try turnOn(visit, here)
        case .turnOff:
            guard !visit.context.settings.requiresTwoFactor else { return .redirect(path) }
            return visit.write(as: .statusPageViewer, recover: stopping(at: path)) { transaction, user in
                _ = try visit.context.publishing.turnOffTwoFactor(of: user.id, in: transaction)
                return .redirect(path, .secondFactorOff)
            }
        case nil: return .redirect(here)
        }
    }

    private static func turnOn(_ visit: Visit, _ here: String) throws -> Outcome {
        let context = visit.context
        guard let secret = context.secrets.secret(of: visit.user.id, at: visit.now) else { return .redirect(here) }
        let code = visit.form["code"] ?? ""
        guard let step = TOTP.step(of: code, secret: secret, at: visit.now, after: nil) else {
            let fault = FieldFault("code", "The code is wrong. Check the clock of your phone, and enter the next code.")
            return .respond(
                try show(visit, Fields(visit.form, faults: [fault]), status: .unprocessableContent))
        }
        return visit.write(as: .statusPageViewer, recover: stopping(at: path)) { transaction, user in
            let codes = try context.publishing.turnOnTwoFactor(
                of: user.id, secret: secret, step: step, in: transaction)
            context.secrets.forget(user.id)
            return .respond(show(codes, after: "It is on.", visit))
        }
    }

    /// If the form is sent again, the codes that the user has just saved stay valid.
    private static func renewCodes(_ visit: Visit) throws -> Outcome {
        try visit.requireOwnLogIn()
        return visit.write(as: .statusPageViewer, recover: stopping(at: path)) { transaction, user in
            try SentOnce(visit).perform(in: transaction) {
                let codes = try visit.context.publishing.renewRecoveryCodes(of: user.id, in: transaction)
                return (.respond(show(codes, after: "The earlier codes no longer work.", visit)), location: path)
            }
        }
    }

    /// If a form is sent twice, or from two windows, the second one changes nothing.
    private static func stopping(at path: String) -> @Sendable (any Error) throws -> Outcome {
        { error in
            guard let refusal = error as? UserRefusal, refusal == .twoFactorIsOn || refusal == .twoFactorIsOff else {
                throw error
            }
            return .redirect(path)
        }
    }
}
