import HTTPServer
import HTTPTypes
import Locking
import StatusPages

/// Serves the OpenAPI document to everyone, without a key. It is encoded at the start, and again when the server URL
/// changes.
final class OpenAPIRoutes: Sendable {
    private static let path = "/v1/openapiV3.json"

    /// All routes, including the document's.
    private let described: [OpenAPIDocument.Route]
    private let current: Locked<Response>

    /// - Parameter routes: all other routes.
    init(describing routes: [Router<Endpoint>.Route], serverURL: String) throws {
        let own = OpenAPIDocument.Route(
            method: .get, template: Self.path, role: .statusPageViewer, operation: .showOpenAPI)
        described = routes.map { OpenAPIDocument.Route($0) } + [own]
        current = Locked(try Self.encoded(described, serverURL))
    }

    private static func encoded(_ routes: [OpenAPIDocument.Route], _ serverURL: String) throws -> Response {
        let document = OpenAPIDocument(routes: routes, serverURL: serverURL)
        return JSONResponse.make(.ok, encoded: try document.encoded(), fields: [.accessControlAllowOrigin: "*"])
    }

    private var response: Response { current.withLock { $0 } }

    /// Encodes the document for a new server URL.
    /// - Returns: a closure that switches to the new URL.
    func prepare(serverURL: String) throws -> @Sendable () -> Void {
        let new = try Self.encoded(described, serverURL)
        return { [self] in current.withLock { $0 = new } }
    }

    func add(to router: inout Router<Endpoint>) {
        router.add(
            .get, Self.path, Endpoint(.statusPageViewer, { [self] _ in .done(response) }, as: .showOpenAPI))
    }

    /// The answer to a request for the document; nil for any other request. No other operation works without a key.
    func answer(_ request: Request) -> Response? {
        guard request.path == Self.path, [.get, .head].contains(request.head.method) else { return nil }
        return response
    }
}
