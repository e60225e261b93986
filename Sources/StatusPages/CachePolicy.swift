/// How long caches may serve a page's widget without asking, in seconds (RFC 9111 §5.2, RFC 5861).
public struct CachePolicy: Equatable, Sendable {
    /// The most that any of these may be: a year.
    public static let longest = 31_536_000

    /// How long an answer is fresh.
    public var maxAge: Int
    /// How long after that it may still be served while a cache asks for a newer one.
    public var staleWhileRevalidate: Int
    /// How long after that it may still be served if the server cannot be reached or fails.
    public var staleIfError: Int

    public init(maxAge: Int = 10, staleWhileRevalidate: Int = 30, staleIfError: Int = 86_400) {
        self.maxAge = maxAge
        self.staleWhileRevalidate = staleWhileRevalidate
        self.staleIfError = staleIfError
    }
}
