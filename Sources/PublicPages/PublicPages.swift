public import HTTPServer
public import HTTPTypes

/// Everything the world may read without a key, for requests that no event loop answered by itself.
public struct PublicPages: Sendable {
    public enum Answer: Sendable {
        case response(Response)
        /// The path is a widget's, but not for this method.
        case methodNotAllowed(allowed: [HTTPRequest.Method])
        /// The document is not what If-Match or If-Unmodified-Since asks for.
        case preconditionFailed
        /// A parameter of the query is not what it has to be.
        case badParameter(name: String, problem: String)
        case notFound
    }

    private let cache: WidgetCache

    public init(_ cache: WidgetCache) { self.cache = cache }

    public func answer(_ request: Request) -> Answer {
        guard var path = Self.decode(request.path) else { return .notFound }
        var authority = request.head.authority ?? ""
        let table = cache.table
        let found = path.withUTF8 { path -> (WidgetPath.Resource, WidgetSnapshot)? in
            guard let (resource, page) = WidgetPath.parse(path) else { return nil }
            return authority.withUTF8 { table.find(authority: $0, path: page) }.map { (resource, $0) }
        }
        guard let (resource, snapshot) = found else { return .notFound }
        switch request.head.method {
        case .get, .head: return read(resource, snapshot, request)
        case .options: return .response(Self.preflight)
        default: return .methodNotAllowed(allowed: [.get, .head, .options])
        }
    }

    /// The template that a path is counted by; nil if it is no widget's.
    public static func route(_ path: Substring) -> String? {
        if path.hasSuffix("/api/v1/summary") { return "{page}/api/v1/summary" }
        return path.hasSuffix("/api/v1/stream") ? "{page}/api/v1/stream" : nil
    }

    /// Answers at once: only event loops can wait. What they do not answer themselves is in an unusual form.
    private func read(_ resource: WidgetPath.Resource, _ snapshot: WidgetSnapshot, _ request: Request) -> Answer {
        let conditions = ReadConditions(request.head.headerFields)
        guard resource == .summary else { return .response(WidgetStream.opening(snapshot, for: conditions)) }
        guard snapshot.meetsRequirements(of: conditions) else { return .preconditionFailed }
        var text = String(request.query ?? "")
        let query = text.withUTF8(LiveQuery.init)
        switch query.wait {
        case .malformed: return .badParameter(name: "wait", problem: "wait must be a whole number of seconds.")
        case .none: return .response(snapshot.response(to: conditions).response)
        case .seconds:
            return .response(snapshot.uncachedResponse(to: conditions, tag: query.tag).response.response)
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
