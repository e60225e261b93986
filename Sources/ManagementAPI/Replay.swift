public import StatusPages
public import Storage

/// A repeated answer to a request whose idempotency key was used before.
public struct Replay: Equatable, Sendable {
    /// How the request's body compares with the first one.
    public enum Body: String, CaseIterable, Sendable {
        case same
        case different
        /// An older version of the server answered the first request, and stored no hash to compare with.
        case unknown
    }

    public let page: ID<StatusPage>
    public let kind: IdempotencyScope.Kind
    public let body: Body
}
