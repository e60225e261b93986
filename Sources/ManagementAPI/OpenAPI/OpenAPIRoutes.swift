import HTTPServer
import HTTPTypes
import Locking
import StatusPages

/// The server's own OpenAPI document, for anyone to read. Encoded when the server starts, and when its address changes.
final class OpenAPIRoutes: Sendable {
    private static let path = "/v1/openapiV3.json"

    /// Everything that is described, the document included.
    private let described: [OpenAPIDocument.Route]
    private let current: Locked<Response>

    /// - Parameter routes: everything that is served beside the document. What has no description is left out.
    init(describing routes: [Router<Endpoint>.Route], serverURL: String) throws {
        let own = OpenAPIDocument.Route(
            method: .get, template: Self.path, role: .statusPageViewer, operation: .showOpenAPI)
        described = routes.compactMap { OpenAPIDocument.Route($0) } + [own]
        current = Locked(try Self.encoded(described, serverURL))
    }

    private static func encoded(_ routes: [OpenAPIDocument.Route], _ serverURL: String) throws -> Response {
        let document = OpenAPIDocument(routes: routes, serverURL: serverURL)
        return JSONResponse.make(.ok, encoded: try document.encoded(), fields: [.accessControlAllowOrigin: "*"])
    }

    private var response: Response { current.withLock { $0 } }

    /// Makes the document for a server at another address.
    /// - Returns: what serves it.
    func prepare(serverURL: String) throws -> @Sendable () -> Void {
        let new = try Self.encoded(described, serverURL)
        return { [self] in current.withLock { $0 = new } }
    }

    func add(to router: inout Router<Endpoint>) {
        router.add(
            .get, Self.path, Endpoint(.statusPageViewer, { [self] _ in .done(response) }, as: .showOpenAPI))
    }

    /// The answer to a request for the document, which is the only one that takes no key.
    func answer(_ request: Request) -> Response? {
        guard request.path == Self.path, [.get, .head].contains(request.head.method) else { return nil }
        return response
    }
}
