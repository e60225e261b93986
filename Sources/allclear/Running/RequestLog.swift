import HTTPServer
import HTTPTypes
import Logging
import ManagementAPI

/// The log's lines about requests.
struct RequestLog: Sendable {
    let logger: Logger

    /// A request that was answered.
    /// - Parameter duration: from its hand-over to its answer.
    func note(
        _ request: Request, _ response: Response, _ facts: ManagementAPI.Facts, requestID: String, duration: Duration
    ) {
        let level = Self.level(request, response.head.status)
        guard logger.logLevel <= level else { return }
        var metadata = Self.metadata(response, requestID: requestID, isHEAD: request.head.method == .head)
        metadata["method"] = "\(LoggedText.method(request.head.method.rawValue))"
        metadata["path"] = "\(LoggedText.path(request.path))"
        metadata["route"] = "\(facts.route ?? "none")"
        metadata["remote"] = "\(request.remoteAddress)"
        metadata["duration_us"] = .stringConvertible(Int(duration / .microseconds(1)))
        if let key = facts.key { metadata["key"] = "\(key)" }
        if let ignored = facts.ignored { metadata["ignored"] = "\(ignored)" }
        if let replay = facts.replay { metadata["replayed_body"] = "\(replay.body.rawValue)" }
        logger.log(level: level, "request", metadata: metadata)
    }

    /// A request that the engine refused by itself, with what is known of it.
    /// - Parameter route: the template of a path, if it is served.
    func note(
        _ fault: HTTPFault, of request: RefusedRequest, _ response: Response, requestID: String,
        route: (_ method: String, _ path: Substring) -> String?
    ) {
        let level = Self.level(response.head.status)
        guard logger.logLevel <= level else { return }
        var metadata = Self.metadata(response, requestID: requestID, isHEAD: request.method == "HEAD")
        metadata["reason"] = "\(fault.reason)"
        metadata["remote"] = "\(request.remoteAddress)"
        if let limit = fault.limit { metadata["limit"] = "\(limit.rawValue)" }
        if let method = request.method { metadata["method"] = "\(LoggedText.method(method))" }
        if let path = request.path { metadata["path"] = "\(LoggedText.path(path))" }
        if let method = request.method, let path = request.path {
            metadata["route"] = "\(route(method, path[...]) ?? "none")"
        }
        if let seconds = request.seconds { metadata["duration_us"] = .stringConvertible(seconds * 1_000_000) }
        logger.log(level: level, "request refused", metadata: metadata)
    }

    /// Probes come every few seconds: of those that find all well, only debugging wants to know.
    private static func level(_ request: Request, _ status: HTTPResponse.Status) -> Logger.Level {
        Monitor.paths.contains(request.path) && status == .ok ? .debug : level(status)
    }

    /// An answer 503 says that the server is short of something, 500 that it failed. Other 5xx, such as 501 and 505, are
    /// about what the client sent.
    private static func level(_ status: HTTPResponse.Status) -> Logger.Level {
        switch status {
        case .serviceUnavailable: .warning
        case .internalServerError: .error
        default: .info
        }
    }

    private static func metadata(_ response: Response, requestID: String, isHEAD: Bool) -> Logger.Metadata {
        [
            "request_id": "\(requestID)", "status": .stringConvertible(response.head.status.code),
            "bytes": .stringConvertible(isHEAD ? 0 : response.body.count),
        ]
    }
}
