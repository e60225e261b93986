import HTTPServer
import HTTPTypes
import Logging
import ManagementAPI
import PublicPages

/// Takes every request that no event loop answered, gives it an id, finds out whose it is, and logs what came of it.
struct FrontDoor: RequestHandler {
    let api: ManagementAPI
    let publicPages: PublicPages
    let logger: Logger
    let newRequestID: @Sendable () -> String

    func handle(_ request: Request, respond: Responder) {
        let requestID = newRequestID()
        let start = ContinuousClock.now
        let answer: @Sendable (Response) -> Void = { response in
            log(request, response, requestID, ContinuousClock.now - start)
            respond(response)
        }
        if ManagementAPI.owns(request.path) {
            api.handle(request, requestID: requestID, respond: answer)
        } else {
            answer(publicAnswer(request, requestID))
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

    private func log(_ request: Request, _ response: Response, _ requestID: String, _ duration: Duration) {
        logger.info(
            "request",
            metadata: [
                "request_id": "\(requestID)", "method": "\(request.head.method.rawValue)", "path": "\(request.path)",
                "status": "\(response.head.status.code)", "remote": "\(request.remoteAddress)",
                "duration_ms": "\(duration / .milliseconds(1))",
            ])
    }
}
