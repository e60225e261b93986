public import HTTPServer
public import HTTPTypes

/// Everything the world may read without a key, for requests that no event loop answered by itself.
public struct PublicPages: Sendable {
    public enum Answer: Sendable {
        case response(Response)
        /// The path is a widget's, but not for this method.
        case methodNotAllowed(allowed: [HTTPRequest.Method])
        case notFound
    }

    private let cache: WidgetCache

    public init(_ cache: WidgetCache) { self.cache = cache }

    public func answer(_ request: Request) -> Answer {
        guard var path = Self.decode(request.path) else { return .notFound }
        var authority = request.head.authority ?? ""
        let table = cache.table
        let snapshot = path.withUTF8 { path in
            WidgetPath.pagePath(path).flatMap { page in authority.withUTF8 { table.find(authority: $0, path: page) } }
        }
        guard let snapshot else { return .notFound }
        switch request.head.method {
        case .get, .head:
            return .response(snapshot.response(to: ReadConditions(request.head.headerFields)).response)
        case .options: return .response(Self.preflight)
        default: return .methodNotAllowed(allowed: [.get, .head, .options])
        }
    }

    /// Segment by segment, since an encoded slash is none.
    private static func decode(_ path: Substring) -> String? {
        var segments: [String] = []
        for encoded in path.split(separator: "/", omittingEmptySubsequences: false) {
            guard let segment = PercentEncoding.decode(encoded), !segment.contains("/") else { return nil }
            segments.append(segment)
        }
        return segments.joined(separator: "/")
    }

    /// What a browser needs to know before a script of another origin reads a widget (Fetch §3.2).
    private static let preflight = Response(
        .noContent,
        fields: [
            .accessControlAllowOrigin: "*",
            .accessControlAllowMethods: "GET, HEAD",
            .accessControlAllowHeaders: "*",
            .accessControlMaxAge: "86400",
            .allow: "GET, HEAD, OPTIONS",
        ])
}
