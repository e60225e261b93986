/// How long caches may serve a page's widget without revalidation, in seconds (RFC 9111 §5.2, RFC 5861).
public struct CachePolicy: Equatable, Sendable {
    /// The maximum for each of these: a year.
    public static let longest = 31_536_000

    /// How long a response is fresh.
    public var maxAge: Int
    /// How long after `maxAge` a cache may still serve a response while it fetches a newer one.
    public var staleWhileRevalidate: Int
    /// How long after `maxAge` a cache may still serve a response if the server is unreachable or fails.
    public var staleIfError: Int

    public init(maxAge: Int = 10, staleWhileRevalidate: Int = 30, staleIfError: Int = 86_400) {
        self.maxAge = maxAge
        self.staleWhileRevalidate = staleWhileRevalidate
        self.staleIfError = staleIfError
    }
}
