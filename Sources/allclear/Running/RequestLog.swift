import HTTPServer
import HTTPTypes
import Logging
import ManagementAPI

/// The log lines about requests.
struct RequestLog: Sendable {
    let logger: Logger

    /// Logs a request that was answered.
    /// - Parameter duration: from the handler's call to the answer.
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

    /// Logs the known facts about a request that the engine refused.
    /// - Parameter route: returns the template of a path; nil if the path is not served.
    func note(
        _ fault: HTTPFault, of request: RefusedRequest, _ response: Response, requestID: String,
        route: (_ method: String, _ path: Substring) -> String?
    ) {
        let level = response.head.status.logLevel
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
        logger.log(level: level, "request rejected", metadata: metadata)
    }

    /// Probes come every few seconds, so successful ones are logged at debug level.
    private static func level(_ request: Request, _ status: HTTPResponse.Status) -> Logger.Level {
        Monitor.paths.contains(request.path) && status == .ok ? .debug : status.logLevel
    }

    private static func metadata(_ response: Response, requestID: String, isHEAD: Bool) -> Logger.Metadata {
        [
            "request_id": "\(requestID)", "status": .stringConvertible(response.head.status.code),
            "bytes": .stringConvertible(isHEAD ? 0 : response.body.count),
        ]
    }
}
