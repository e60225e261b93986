public import Accounts
import Dispatch
public import HTTPServer
public import HTTPTypes
import Locking
public import Logging
import Markup
public import Publishing
public import StatusPages
public import Storage

/// Serves everything below `/dashboard`: the screens on which people publish.
public final class Dashboard: Sendable {
    private static let mostFields = 5_000
    /// How many passwords may wait to be checked.
    private static let mostWaitingPasswords = 8

    let router: Router<Screen>
    private let settings: Locked<DashboardSettings>
    private let store: Store
    private let writer: Writer
    private let publishing: Publishing
    private let uses: SessionUses
    /// One password at a time, and at a low priority, so that other work hardly waits for log-ins. The lowest priority
    /// (`SCHED_IDLE`) would starve log-ins while all processors are busy.
    let passwords = BoundedQueue(
        label: "dashboard.passwords", width: 1, capacity: mostWaitingPasswords, niceness: 10)
    private let posts = PostLimits()
    private let guesses = LoginGuard()
    private let logIns = PendingLogins()
    let secrets = NewSecrets()
    /// Counts of log-ins and of refused forms.
    public let access: AccessRecord
    private let operations: Operations
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let newID: @Sendable () -> ULID
    private let surroundings: Locked<Surroundings>

    public init(
        _ settings: DashboardSettings, publishing: Publishing, store: Store, writer: Writer, uses: SessionUses,
        operations: Operations, logger: Logger,
        now: @escaping @Sendable () -> Timestamp, newID: @escaping @Sendable () -> ULID,
        surroundings: Surroundings = Surroundings()
    ) {
        self.settings = Locked(settings)
        self.store = store
        self.writer = writer
        self.publishing = publishing
        self.uses = uses
        self.operations = operations
        self.logger = logger
        access = AccessRecord(logger: logger)
        self.now = now
        self.newID = newID
        self.surroundings = Locked(surroundings)
        router = Self.routes()
    }

    /// How long sessions last, by the current settings.
    public var sessionRules: SessionRules { settings.withLock { $0.sessions } }

    /// Replaces the settings.
    public func use(_ settings: DashboardSettings) { self.settings.withLock { $0 = settings } }

    /// Replaces what screens show of the server.
    public func use(_ surroundings: Surroundings) { self.surroundings.withLock { $0 = surroundings } }

    private var context: Context {
        Context(
            store: store, publishing: publishing, settings: settings.withLock { $0 }, guesses: guesses,
            logIns: logIns, access: access, secrets: secrets, uses: uses, operations: operations, newID: newID,
            surroundings: surroundings.withLock { $0 })
    }

    /// The address of the server's root on the dashboard's host, without a trailing slash. Links append paths to it.
    public var rootURL: String { context.place.url }

    /// The address of the first screen; nil if the dashboard is disabled.
    public var url: String? { settings.withLock { $0 }.url(serverURL: publishing.site.serverURL) }

    /// Whether a request is for the dashboard: both its path and its host must match.
    public func owns(_ request: Request) -> Bool {
        let path = request.path
        guard path == DashboardPlace.root || path.hasPrefix(DashboardPlace.root + "/") else { return false }
        let context = context
        return context.settings.isEnabled && context.place.serves(authority: request.head.authority ?? "")
    }

    /// The template of a path, for metrics and logs; nil for a path without a screen.
    public func route(_ method: HTTPRequest.Method, _ path: Substring) -> String? {
        if DashboardAsset.owns(path) { return DashboardAsset.template }
        guard case .endpoint(_, let template, _) = router.match(method, path) else { return nil }
        return template
    }

    /// Answers a request by calling `respond` once.
    public func handle(_ request: Request, requestID: String, respond: @escaping @Sendable (Response) -> Void) {
        if let asset = DashboardAsset.response(to: request) { return respond(asset) }
        let exchange = Exchange(request: request, requestID: requestID, context: context) { response in
            respond(response.secured)
        }
        run(exchange) { try begin(exchange) }
    }

    // MARK: Before a screen

