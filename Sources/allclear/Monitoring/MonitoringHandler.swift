import HTTPServer
import HTTPTypes
import Logging
import ManagementAPI

/// Serves only the monitoring paths, on a separate listener.
struct MonitoringHandler: RequestHandler {
    let monitor: Monitor
    let log: RequestLog
    let newRequestID: @Sendable () -> String

    /// A server with only this handler.
    func makeServer(at address: SocketAddress, logger: Logger) -> HTTPServer {
        HTTPServer(
            listeners: [Listener(address)], settings: MonitoringSettings.server, handler: self, logger: logger,
            makeInlineResponder: NoInlineAnswers.init)
    }

    func handle(_ request: Request, respond: Responder) {
        let requestID = newRequestID()
        let start = ContinuousClock.now
        let answer = { @Sendable [log] (response: Response, route: String?) in
            var response = response
            response.head.headerFields[.xRequestID] = requestID
            log.note(
                request, response, ManagementAPI.Facts(route: route), requestID: requestID,
                duration: ContinuousClock.now - start)
            respond(response)
        }
        if request.isServerWide { return answer(.methods([.get, .head, .options]), "*") }
        let isAnswered = monitor.answer(request, requestID: requestID, isMetricsPlace: true) {
            answer($0, String(request.path))
        }
        if !isAnswered { answer(ErrorResponses.notFound(requestID: requestID), nil) }
    }

    func isUrgent(_ request: Request) -> Bool { Monitor.isUrgent(request) }

    func response(to fault: HTTPFault, of request: RefusedRequest) -> Response {
        let requestID = newRequestID()
        let response = ErrorResponses.fault(fault, requestID: requestID)
        log.note(fault, of: request, response, requestID: requestID) { _, path in
            Monitor.paths.contains(path) ? String(path) : nil
        }
        return response
    }
}

/// Answers nothing on the event loop, so every request goes to the handler.
final class NoInlineAnswers: InlineResponder {
    func respond(to request: RequestView) -> InlineAnswer? { nil }
}
