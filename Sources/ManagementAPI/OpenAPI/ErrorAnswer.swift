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

    var status: Int {
        switch self {
        case .badRequest: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .requestTimeout: 408
        case .conflict: 409
        case .contentTooLarge: 413
        case .uriTooLong: 414
        case .unprocessableContent: 422
        case .tooManyRequests: 429
        case .headerFieldsTooLarge: 431
        case .internalServerError: 500
        case .serviceUnavailable: 503
        }
    }

    private var description: String {
        switch self {
        case .badRequest: "The body is not a JSON object in UTF-8, or the HTTP request is malformed."
        case .unauthorized: "The API key is missing, unknown, revoked or expired."
        case .forbidden: "The key is valid but lacks the role that `metadata.scope` names."
        case .notFound: "The path does not exist, or no resource has an id from the path, query or body."
        case .methodNotAllowed: "The path does not support this method; `Allow` lists the supported methods."
        case .requestTimeout: "The request did not arrive in time."
        case .conflict: "The resource is declared in the server's configuration and can only be changed there."
        case .contentTooLarge: "The body exceeds the limit (1 MiB by default)."
        case .uriTooLong: "The request line exceeds the limit."
        case .unprocessableContent: "The request is invalid. Every problem has an entry in `errors`."
        case .tooManyRequests: "The key has exceeded a rate limit; `Retry-After` and `rate_limit` say when to retry."
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

/// The response header fields that the document describes.
enum AnswerHeader: String, CaseIterable, Sendable {
    case requestID = "X-Request-ID"
    case allow = "Allow"
    case authenticate = "WWW-Authenticate"
    case retryAfter = "Retry-After"
    case ignored = "Allclear-Ignored"
    case replayed = "Idempotent-Replayed"
    case replayDiffers = "Idempotent-Replay-Differs"
    case rateLimit = "X-RateLimit-Limit"
    case rateLimitRemaining = "X-RateLimit-Remaining"
    case rateLimitUsed = "X-RateLimit-Used"
    case rateLimitReset = "X-RateLimit-Reset"

    /// The fields of every answer to a key that has a rate limit.
    static let rateLimits: [AnswerHeader] = [.rateLimit, .rateLimitRemaining, .rateLimitUsed, .rateLimitReset]

    private var schema: Schema {
        switch self {
        case .requestID: .id("The request's id, which is also in the server's log.")
        case .allow: .string("The methods that the path supports, separated by commas.")
        case .authenticate: .string("The authentication scheme.")
        case .retryAfter: .integer("The number of seconds to wait before a retry.", in: 0...86_400)
        case .ignored:
            .string(
                """
                Sent when the request has unknown fields or query parameters. Lists the first \(IgnoredNames.most), \
                separated by commas. A field is named by its JSON pointer, a parameter by its name after a question \
                mark. Unusual characters are percent-encoded.
                """)
        case .replayDiffers:
            .choice(
                """
                Sent when the body differs from the first body with this idempotency key. Nothing was created, and \
                the rest of the body had no effect.
                """, of: ["true"])
        case .replayed:
            .choice(
                "Sent when the idempotency key was used before: this repeats the first response.", of: ["true"])
        case .rateLimit: .string("The quota of the strictest limit, then every limit with its window in seconds.")
        case .rateLimitRemaining: .integer("The number of requests left of the strictest limit.", in: 0...1_000_000)
        case .rateLimitUsed: .integer("The number of requests used of it.", in: 0...1_000_000)
        case .rateLimitReset:
            .integer(
                "When the full quota is available again, in seconds since the Unix epoch.", in: 0...253_402_300_799)
        }
    }

    private var example: JSONNode {
        switch self {
        case .requestID: .string(Example.requestID)
        case .allow: "GET, HEAD, POST"
        case .authenticate: "Bearer"
        case .retryAfter: 5
        case .ignored: "/component_statues, ?status"
        case .replayed, .replayDiffers: "true"
        case .rateLimit: "1200, 1200;window=60"
        case .rateLimitRemaining: 1_199
        case .rateLimitUsed: 1
        case .rateLimitReset: 1_795_200_000
        }
    }

    var component: JSONNode {
        var schema = schema.members
        let description = schema.removeValue(forKey: "description") ?? ""
        var node: [String: JSONNode] = ["description": description, "schema": .object(schema), "example": example]
        // A disabled rate limit sends no fields, so these are not required.
        let optional = [.ignored, .replayed, .replayDiffers] + Self.rateLimits
        if !optional.contains(self) { node["required"] = true }
        return .object(node)
    }

    static func node(_ headers: [AnswerHeader]) -> JSONNode {
        .object(
            Dictionary(
                uniqueKeysWithValues: headers.map { ($0.rawValue, ["$ref": "#/components/headers/\($0.rawValue)"]) }))
    }
}
