public import StatusPages
public import Storage

/// The repetition of an answer, because its idempotency key was used before.
public struct Replay: Equatable, Sendable {
    /// How the request's body compares to the first one.
    public enum Body: String, CaseIterable, Sendable {
        case same
        case different
        /// The first one was sent to a version of the server that did not keep what it needs to compare.
        case unknown
    }

    public let page: ID<StatusPage>
    public let kind: IdempotencyScope.Kind
    public let body: Body
}
