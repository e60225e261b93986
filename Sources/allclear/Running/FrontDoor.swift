import Dashboard
import HTTPServer
import HTTPTypes
import ManagementAPI
import PublicPages
import StatusPages
import Storage

/// Handles every request that no event loop answered: gives it an ID, passes it to the right part of the server, and
/// logs the result.
struct FrontDoor: RequestHandler {
    let api: ManagementAPI
    let dashboard: Dashboard
    let publicPages: PublicPages
    let writer: Writer
    let monitor: Monitor
    /// Whether the main listeners serve the metrics, if metrics are enabled.
    let isMetricsPlace: Bool
    let log: RequestLog
    let newRequestID: @Sendable () -> String

    func handle(_ request: Request, respond: Responder) {
        let requestID = newRequestID()
        let start = ContinuousClock.now
        let answer: @Sendable (Response, ManagementAPI.Facts) -> Void = { response, facts in
            var response = response
            response.head.headerFields[.xRequestID] = requestID
            note(request, response, facts, requestID, ContinuousClock.now - start)
            respond(response)
        }
        if request.isServerWide {
            return answer(.methods([.get, .head, .post, .put, .delete, .options]), ManagementAPI.Facts(route: "*"))
        }
        if ManagementAPI.owns(request.path) {
            return api.handle(request, requestID: requestID, respond: answer)
        }
        if dashboard.owns(request) {
            let facts = ManagementAPI.Facts(route: dashboard.route(request.head.method, request.path))
            return dashboard.handle(request, requestID: requestID) { answer($0, facts) }
        }
        let isAnswered = monitor.answer(request, requestID: requestID, isMetricsPlace: isMetricsPlace) { response in
            answer(response, ManagementAPI.Facts(route: String(request.path)))
        }
        if !isAnswered {
            let facts = ManagementAPI.Facts(route: PublicPages.route(request.path))
            answerPublicly(request, requestID) { answer($0, facts) }
        }
    }

    func isUrgent(_ request: Request) -> Bool { Monitor.isUrgent(request) }

    func response(to fault: HTTPFault, of request: RefusedRequest) -> Response {
        let requestID = newRequestID()
        let response = Self.readableAnywhere(ErrorResponses.fault(fault, requestID: requestID))
        log.note(fault, of: request, response, requestID: requestID, route: route)
        return response
    }

    /// The template under which metrics count a path; nil if the path is not served.
    private func route(_ method: String, _ path: Substring) -> String? {
        if ManagementAPI.owns(path) { return api.route(method, path) }
        if let method = HTTPRequest.Method(method), let route = dashboard.route(method, path) { return route }
        return Monitor.paths.contains(path) ? String(path) : PublicPages.route(path)
    }

    private func answerPublicly(
        _ request: Request, _ requestID: String, _ respond: @escaping @Sendable (Response) -> Void
    ) {
        do {
            let answer = try publicPages.answer(request)
            guard case .writing(let body) = answer else { return respond(response(to: answer, requestID)) }
            writer.write(body, mayWait: true) { result in
                switch result {
                case .success(let answer): respond(response(to: answer, requestID))
                case .failure(let error): respond(ErrorResponses.failure(error, requestID: requestID))
                }
            }
        } catch {
            respond(Self.readableAnywhere(ErrorResponses.failure(error, requestID: requestID)))
        }
    }

    private func response(to answer: PublicPages.Answer, _ requestID: String) -> Response {
        switch answer {
        case .response(let response): response
        case .refused(let refusal): ErrorResponses.refusal(refusal, requestID: requestID)
        // `.writing` cannot occur here, because a write never answers with another write.
        case .notFound, .writing: Self.notFound(requestID: requestID)
        case .preconditionFailed:
            Self.readableAnywhere(ErrorResponses.preconditionFailed(requestID: requestID))
        case .badParameter(let name, let problem):
            Self.readableAnywhere(ErrorResponses.badParameter(name, problem, requestID: requestID))
        case .methodNotAllowed(let allowed):
            Self.readableAnywhere(ErrorResponses.methodNotAllowed(allowed, requestID: requestID))
        }
    }

    /// Browsers get a page in HTML instead, so the answer depends on what the client accepts.
    private static func notFound(requestID: String) -> Response {
        var response = readableAnywhere(ErrorResponses.notFound(requestID: requestID))
        response.head.headerFields[.cacheControl] = "no-store"
        response.head.headerFields[.vary] = "Accept"
        response.head.headerFields[.xRobotsTag] = "noindex"
        return response
    }

    /// Lets scripts of any origin read the answer (CORS), even if it is an error.
    private static func readableAnywhere(_ response: Response) -> Response {
        var response = response
        response.head.headerFields[.accessControlAllowOrigin] = "*"
        return response
    }

    private func note(
        _ request: Request, _ response: Response, _ facts: ManagementAPI.Facts, _ requestID: String,
        _ duration: Duration
    ) {
        monitor.requests.note(
            route: facts.route, method: request.head.method.rawValue, status: response.head.status.code,
            duration: duration)
        if let replay = facts.replay { monitor.requests.note(replay) }
        log.note(request, response, facts, requestID: requestID, duration: duration)
    }
}

extension Request {
    /// Whether it is `OPTIONS *`, which asks about the server and not about a resource (RFC 9110 §9.3.7).
    var isServerWide: Bool { path == "*" }
}

extension Response {
    /// The answer to a server-wide OPTIONS.
    static func methods(_ methods: [HTTPRequest.Method]) -> Response {
        Response(.noContent, fields: [.allow: methods.map(\.rawValue).joined(separator: ", ")])
    }
}
