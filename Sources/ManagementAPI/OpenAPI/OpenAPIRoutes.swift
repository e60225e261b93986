import HTTPServer
import HTTPTypes
import StatusPages

/// The server's own OpenAPI document, for anyone to read. Encoded once, when the server starts.
struct OpenAPIRoutes: Sendable {
    private static let path = "/v1/openapiV3.json"

    private let response: Response

    /// - Parameter routes: everything that is served beside the document. What has no description is left out.
    init(describing routes: [Router<Endpoint>.Route], serverURL: String) throws {
        let own = OpenAPIDocument.Route(
            method: .get, template: Self.path, role: .statusPageViewer, operation: .showOpenAPI)
        let described = routes.compactMap { OpenAPIDocument.Route($0) }
        let document = OpenAPIDocument(routes: described + [own], serverURL: serverURL)
        response = JSONResponse.make(
            .ok, encoded: try document.encoded(), fields: [.accessControlAllowOrigin: "*"])
    }

    func add(to router: inout Router<Endpoint>) {
        let response = response
        router.add(.get, Self.path, Endpoint(.statusPageViewer, { _ in .done(response) }, as: .showOpenAPI))
    }

    /// The answer to a request for the document, which is the only one that takes no key.
    func answer(_ request: Request) -> Response? {
        guard request.path == Self.path, [.get, .head].contains(request.head.method) else { return nil }
        return response
    }
}
