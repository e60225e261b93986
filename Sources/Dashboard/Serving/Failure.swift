import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// Why the dashboard refuses a request by itself, without asking a use case.
enum FormProblem: Error, Equatable {
    /// - Parameter limit: in bytes.
    case tooLarge(limit: Int)
    case malformed(URLEncodedForm.Problem)
    case malformedFiles
    case methodNotAllowed([HTTPRequest.Method])
    case tooManyLogIns
    /// Without TLS, others on the network could read passwords.
    case withoutTLS
    /// The proxy names a user who has no access.
    case noAccess(email: String)
    /// The proxy names users in a way that cannot be trusted or understood.
    case ambiguousProxy
    /// - Parameter retryAfter: in seconds.
    case tooManyRequests(retryAfter: Int)
}

/// An error as people see it. It never reveals internal details.
struct Failure {
    let status: HTTPResponse.Status
    let title: String
    let text: String
    private var fields: HTTPFields = [:]

    init(_ error: any Error) {
        switch error {
        case let refusal as CrossSiteCheck.Refusal: self.init(refusal)
        case let problem as FormProblem: self.init(problem)
        case let refusal as UserRefusal: self.init(refusal)
        case let error as NotFound:
            self.init(.notFound, "Not found", "There is no such \(error.what).")
        case let conflict as SubscriberConflict:
            self.init(.conflict, "This cannot be done", conflict.explanation)
        case let faults as Faults:
            self.init(.unprocessableContent, "This cannot be done", faults.all.map(\.message).joined(separator: " "))
        case PageRefusal.managedByConfiguration, StructureRefusal.managedByConfiguration:
            self.init(
                .conflict, "Declared in the configuration",
                "Nothing was changed. Change the page in the configuration, and reload the server.")
        case StructureRefusal.claimed(let claim):
            self.init(
                .conflict, "A tool manages this",
                "Nothing was changed. Change it in \(claim.manager == .terraform ? "Terraform" : "the tool") instead.")
        case StorageError.unavailable:
            self.init(
                .serviceUnavailable, "The server cannot write now",
                "Nothing was changed. The server's log has the reason. Try again in a moment.")
        case StorageError.uncertain:
            self.init(
                .serviceUnavailable, "It is not certain whether this was done",
                "Look at the page before you try again.")
        case StorageError.overloaded:
            self.init(.serviceUnavailable, "The server is too busy", "Nothing was changed. Try again in a moment.")
        default:
            self.init(
                .internalServerError, "Something went wrong", "Nothing was changed. The server's log has the reason.")
        }
    }

    private init(_ status: HTTPResponse.Status, _ title: String, _ text: String, fields: HTTPFields = [:]) {
        self.status = status
        self.title = title
        self.text = text
        self.fields = fields
    }

    private init(_ refusal: CrossSiteCheck.Refusal) {
        let title = "This form was rejected"
        switch refusal {
        case .otherSite:
            self.init(.forbidden, title, "Another site sent this form, so nothing was changed.")
        case .otherOrigin(let origin, let own):
            self.init(
                .forbidden, title,
                """
                The browser says that the form is from \(origin), but sent it to \(own). Nothing was \
                changed. Behind a proxy, set public_url to the address that people use, and let the proxy pass Host on.
                """)
        case .unknownOrigin:
            self.init(
                .forbidden, title,
                "The browser does not say where the form is from (Sec-Fetch-Site or Origin), so nothing was changed.")
        case .wrongToken:
            self.init(
                .forbidden, "This form is from another session",
                "Nothing was changed. Go back, reload the page and send the form again.")
        }
    }

    private init(_ problem: FormProblem) {
        switch problem {
        case .tooLarge(let limit):
            self.init(.contentTooLarge, "The form is too large", "The limit is \(limit) bytes. Nothing was changed.")
        case .malformed, .malformedFiles:
            self.init(.badRequest, "The form cannot be read", "Nothing was changed.")
        case .methodNotAllowed(let allowed):
            self.init(
                .methodNotAllowed, "Not possible here", "This address does not support that method.",
                fields: [.allow: allowed.map(\.rawValue).joined(separator: ", ")])
        case .withoutTLS:
            self.init(
                .forbidden, "This connection is not encrypted",
                """
                Others on the network could read passwords, so nobody can log in here. Use https, and set public_url \
                to that address. If you trust the network, set dashboard.allow_http instead.
                """)
        case .noAccess(let email):
            self.init(
                .forbidden, "You have no access",
                """
                The proxy logged you in as \(email), but no enabled user has this address, or none of your groups has \
                a role. Ask an owner for access.
                """)
        case .ambiguousProxy:
            self.init(
                .forbidden, "The proxy does not say who you are",
                "It sent a header field about you twice, or an invalid email address. Check the proxy's settings."
            )
        case .tooManyLogIns:
            self.init(
                .serviceUnavailable, "Too many people are logging in at once", "Try again in a few seconds.",
                fields: [.retryAfter: "5"])
        case .tooManyRequests(let seconds):
            self.init(
                .tooManyRequests, "Too many attempts",
                "Try again in \(seconds == 1 ? "1 second" : "\(seconds) seconds").",
                fields: [.retryAfter: "\(seconds)"])
        }
    }

    private init(_ refusal: UserRefusal) {
        switch refusal {
        case .missingRole:
            self.init(
                .forbidden, "Your role does not allow this", "Ask an owner for another role. Nothing was changed.")
        case .disabled:
            self.init(.forbidden, "Your account is disabled", "Ask an owner to enable it. Nothing was changed.")
        default:
            self.init(.conflict, "This cannot be done", "\(refusal)")
        }
    }

    func response(to exchange: Exchange) -> Response {
        var response = PlainPage(title: title) { html in
            html += """
                <p class="lead">\(text)</p>
                <p class="note">Request \(exchange.requestID)</p>
                <p class="actions"><a class="button" href="\(DashboardPlace.root)">Status pages</a></p>

                """
        }.response(status)
        for field in fields { response.head.headerFields[field.name] = field.value }
        return response
    }
}

extension Response {
    /// The answer with the fields that keep other sites, caches and scripts out of the dashboard.
    var secured: Response {
        var response = self
        for field in Self.securityFields { response.head.headerFields[field.name] = field.value }
        return response
    }

    private static let securityFields: HTTPFields = {
        var fields: HTTPFields = [
            .contentSecurityPolicy: """
            default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
            frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'
            """,
            .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
        ]
        for (name, value) in [
            // With "no-referrer", browsers would send `Origin: null` with forms.
            ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"), ("X-Robots-Tag", "noindex"),
        ] {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }()
}
