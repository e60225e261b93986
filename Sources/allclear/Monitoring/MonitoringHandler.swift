import HTTPServer
import HTTPTypes
import ManagementAPI

/// Serves the monitoring paths alone, on a listener of their own.
struct MonitoringHandler: RequestHandler {
    let monitor: Monitor
    let newRequestID: @Sendable () -> String

    func handle(_ request: Request, respond: Responder) {
        if monitor.answer(request, isMetricsPlace: true, respond: { respond($0) }) { return }
        respond(ErrorResponses.notFound(requestID: newRequestID()))
    }

    func response(to fault: HTTPFault, of request: RefusedRequest) -> Response {
        ErrorResponses.fault(fault, requestID: newRequestID())
    }
}

/// Has nothing to answer on an event loop.
final class NoInlineAnswers: InlineResponder {
    func respond(to request: RequestView) -> InlineAnswer? { nil }
}