    private func begin(_ exchange: Exchange) throws -> Outcome {
        let request = exchange.request
        let screen: Screen
        let parameters: [String]
        switch router.match(request.head.method, request.path) {
        case .notFound: throw NotFound("screen")
        case .methodNotAllowed(let allowed): throw FormProblem.methodNotAllowed(allowed)
        case .endpoint(let found, _, let values): (screen, parameters) = (found, values)
        }
        let isPost = request.head.method == .post
        if isPost { try CrossSiteCheck(place: exchange.context.place).check(request) }
        let (form, files) = isPost ? try Self.form(of: request) : (URLEncodedForm(), [:])
        let open = OpenVisit(
            context: exchange.context, request: request, requestID: exchange.requestID, parameters: parameters,
            query: try Self.reading { () throws(URLEncodedForm.Problem) in
                try URLEncodedForm(parsing: request.query ?? "", mostFields: Self.mostFields)
            },
            form: form, files: files, now: now())
        switch screen.access {
        case .open(let perform):
            try open.requireTLS()
            return exchange.keepsText ? .redirect(DashboardPlace.root) : try perform(open)
        case .user(let role, let isConfirmed, let perform):
            let found = try visit(open)
            if let outcome = try HeaderLogin.outcome(of: open, found?.visit, keepsText: screen.keepText != nil) {
                return outcome
            }
            guard let (visit, token) = found else {
                return try LoginScreen.ask(open, keepsText: screen.keepText != nil)
            }
            if isPost {
                try CrossSiteCheck.check(form["csrf"], of: token)
                try posts.admit(visit.session.hash, at: open.now)
            }
            guard visit.may(role) else { throw UserRefusal.missingRole(role) }
            if exchange.keepsText { return try screen.keepText?(visit) ?? .redirect(DashboardPlace.root) }
            if !screen.servesUnenrolled, visit.mustEnrol { return TwoFactorScreen.ask(visit) }
            if isConfirmed, open.context.settings.sessions.needsConfirmation(visit.session, at: open.now) {
                return ConfirmScreen.ask(visit)
            }
            return try perform(visit)
        }
    }

    /// The user and session of the request's cookie; nil without a valid one.
    private func visit(_ open: OpenVisit) throws -> (visit: Visit, token: SecretToken)? {
        guard let token = open.sessionToken, let (stored, user) = try store.read({ try $0.session(hash: token.hash) })
        else {
            return nil
        }
        let session = uses.completed(stored)
        guard !user.isDisabled, open.context.settings.sessions.isValid(session, at: open.now) else { return nil }
        uses.note(session, at: open.now)
        return (Visit(base: open, user: user, session: session, csrf: CrossSiteCheck.token(of: token)), token)
    }

    private static func form(of request: Request) throws -> (URLEncodedForm, [String: [UInt8]]) {
        switch request.body {
        case .tooLarge(let limit): throw FormProblem.tooLarge(limit: limit)
        case .complete(let body):
            if let multipart = try MultipartForm(body, request.head.headerFields[.contentType] ?? "") {
                return (multipart.fields, multipart.files)
            }
            return (
                try reading { () throws(URLEncodedForm.Problem) in
                    try URLEncodedForm(parsing: body, mostFields: mostFields)
                }, [:]
            )
        }
    }

    private static func reading(_ read: () throws(URLEncodedForm.Problem) -> URLEncodedForm) throws -> URLEncodedForm {
        do { return try read() } catch { throw FormProblem.malformed(error) }
    }

    // MARK: After a screen

    private func run(_ outcome: Outcome, of request: Exchange) {
        switch outcome {
        case .respond(let response): request.answer(response)
        case .password(let attempt, let work):
            let isQueued = passwords.submit { [self] in
                let next = Result { try work() }
                // The next step may write. At a low priority, it would hold up other writes.
                DispatchQueue.global().async { self.run(request) { try next.get() } }
            }
            guard !isQueued else { return }
            if let attempt { guesses.takeBack(attempt, address: request.request.remoteAddress) }
            run(request) { throw FormProblem.tooManyLogIns }
        case .later(let begin): begin { [self] next in run(request, next) }
        case .answerFirst(let response, let actor, let body):
            request.answer(response)
            writer.write(as: actor, body) { [logger] result in
                switch result {
                case .success(let finish): finish()
                case .failure(let error):
                    logger.error(
                        "a request to the dashboard failed after its response was sent",
                        metadata: ["request_id": "\(request.requestID)", "error": "\(error)"])
                }
            }
        case .write(let actor, let body, let recover):
            writer.write(as: actor, body, mayWait: true) { [self] result in
                run(request) {
                    do { return try result.get() } catch { return try recover(error) }
                }
            }
        case .instead(let other, let keepsText, let cookies):
            let answer = request.answer
            var exchange = Exchange(request: other, requestID: request.requestID, context: request.context) {
                response in
                var response = response
                for cookie in cookies { response.head.headerFields.append(HTTPField(name: .setCookie, value: cookie)) }
                answer(response)
            }
            exchange.keepsText = keepsText
            run(exchange) { try begin(exchange) }
        }
    }

    /// Runs a step of a request. If the step throws, answers the request with the error.
    private func run(_ request: Exchange, _ step: () throws -> Outcome) {
        let outcome: Outcome
        do {
            outcome = try step()
        } catch {
            if let refusal = error as? CrossSiteCheck.Refusal { access.refused(refusal) }
            let failure = Failure(error)
            if failure.status.code >= 500 {
                logger.error(
                    "a request to the dashboard failed",
                    metadata: ["request_id": "\(request.requestID)", "error": "\(error)"])
            }
            return request.answer(failure.response(to: request))
        }
        run(outcome, of: request)
    }
}

/// A request, and the function that answers it.
struct Exchange: Sendable {
    let request: Request
    let requestID: String
    let context: Context
    /// Whether the server may only keep the text of the form, and must do nothing else.
    var keepsText = false
    let answer: @Sendable (Response) -> Void
}
