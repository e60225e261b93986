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
