public import HTTPServer
public import HTTPTypes

/// Everything that the public may read without a key. This handles the requests that event loops do not answer
/// themselves.
public struct PublicPages: Sendable {
    public enum Answer: Sendable {
        case response(Response)
        /// The path is a widget's, but the method is not supported there.
        case methodNotAllowed(allowed: [HTTPRequest.Method])
        /// The document does not meet If-Match or If-Unmodified-Since.
        case preconditionFailed
        /// A query parameter is invalid.
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

    /// The template under which requests for a path are counted; nil if the path is not a widget's.
    public static func route(_ path: Substring) -> String? {
        if path.hasSuffix("/api/v1/summary") { return "{page}/api/v1/summary" }
        return path.hasSuffix("/api/v1/stream") ? "{page}/api/v1/stream" : nil
    }

    /// Responds at once, because only event loops can wait. Event loops leave only requests in an unusual form to this.
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

    /// Decodes each segment separately, because an encoded slash is not a separator.
    private static func decode(_ path: Substring) -> String? {
        var segments: [String] = []
        for encoded in path.split(separator: "/", omittingEmptySubsequences: false) {
            guard let segment = PercentEncoding.decode(encoded), !segment.contains("/") else { return nil }
            segments.append(segment)
        }
        return segments.joined(separator: "/")
    }

    /// The response to a CORS preflight, which allows scripts of any origin to read a widget (Fetch §3.2).
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
