public import HTTPTypes

/// Finds the endpoint for a method and path. A trie over path segments, built once, in which a literal segment wins
/// over a parameter.
public struct Router<Endpoint: Sendable>: Sendable {
    public enum Match {
        /// - Parameter template: the path as it was added.
        case endpoint(Endpoint, template: String, parameters: [String])
        /// The path exists, but only with these methods.
        case methodNotAllowed(allowed: [HTTPRequest.Method])
        case notFound
    }

    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var endpoints: [Route] = []
    }

    /// One route of the table.
    public struct Route: Sendable {
        public let method: HTTPRequest.Method
        /// The path as it was added, with its parameters in braces.
        public let template: String
        public let endpoint: Endpoint
    }

    private var nodes = [Node()]
    /// All routes, in the order in which they were added.
    public private(set) var routes: [Route] = []

    public init() {}

    /// - Parameter template: a path in which a segment in braces matches any one segment: `/v2/status_pages/{id}`.
    public mutating func add(_ method: HTTPRequest.Method, _ template: String, _ endpoint: Endpoint) {
        routes.append(Route(method: method, template: template, endpoint: endpoint))
        var node = 0
        for segment in template.split(separator: "/") {
            let isParameter = segment.hasPrefix("{")
            if let next = isParameter ? nodes[node].parameter : nodes[node].literals[String(segment)] {
                node = next
                continue
            }
            nodes.append(Node())
            if isParameter {
                nodes[node].parameter = nodes.count - 1
            } else {
                nodes[node].literals[String(segment)] = nodes.count - 1
            }
            node = nodes.count - 1
        }
        nodes[node].endpoints.append(Route(method: method, template: template, endpoint: endpoint))
    }

    /// Finds a route. HEAD matches every route of GET (RFC 9110 §9.3.2).
    /// - Parameter path: the path without its query, still percent-encoded. The returned parameters are decoded.
    public func match(_ method: HTTPRequest.Method, _ path: Substring) -> Match {
        let slash = UInt8(ascii: "/")
        guard path.utf8.first == slash else { return .notFound }
        var parameters: [String] = []
        var node = 0
        // The root has no segment; in any other path, empty segments count.
        for encoded in path.utf8.dropFirst().split(separator: slash, omittingEmptySubsequences: path == "/") {
            guard let segment = PercentEncoding.decode(Substring(encoded)) else { return .notFound }
            if let next = nodes[node].literals[segment] {
                node = next
            } else if let next = nodes[node].parameter, !segment.isEmpty {
                parameters.append(segment)
                node = next
            } else {
                return .notFound
            }
        }
        let endpoints = nodes[node].endpoints
        guard !endpoints.isEmpty else { return .notFound }
        let sought: HTTPRequest.Method = method == .head ? .get : method
        if let found = endpoints.first(where: { $0.method == sought }) {
            return .endpoint(found.endpoint, template: found.template, parameters: parameters)
        }
        return .methodNotAllowed(allowed: endpoints.flatMap { $0.method == .get ? [.get, .head] : [$0.method] })
    }
}
