extension NamedSchema {
    /// The body of every error.
    static let error = NamedSchema(
        "Error",
        .object(
            "The body of every error.",
            [
                .required("type", .choice("The kind of error.", of: errorTypes)),
                .required("status", .integer("The status of the response.", in: 400...599)),
                .required("request_id", .id("The request's id, as in the header X-Request-ID.")),
                .required("errors", .array("The problems, at least one.", of: .reference(errorEntry))),
                .optional("rate_limit", .reference(rateLimit)),
            ]))

    private static let errorTypes = Set(APIError.Kind.allCases.map(\.rawValue)).union(["too_many_requests"]).sorted()

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

extension ErrorAnswer {
    var example: JSONNode {
        switch self {
        case .badRequest: error("invalid_request_error", "invalid_json", "The JSON is malformed: it ends too early.")
        case .unauthorized:
            error(
                "authentication_error", "access_token_invalid", "The API key is unknown, revoked or expired.")
        case .forbidden:
            error(
                "resource_forbidden", "missing_required_scope",
                "This API key does not have the role status_page_publisher.",
                ["metadata": ["scope": "status_page_publisher", "required": "status_page_publisher"]])
        case .notFound: error("not_found", "not_found", "There is no such status page.")
        case .methodNotAllowed:
            error("method_not_allowed", "method_not_allowed", "This path supports only: GET, HEAD, POST.")
        case .requestTimeout: error("request_timeout", "request_timeout", "The request did not arrive in time.")
        case .conflict:
            error(
                "conflict", "managed_by_configuration",
                "This resource is declared in the server's configuration file and can only be changed there.")
        case .contentTooLarge:
            error("payload_too_large", "payload_too_large", "The body exceeds the limit of 1048576 bytes.")
        case .uriTooLong: error("invalid_request_error", "uri_too_long", "The request line is too long.")
        case .unprocessableContent:
            error(
                "validation_error", "is_required", "The name is required.",
                ["source": ["field": "name", "pointer": "/name"]])
        case .tooManyRequests: tooManyRequests
        case .headerFieldsTooLarge:
            error("invalid_request_error", "header_fields_too_large", "The header is too large.")
        case .internalServerError:
            error("api_error", "internal_error", "The server failed. Its log has the details under this request id.")
        case .serviceUnavailable:
            error("api_error", "storage_unavailable", "The database is not available right now. Nothing was changed.")
        }
    }

    private var tooManyRequests: JSONNode {
        error(
            "too_many_requests", "too_many_requests", "This API key has exceeded its rate limit; retry in 1 second.",
            [:],
            [
                "rate_limit": [
                    "name": "api_key", "limit": 1200, "remaining": 0, "retry_after": "2026-11-20T21:48:35.000Z",
                ]
            ])
    }

    private func error(
        _ type: String, _ code: String, _ message: String, _ more: [String: JSONNode] = [:],
        _ beside: [String: JSONNode] = [:]
    ) -> JSONNode {
        let entry = ["code": .string(code), "message": .string(message)].merging(more) { $1 }
        let members: [String: JSONNode] = [
            "type": .string(type), "status": .integer(status), "request_id": .string(Example.requestID),
            "errors": [.object(entry)],
        ]
        return .object(members.merging(beside) { $1 })
    }
}
