public import HTTPServer
import HTTPTypes
public import Logging
public import Publishing
public import StatusPages
public import Storage

/// The Status Page API: everything under `/v1` and `/v2`.
public struct ManagementAPI: Sendable {
    let router: Router<Endpoint>
    private let openAPI: OpenAPIRoutes
    private let authenticator: Authenticator
    private let rateLimiter: RateLimiter
    private let uses: KeyUses
    private let writer: Writer
    private let logger: Logger
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - publishing: the use cases.
    ///   - rateLimits: the limits for each key.
    ///   - dashboardURL: the address of the dashboard; nil without one.
    ///   - uses: records when each key is used.
    ///   - now: the server's clock.
    ///   - newID: makes increasing IDs.
    public init(
        publishing: Publishing, store: Store, writer: Writer, rateLimits: RateLimits,
        dashboardURL: @escaping @Sendable () -> String? = { nil }, uses: KeyUses, logger: Logger,
        now: @escaping @Sendable () -> Timestamp, newID: @escaping @Sendable () -> ULID
    ) throws {
        let context = APIContext(publishing: publishing, store: store, now: now, newID: newID)
        var router = Router<Endpoint>()
        PageRoutes(context: context).add(to: &router)
        StructureRoutes(context: context).add(to: &router)
        EventRoutes<Incident>(context: context).add(to: &router)
        IncidentRoutes(context: context).add(to: &router)
        EventRoutes<Maintenance>(context: context).add(to: &router)
        ComponentRoutes(context: context).add(to: &router)
        AvailabilityRoutes(context: context).add(to: &router)
        SubscriberRoutes(context: context).add(to: &router)
        DeliveryRoutes(context: context).add(to: &router)
        ClaimRoutes(context: context).add(to: &router)
        IdentityRoutes(context: context, dashboardURL: dashboardURL).add(to: &router)
        APIKeyRoutes(context: context, uses: uses).add(to: &router)
        AuditRoutes(context: context).add(to: &router)
        openAPI = try OpenAPIRoutes(describing: router.routes, serverURL: context.site.serverURL)
        openAPI.add(to: &router)
        self.router = router
        authenticator = Authenticator(store: store)
        self.writer = writer
        rateLimiter = RateLimiter(rateLimits, now: now)
        self.uses = uses
        self.logger = logger
        self.now = now
    }

    /// Replaces the rate limits.
    public func use(_ rateLimits: RateLimits) { rateLimiter.use(rateLimits) }

    /// Prepares for a new server URL.
    /// - Returns: a closure that switches to the new URL.
    public func prepare(serverURL: String) throws -> @Sendable () -> Void {
        try openAPI.prepare(serverURL: serverURL)
    }

    /// Whether a path belongs to this API.
    public static func owns(_ path: Substring) -> Bool {
        let start = path.utf8.prefix(4)
        return ["/v1/", "/v2/"].contains { start.elementsEqual($0.utf8) || start.elementsEqual($0.utf8.dropLast()) }
    }

    /// The template of a path; nil if the path is not served with that method.
    /// - Parameter path: without its query, still percent-encoded.
    public func route(_ method: String, _ path: Substring) -> String? {
        HTTPRequest.Method(method).flatMap { router.match($0, path).template }
    }

    /// Facts about a request for the log and the metrics.
    public struct Facts: Sendable {
        /// The key that made the request, if it was valid.
        public var key: ID<APIKey>?
        /// The template of the path; nil for a path that is not served.
        public var route: String?
        /// The value of `Allclear-Ignored` in a successful answer.
        public var ignored: String?
        /// Set if the answer repeats an earlier one.
        public var replay: Replay?

        public init(key: ID<APIKey>? = nil, route: String? = nil) {
            self.key = key
            self.route = route
        }
    }

    /// Answers a request by calling `respond` once.
    public func handle(
        _ request: Request, requestID: String, respond: @escaping @Sendable (Response, Facts) -> Void
    ) {
        let match = router.match(request.head.method, request.path)
        var facts = Facts(route: match.template)
        if let document = openAPI.answer(request) {
            let ignored = IgnoredNames(members: [], parameters: QueryParameters(request.query).unread)
            facts.ignored = ignored?.list
            return respond(response(.success(Reply(response: document)), ignored, requestID: requestID), facts)
        }
        let time = now()
        let key: APIKey
        do {
            key = try authenticator.key(for: request.head.headerFields, at: time)
        } catch {
            return respond(response(.failure(error), nil, requestID: requestID), facts)
        }
        uses.note(key.id, at: time)
        facts.key = key.id
        handle(request, match, with: key, requestID: requestID) { [facts] result, ignored, fields in
            var response = self.response(result, ignored, requestID: requestID)
            response.head.headerFields.append(contentsOf: fields)
            var facts = facts
            if case .success(let reply) = result { (facts.ignored, facts.replay) = (ignored?.list, reply.replay) }
            if let replay = facts.replay { note(replay, of: key.id, requestID: requestID) }
            respond(response, facts)
        }
    }

