import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Testing

@testable import ManagementAPI
@testable import allclear

@Suite struct OpenAPITests {
    static let path = "/v1/openapiV3.json"

    @Test("The document needs no key, and scripts of any origin can read it", arguments: Transport.allCases)
    func open(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        for authorization in [nil, "Bearer nonsense", "Bearer \(try server.token(.statusPageViewer))"] {
            var fields = HTTPFields()
            fields[.authorization] = authorization
            let response = try server.call(.get, Self.path, token: nil, fields: fields)
            #expect(response.status == 200)
            #expect(response.fields[.contentType] == "application/json")
            #expect(response.fields[.accessControlAllowOrigin] == "*")
            #expect(response.field("X-Request-ID") != nil)
        }
        #expect(try server.call(.head, Self.path, token: nil).status == 200)
        #expect(try server.call(.post, Self.path, token: nil).status == 401)
        #expect(try server.publish(.post, Self.path, "").fields[.allow] == "GET, HEAD")
    }

    @Test("The document has the members that OpenAPI requires, and the same bytes every time")
    func frame() throws {
        let server = try TestServer()
        defer { server.remove() }
        let response = try server.call(.get, Self.path, token: nil)
        #expect(response.string("/openapi") == "3.0.3")
        #expect(response.string("/info/title") == "Allclear Status Page API")
        #expect(response.string("/info/version") != nil)
        #expect(response.string("/servers/0/url") == "http://status.test")
        #expect(response.string("/components/securitySchemes/bearer/scheme") == "bearer")
        let other = try TestServer()
        defer { other.remove() }
        #expect(try other.call(.get, Self.path, token: nil).body == response.body)
    }

    @Test("Routes and described operations are the same")
    func noDrift() throws {
        let server = try TestServer()
        defer { server.remove() }
        let routes = server.application.frontDoor.api.router.routes
        let described = try server.described().apiOperations.map(\.name)
        #expect(Set(described).subtracting(routes.map(Self.name)) == [], "described, but not routed")
        #expect(Set(routes.map(Self.name)).subtracting(described) == [], "not described")
        for route in routes {
            let names = route.endpoint.operation.parameters.filter { $0.place == .path }.map { "{\($0.name)}" }
            let steps = route.template.split(separator: "/").filter { $0.hasPrefix("{") }.map(String.init)
            #expect(names == steps, "the path parameters of \(Self.name(route))")
        }
    }

    @Test("Every operation has a description, matching examples and its errors")
    func operations() throws {
        let server = try TestServer()
        defer { server.remove() }
        let api = try server.described()
        #expect(Set(api.operations.compactMap { $0.node["operationId"]?.text }).count == api.operations.count)
        for operation in api.operations {
            let node = operation.node
            for name in ["description", "summary", "operationId"] {
                #expect(node[name]?.text?.isEmpty == false, "\(operation.name) has no \(name)")
            }
            #expect(node["tags"]?.items?.count == 1)
            for parameter in node["parameters"]?.items ?? [] {
                #expect(parameter["description"]?.text?.isEmpty == false, "\(operation.name): \(parameter)")
                #expect(api.exampleProblems(parameter) == [], "\(operation.name)")
            }
            for status in ["400", "405", "413", "500", "503"] {
                #expect(node["responses"]?[status] != nil, "\(operation.name): \(status)")
            }
            let needsKey = node["security"] == nil
            #expect((node["responses"]?["401"] != nil) == needsKey)
            #expect((node["responses"]?["429"] != nil) == needsKey)
            let bodies = [node["requestBody"]] + (node["responses"]?.members.map { api.schema.resolved($1) } ?? [])
            for case let body? in bodies {
                guard let content = body["content"]?["application/json"] else { continue }
                #expect(api.exampleProblems(content) == [], "\(operation.name)")
            }
        }
    }

    @Test("Every reference has a target, and every component is referenced")
    func references() throws {
        let server = try TestServer()
        defer { server.remove() }
        let api = try server.described()
        let references = Set(api.schema.document.references)
        for reference in references {
            #expect(api.schema.resolved(.object(["$ref": .string(reference)])) != nil, "\(reference)")
        }
        for kind in ["schemas", "responses", "headers"] {
            for name in (api.schema.document["components"]?[kind]?.members ?? [:]).keys {
                #expect(references.contains("#/components/\(kind)/\(name)"), "\(name)")
            }
        }
    }

    private static func name(_ route: Router<Endpoint>.Route) -> String { "\(route.method.rawValue) \(route.template)" }
}

extension DescribedAPI {
    /// The errors of the example that belongs to a schema.
    fileprivate func exampleProblems(_ node: JSONValue) -> [String] {
        guard let example = node["example"], let schema = node["schema"] else { return ["there is no example"] }
        return self.schema.problems(example, schema)
    }
}

extension JSONValue {
    fileprivate var references: [String] {
        switch self {
        case .object(let members): members.flatMap { $0 == "$ref" ? [$1.text ?? ""] : $1.references }
        case .array(let items): items.flatMap(\.references)
        default: []
        }
    }
}
