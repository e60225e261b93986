import HTTPTypes
import JSONInput
import StatusPages

/// The error responses that operations share. Each is one component of the document, with an example.
enum ErrorAnswer: String, CaseIterable, Sendable {
    case badRequest = "BadRequest"
    case unauthorized = "Unauthorized"
    case forbidden = "Forbidden"
    case notFound = "NotFound"
    case methodNotAllowed = "MethodNotAllowed"
    case requestTimeout = "RequestTimeout"
    case conflict = "Conflict"
    case contentTooLarge = "ContentTooLarge"
    case uriTooLong = "URITooLong"
    case unprocessableContent = "UnprocessableContent"
    case tooManyRequests = "TooManyRequests"
    case headerFieldsTooLarge = "HeaderFieldsTooLarge"
    case internalServerError = "InternalServerError"
    case serviceUnavailable = "ServiceUnavailable"

    /// The errors that every operation can return.
    static let always: [ErrorAnswer] = [
        .badRequest, .methodNotAllowed, .requestTimeout, .contentTooLarge, .uriTooLong, .headerFieldsTooLarge,
        .internalServerError, .serviceUnavailable,
    ]

    var status: Int { error.status.code }

    private var description: String {
        switch self {
        case .badRequest: "The body is not a JSON object in UTF-8, or the HTTP request is malformed."
        case .unauthorized: "The API key is missing, unknown, revoked or expired."
        case .forbidden: "The key lacks the role that `metadata.scope` names, or it tries to change itself."
        case .notFound: "The path does not exist, or an id in the path, query or body is unknown."
        case .methodNotAllowed: "The path does not support this method; `Allow` lists the supported methods."
        case .requestTimeout: "The request did not arrive in time."
        case .conflict:
            "The resource is declared in the server's configuration, or its state does not allow the request."
        case .contentTooLarge: "The body exceeds the limit (1 MiB by default)."
        case .uriTooLong: "The request line exceeds the limit."
        case .unprocessableContent: "The request is invalid. Every problem has an entry in `errors`."
        case .tooManyRequests:
            "The key has exceeded a `rate_limit`, or an address its limit of emails. `Retry-After` says when to retry."
        case .headerFieldsTooLarge: "The header exceeds the limit."
        case .internalServerError: "The server failed. Its log has the details under the request id."
        case .serviceUnavailable: "The server has reached a limit, or the database is not available. Retry later."
        }
    }

    private var headers: [AnswerHeader] {
        switch self {
        case .unauthorized: [.requestID, .authenticate]
        case .methodNotAllowed: [.requestID, .allow]
        case .tooManyRequests: [.requestID, .retryAfter] + AnswerHeader.rateLimits
        case .serviceUnavailable: [.requestID, .retryAfter]
        default: [.requestID]
        }
    }

    /// The response as an entry among the document's components.
    var component: JSONNode {
        [
            "description": .string(description), "headers": AnswerHeader.node(headers),
            "content": Operation.Body(schema: .error, example: example).content,
        ]
    }

    var reference: JSONNode { ["$ref": "#/components/responses/\(rawValue)"] }
}

extension NamedSchema {
    /// The body of every error.
    static let error = NamedSchema(
        "Error",
        .object(
            "The body of every error.",
            [
                .required("type", .choice("The kind of error.", APIError.Kind.self)),
                .required("status", .integer("The status of the response.", in: 400...599)),
                .required("request_id", .id("The request's id, as in the header X-Request-ID.")),
                .required("errors", .array("The problems, at least one.", of: .reference(errorEntry))),
                .optional("rate_limit", .reference(rateLimit)),
            ]))

    private static let errorEntry = NamedSchema(
        "ErrorEntry",
        .object(
            "One problem.",
            [
                .required("code", .string("The kind of problem, for programs.")),
                .required("message", .string("The problem, for people.")),
                .optional("source", .reference(errorSource)),
                .optional(
                    "metadata", .map("More details. For a missing role, `scope` and `required` both name it.")),
            ]))

    private static let errorSource = NamedSchema(
        "ErrorSource",
        .object(
            "The position of the problem.",
            [
                .required("field", .string("The name of the member, or of the query parameter.")),
                .required("pointer", .string("A JSON pointer into the body; for a query parameter `/` and its name.")),
            ]))

    private static let rateLimit = NamedSchema(
        "RateLimit",
        .object(
            "The exceeded rate limit; only with status 429.",
            [
                .required("name", .string("The name of the limit.")),
                .required("limit", .integer("The number of requests that it allows.", in: 0...Int(Int32.max))),
                .required("remaining", .integer("The number of requests left.", in: 0...Int(Int32.max))),
                .required("retry_after", .time("When the next request is allowed.")),
            ]))
}

// MARK: Examples

extension ErrorAnswer {
    /// An error of this kind, which gives the status and the example.
    private var error: APIError {
        switch self {
        case .badRequest: .invalidJSON("The JSON is malformed: it ends too early.")
        case .unauthorized: .invalidToken
        case .forbidden: .missingRole(.statusPagePublisher)
        case .notFound: .notFound("status page")
        case .methodNotAllowed: .methodNotAllowed([.get, .head, .post])
        case .requestTimeout:
            .sample(.requestTimeout, .requestTimeout, "request_timeout", "The request did not arrive in time.")
        case .conflict: .managedByConfiguration
        case .contentTooLarge: .payloadTooLarge(limit: 1_048_576)
        case .uriTooLong: .sample(.uriTooLong, .invalidRequest, "uri_too_long", "The request line is too long.")
        case .unprocessableContent:
            .validation([
                APIError.Entry(
                    code: "is_required", message: "The name is required.", pointer: .root.appending("name"))
            ])
        case .tooManyRequests:
            .sample(
                .tooManyRequests, .tooManyRequests, "too_many_requests",
                "This API key has exceeded its rate limit; retry in 1 second.")
        case .headerFieldsTooLarge:
            .sample(
                .requestHeaderFieldsTooLarge, .invalidRequest, "header_fields_too_large", "The header is too large.")
        case .internalServerError: .unexpected
        case .serviceUnavailable: .storageUnavailable
        }
    }

    private var example: JSONNode {
        let body: JSONNode = [
            "type": .string(error.kind.rawValue), "status": .integer(status),
            "request_id": .string(Example.requestID), "errors": .array(error.entries.map(Self.node)),
        ]
        guard self == .tooManyRequests else { return body }
        return body.with([
            "rate_limit": [
                "name": "api_key", "limit": 1200, "remaining": 0, "retry_after": "2026-11-20T21:48:35.000Z",
            ]
        ])
    }

    private static func node(_ entry: APIError.Entry) -> JSONNode {
        var members: [String: JSONNode] = ["code": .string(entry.code), "message": .string(entry.message)]
        members["source"] = entry.pointer.map {
            ["field": .string($0.field), "pointer": .string($0.description)]
        }
        members["metadata"] = entry.metadata.map { .object($0.mapValues(JSONNode.string)) }
        return .object(members)
    }
}

extension APIError {
    /// An error that otherwise comes from the HTTP engine or from a rate limit.
    fileprivate static func sample(
        _ status: HTTPResponse.Status, _ kind: Kind, _ code: String, _ message: String
    ) -> APIError {
        APIError(status, kind, [Entry(code: code, message: message)])
    }
}