    /// Serves a request that has a valid key.
    /// - Parameter answer: called once, with the result, the ignored names, and the rate limit fields.
    private func handle(
        _ request: Request, _ match: Router<Endpoint>.Match, with key: APIKey, requestID: String,
        _ answer: @escaping @Sendable (Result<Reply, any Error>, IgnoredNames?, HTTPFields) -> Void
    ) {
        let decision = rateLimiter.admit(key.id, isBackfill: match.isBackfill)
        let fields = decision?.fields ?? [:]
        do {
            if let decision, !decision.isGranted { throw APIError.tooManyRequests(decision) }
            let (outcome, ignored) = try begin(request, match, with: key)
            switch outcome {
            case .done(let response): answer(.success(Reply(response: response)), ignored, fields)
            case .writing(let body):
                let actor = AuditActor.key(key, requestID: requestID, address: request.remoteAddress)
                writer.write(as: actor, body, mayWait: true) { answer($0, ignored, fields) }
            case .writingInParts(let part):
                let actor = AuditActor.key(key, requestID: requestID, address: request.remoteAddress)
                write(part, as: actor) { answer($0, ignored, fields) }
            }
        } catch {
            answer(.failure(error), nil, fields)
        }
    }

    /// Runs a large write, one part after the other.
    /// - Parameters:
    ///   - response: the answer if the part fails. Nil to answer with that failure.
    ///   - answer: called once, after the last part.
    private func write(
        _ part: @escaping WritePart, as actor: AuditActor, orElse response: Response? = nil,
        _ answer: @escaping @Sendable (Result<Reply, any Error>) -> Void
    ) {
        writer.write(as: actor, part, mayWait: true) { result in
            switch result {
            case .success(.next(let next, let response)): write(next, as: actor, orElse: response, answer)
            case .success(.done(let response)): answer(.success(Reply(response: response)))
            case .failure(let error):
                answer(response.map { .success(Reply(response: $0)) } ?? .failure(error))
            }
        }
    }

    /// The checks before an endpoint's own, in the order in which clients see them: address, role, size.
    private func begin(
        _ request: Request, _ match: Router<Endpoint>.Match, with key: APIKey
    ) throws -> (Outcome, IgnoredNames?) {
        let endpoint: Endpoint
        let parameters: [String]
        switch match {
        case .notFound: throw APIError.notFound
        case .methodNotAllowed(let allowed): throw APIError.methodNotAllowed(allowed)
        case .endpoint(let found, _, let values): (endpoint, parameters) = (found, values)
        }
        guard endpoint.admits(key, parameters: parameters) else { throw APIError.missingRole(endpoint.role) }
        switch request.body {
        case .tooLarge(let limit): throw APIError.payloadTooLarge(limit: limit)
        case .complete(let body):
            let query = QueryParameters(request.query)
            let call = Call(key: key, parameters: parameters, query: query, body: body)
            let outcome = try endpoint.perform(call)
            return (outcome, call.ignored)
        }
    }

    /// Warns about a key that was reused with another body: the client may have meant to report a new outage.
    private func note(_ replay: Replay, of key: ID<APIKey>, requestID: String) {
        guard replay.body == .different else { return }
        logger.warning(
            "an idempotency key was reused with a different body: nothing was created",
            metadata: [
                "request_id": "\(requestID)", "key": "\(key)", "page": "\(replay.page)",
                "kind": "\(replay.kind.rawValue)",
            ])
    }

    private func response(
        _ result: Result<Reply, any Error>, _ ignored: IgnoredNames?, requestID: String
    ) -> Response {
        switch result {
        case .success(let reply):
            var response = reply.response
            response.head.headerFields[.allclearIgnored] = ignored?.list
            response.head.headerFields[.xRequestID] = requestID
            return response
        case .failure(let error):
            let apiError = ErrorResponses.apiError(error)
            let level = apiError.status.logLevel
            if level >= .warning {
                logger.log(
                    level: level, "request failed", metadata: ["request_id": "\(requestID)", "error": "\(error)"])
            } else {
                let reason = (error as? AuthenticationFailure)?.rawValue
                logger.debug("request rejected", metadata: apiError.logMetadata(requestID: requestID, reason: reason))
            }
            return ErrorResponses.response(apiError, requestID: requestID)
        }
    }
}

extension Router<Endpoint>.Match {
    fileprivate var template: String? {
        if case .endpoint(_, let template, _) = self { template } else { nil }
    }

    fileprivate var isBackfill: Bool {
        if case .endpoint(let endpoint, _, _) = self { endpoint.isBackfill } else { false }
    }
}
