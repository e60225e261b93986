import HTTPServer
import HTTPTypes
import Logging
import ManagementAPI
import PublicPages
import StatusPages

/// Takes every request that no event loop answered, gives it an id, has the part it is for answer it, and logs what came of it.
struct FrontDoor: RequestHandler {
    let api: ManagementAPI
    let publicPages: PublicPages
    let monitor: Monitor
    /// Whether the metrics, if there are any, are for everyone who reaches the pages.
    let isMetricsPlace: Bool
    let logger: Logger
    let newRequestID: @Sendable () -> String

    func handle(_ request: Request, respond: Responder) {
        let requestID = newRequestID()
        let start = ContinuousClock.now
        let answer: @Sendable (Response, ManagementAPI.Facts) -> Void = { response, facts in
            note(request, response, facts, requestID, ContinuousClock.now - start)
            respond(response)
        }
        if ManagementAPI.owns(request.path) {
            return api.handle(request, requestID: requestID, respond: answer)
        }
        let isAnswered = monitor.answer(request, isMetricsPlace: isMetricsPlace) { response in
            answer(response, ManagementAPI.Facts(route: String(request.path)))
        }
        if !isAnswered {
            answer(publicAnswer(request, requestID), ManagementAPI.Facts(route: PublicPages.route(request.path)))
        }
    }

    func response(to fault: HTTPFault) -> Response {
        let requestID = newRequestID()
        logger.info(
            "request refused",
            metadata: [
                "request_id": "\(requestID)", "status": .stringConvertible(fault.status), "reason": "\(fault.reason)",
            ])
        return Self.readableAnywhere(ErrorResponses.fault(fault, requestID: requestID))
    }

    private func publicAnswer(_ request: Request, _ requestID: String) -> Response {
        switch publicPages.answer(request) {
        case .response(let response): response
        case .notFound: Self.readableAnywhere(ErrorResponses.notFound(requestID: requestID))
        case .preconditionFailed:
            Self.readableAnywhere(ErrorResponses.preconditionFailed(requestID: requestID))
        case .badParameter(let name, let problem):
            Self.readableAnywhere(ErrorResponses.badParameter(name, problem, requestID: requestID))
        case .methodNotAllowed(let allowed):
            Self.readableAnywhere(ErrorResponses.methodNotAllowed(allowed, requestID: requestID))
        }
    }

    /// Lets scripts of any origin read an answer, errors as well as widgets.
    private static func readableAnywhere(_ response: Response) -> Response {
        var response = response
        response.head.headerFields[.accessControlAllowOrigin] = "*"
        return response
    }

    private func note(
        _ request: Request, _ response: Response, _ facts: ManagementAPI.Facts, _ requestID: String,
        _ duration: Duration
    ) {
        let method = request.head.method
        let status = response.head.status.code
        monitor.requests.note(route: facts.route, method: method.rawValue, status: status, duration: duration)
        // What looks every few seconds is of interest only when it learns of something.
        let isProbe = Monitor.paths.contains(request.path) && status == 200
        let level: Logger.Level = isProbe ? .debug : .info
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "request_id": "\(requestID)", "method": "\(LoggedText.method(method.rawValue))",
            "path": "\(LoggedText.path(request.path))",
            "route": "\(facts.route ?? "none")", "status": .stringConvertible(status),
            "remote": "\(request.remoteAddress)",
            "duration_us": .stringConvertible(Int(duration / .microseconds(1))),
            "bytes": .stringConvertible(method == .head ? 0 : response.body.count),
        ]
        if let key = facts.key { metadata["key"] = "\(key)" }
        logger.log(level: level, "request", metadata: metadata)
    }
}
