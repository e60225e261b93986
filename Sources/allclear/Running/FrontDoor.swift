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
    let logger: Logger
    let newRequestID: @Sendable () -> String

    func handle(_ request: Request, respond: Responder) {
        let requestID = newRequestID()
        let start = ContinuousClock.now
        let answer: @Sendable (Response, ID<APIKey>?) -> Void = { response, key in
            log(request, response, key, requestID, ContinuousClock.now - start)
            respond(response)
        }
        if ManagementAPI.owns(request.path) {
            api.handle(request, requestID: requestID, respond: answer)
        } else {
            answer(publicAnswer(request, requestID), nil)
        }
    }

    func response(to fault: HTTPFault) -> Response {
        let requestID = newRequestID()
        logger.info(
            "request refused",
            metadata: ["request_id": "\(requestID)", "status": "\(fault.status)", "reason": "\(fault.reason)"])
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

    private func log(
        _ request: Request, _ response: Response, _ key: ID<APIKey>?, _ requestID: String, _ duration: Duration
    ) {
        var metadata: Logger.Metadata = [
            "request_id": "\(requestID)", "method": "\(request.head.method.rawValue)", "path": "\(request.path)",
            "status": "\(response.head.status.code)", "remote": "\(request.remoteAddress)",
            "duration_us": "\(Int(duration / .microseconds(1)))",
        ]
        if let key { metadata["key"] = "\(key)" }
        logger.info("request", metadata: metadata)
    }
}
