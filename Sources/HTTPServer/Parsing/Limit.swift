/// What bounds how much is under way at a time, by the name of the setting.
public enum Limit: String, CaseIterable, Sendable {
    case connections = "max_connections"
    case connectionsOfAddress = "max_connections_per_address"
    case bufferedBodies = "max_buffered_body_bytes"
    case waitingRequests = "max_waiting_requests"
    /// Requests that an inline responder would have held.
    case heldRequests = "live.max_waiting"
    /// Those whose answer would have gone on.
    case streams = "live.max_streams"
}
