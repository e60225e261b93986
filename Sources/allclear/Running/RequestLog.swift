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
        guard logger.logLevel <= .info else { return }
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
        logger.info("request refused", metadata: metadata)
    }

    /// What looks every few seconds is of interest only when it learns of something, and then not of interest alone.
    private static func level(_ request: Request, _ status: HTTPResponse.Status) -> Logger.Level {
        guard Monitor.paths.contains(request.path) else { return .info }
        return status == .ok ? .debug : status.kind == .serverError ? .warning : .info
    }

    private static func metadata(_ response: Response, requestID: String, isHEAD: Bool) -> Logger.Metadata {
        [
            "request_id": "\(requestID)", "status": .stringConvertible(response.head.status.code),
            "bytes": .stringConvertible(isHEAD ? 0 : response.body.count),
        ]
    }
}
