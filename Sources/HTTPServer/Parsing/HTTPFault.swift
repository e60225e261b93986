/// The reason why the engine refuses a request that it cannot parse or serve. The connection closes after the answer.
public struct HTTPFault: Error, Equatable, Sendable {
    /// The status code of the answer.
    public let status: Int
    /// The error in one sentence, for the client.
    public let reason: String
    /// The limit that was hit, if any. It is for the operator, not for the client.
    public let limit: Limit?

    init(_ status: Int, _ reason: String, limit: Limit? = nil) {
        self.status = status
        self.reason = reason
        self.limit = limit
    }

    static func badRequest(_ reason: String) -> HTTPFault { HTTPFault(400, reason) }

    static let plainHTTP = HTTPFault(400, "This port requires HTTPS, but the request used plain HTTP.")
    static let malformedMethod = HTTPFault(400, "The request method is malformed.")
    static let unknownMethod = HTTPFault(501, "The request method is not supported.")
    static let requestTimeout = HTTPFault(408, "The request did not arrive in time.")
    static let targetTooLong = HTTPFault(414, "The request target is too long.")
    static let headTooLarge = HTTPFault(431, "The header fields of the request are too large.")
    static let tooManyFields = HTTPFault(431, "The request has too many header fields.")

    /// A limit on concurrent work is reached.
    public static func overloaded(_ limit: Limit? = nil) -> HTTPFault {
        HTTPFault(503, "The server has reached a limit; retry in a moment.", limit: limit)
    }

    /// The requested resource no longer exists.
    public static let gone = HTTPFault(404, "This resource no longer exists.")
    static let noAnswer = HTTPFault(500, "The server failed to answer this request.")
}

/// The limits on concurrent work, named like their settings.
public enum Limit: String, CaseIterable, Sendable {
    case connections = "max_connections"
    case connectionsOfAddress = "max_connections_per_address"
    case bufferedBodies = "max_buffered_body_bytes"
    case waitingRequests = "max_waiting_requests"
    /// Requests that would be held for news.
    case heldRequests = "live.max_waiting"
    /// Requests whose answer would be a stream.
    case streams = "live.max_streams"
}
