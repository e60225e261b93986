import BuildInfo
import Foundation
import HTTPServer
import HTTPTypes
import StatusPages

/// This server's OpenAPI document, made from the router's table, so it describes only routes that exist. The public
/// documents in Statuspage's format are not in that table, so their descriptions are added separately.
struct OpenAPIDocument: Sendable {
    /// The facts about one route that the document needs.
    struct Route: Sendable {
        let method: HTTPRequest.Method
        let template: String
        let role: APIKey.Role
        let operation: Operation
    }

    let node: JSONNode

    init(routes: [Route], serverURL: String) {
        let routes = routes + Route.statuspageDocuments
        var paths: [String: [String: JSONNode]] = [:]
        for route in routes {
            paths[route.template, default: [:]][route.method.rawValue.lowercased()] = route.node
        }
        node = [
            "openapi": "3.0.3", "info": Self.info, "servers": [["url": .string(serverURL)]],
            "tags": Self.tags(of: routes.map(\.operation)),
            "security": [["bearer": []]], "paths": .object(paths.mapValues(JSONNode.object)),
            "components": Self.components(of: routes.map(\.operation)),
        ]
    }

    /// Encodes the document as JSON. Equal documents have equal bytes.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(node))
    }

    private static let info: JSONNode = [
        "title": "Allclear Status Page API",
        "version": .string(BuildInfo.version),
        "license": ["name": "MIT"],
        "description": """
        Publish to the status pages of this server.

        - Send an API key with every request: `Authorization: Bearer <token>`. Each operation names its role.
        - Bodies are JSON in UTF-8, and `null` counts as absent. Responses omit members without a value.
        - Unknown fields and query parameters are ignored. The response lists them in `Allclear-Ignored`.
        - Times are in RFC 3339 format with an offset. Responses use UTC with milliseconds.
        - Lengths count Unicode scalars. Text with only white space counts as empty.
        - Every path that supports GET also supports HEAD.
        - Every error has the same body, which lists all problems of the request at once. Besides the errors listed with \
        the operations, any path can return 417, 501 and 505.
        """,
    ]

    /// The tags, in the order in which operations first use them.
    private static func tags(of operations: [Operation]) -> JSONNode {
        var tags: [Operation.Tag] = []
        for operation in operations where !tags.contains(operation.tag) { tags.append(operation.tag) }
        return .array(tags.map { ["name": .string($0.name), "description": .string($0.description)] })
    }

    private static func components(of operations: [Operation]) -> JSONNode {
        [
            "schemas": .object(schemas(of: operations)),
            "responses": .object(
                Dictionary(uniqueKeysWithValues: ErrorAnswer.allCases.map { ($0.rawValue, $0.component) })),
            "headers": .object(
                Dictionary(uniqueKeysWithValues: AnswerHeader.allCases.map { ($0.rawValue, $0.component) })),
            "securitySchemes": [
                "bearer": [
                    "type": "http", "scheme": "bearer",
                    "description": "An API key. `allclear keys create` creates one and shows its token once.",
                ]
            ],
        ]
    }

    /// The schemas that operations use, and the schemas that these refer to.
    private static func schemas(of operations: [Operation]) -> [String: JSONNode] {
        var found: [String: JSONNode] = [:]
        var waiting = operations.flatMap { [$0.body, $0.success.body].compactMap { $0?.schema } } + [.error]
        while let next = waiting.popLast() {
            guard found.updateValue(next.schema.node, forKey: next.name) == nil else { continue }
            waiting += next.schema.references
        }
        return found
    }
}

extension OpenAPIDocument.Route {
    init(_ route: Router<Endpoint>.Route) {
        self.init(
            method: route.method, template: route.template, role: route.endpoint.role,
            operation: route.endpoint.operation)
    }

    fileprivate var node: JSONNode {
        var members: [String: JSONNode] = [
            "operationId": .string(operation.id), "tags": [.string(operation.tag.name)],
            "summary": .string(operation.summary), "description": .string(description), "responses": responses,
        ]
        if operation.isOpen { members["security"] = [] }
        if !operation.parameters.isEmpty { members["parameters"] = .array(operation.parameters.map(\.node)) }
        if let body = operation.body {
            members["requestBody"] = ["required": .bool(operation.isBodyRequired), "content": body.content]
        }
        return .object(members)
    }

    private var description: String {
        if operation.isOpen { return "\(operation.description)\n\nNo API key is required." }
        let roles = operation.roles ?? "Requires an API key with the role `\(role.rawValue)`."
        return "\(operation.description)\n\n\(roles)"
    }

    private var headers: [AnswerHeader] {
        // The API does not serve these, so it adds no headers to them.
        if operation.tag == .statuspage { return [] }
        return [.requestID, .ignored] + (operation.success.isReplayed ? [.replayed, .replayDiffers] : [])
            + (operation.publishes ? [.notified] : [])
            + (operation.isOpen ? [] : AnswerHeader.rateLimits)
    }

    private var responses: JSONNode {
        let success = operation.success
        var members: [String: JSONNode] = [
            "description": .string(success.description),
            "headers": AnswerHeader.node(headers),
        ]
        members["content"] = success.body?.content
        let answers = [("\(success.status)", JSONNode.object(members))]
        return .object(Dictionary(answers + errors.map { ("\($0.status)", $0.reference) }) { first, _ in first })
    }

    /// The errors that this route can return.
    private var errors: [ErrorAnswer] {
        var errors = ErrorAnswer.always + operation.errors
        if !operation.isOpen { errors += [.unauthorized, .tooManyRequests] }
        // Every key may read, so a viewer route never returns 403.
        if !operation.isOpen && role != .statusPageViewer { errors.append(.forbidden) }
        if operation.parameters.contains(where: { $0.place == .path }) { errors.append(.notFound) }
        if operation.body != nil || operation.parameters.contains(where: { $0.place == .query }) {
            errors.append(.unprocessableContent)
        }
        return errors
    }
}
