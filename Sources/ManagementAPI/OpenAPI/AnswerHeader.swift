/// The response header fields that the document describes.
enum AnswerHeader: String, CaseIterable, Sendable {
    case requestID = "X-Request-ID"
    case allow = "Allow"
    case authenticate = "WWW-Authenticate"
    case retryAfter = "Retry-After"
    case ignored = "Allclear-Ignored"
    case replayed = "Idempotent-Replayed"
    case replayDiffers = "Idempotent-Replay-Differs"
    case notified = "Allclear-Notified"
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
                separated by commas. Names a field by its JSON pointer, and a parameter by a question mark and its \
                name. Unusual characters are percent-encoded.
                """)
        case .notified:
            .integer(
                "Sent when the request published an update: how many subscribers can be notified of it.",
                in: 0...1_000_000_000)
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
        case .rateLimitRemaining: .integer("The number of requests left under the strictest limit.", in: 0...1_000_000)
        case .rateLimitUsed: .integer("The number of requests used under the strictest limit.", in: 0...1_000_000)
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
        case .notified: 120
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
        let optional = [.ignored, .replayed, .replayDiffers, .notified] + Self.rateLimits
        if !optional.contains(self) { node["required"] = true }
        return .object(node)
    }

    static func node(_ headers: [AnswerHeader]) -> JSONNode {
        .object(
            Dictionary(
                uniqueKeysWithValues: headers.map { ($0.rawValue, ["$ref": "#/components/headers/\($0.rawValue)"]) }))
    }
}
