import HTTPTypes
import JSONInput
import StatusPages

/// The JSON body of every error.
struct ErrorBody: Encodable {
    struct Entry: Encodable {
        struct Source: Encodable {
            let field: String
            let pointer: String
        }

        let code: String
        let message: String
        let source: Source?
        let metadata: [String: String]?
    }

    struct RateLimit: Encodable {
        let name: String
        let limit: Int
        let remaining: Int
        let retryAfter: String

        enum CodingKeys: String, CodingKey {
            case name, limit, remaining
            case retryAfter = "retry_after"
        }

        init(_ decision: RateLimitDecision) {
            name = decision.binding.limit.name.rawValue
            limit = decision.binding.limit.capacity
            remaining = decision.binding.remaining
            retryAfter = decision.retryAt.rfc3339
        }
    }

    let type: String
    let status: Int
    let requestID: String
    let errors: [Entry]
    let rateLimit: RateLimit?

    enum CodingKeys: String, CodingKey {
        case type, status, errors
        case requestID = "request_id"
        case rateLimit = "rate_limit"
    }

    init(_ error: APIError, requestID: String) {
        type = error.kind.rawValue
        status = error.status.code
        self.requestID = requestID
        errors = error.entries.map { entry in
            Entry(
                code: entry.code, message: entry.message,
                source: entry.pointer.map { Entry.Source(field: $0.field, pointer: $0.description) },
                metadata: entry.metadata)
        }
        rateLimit = error.rateLimit.map(RateLimit.init)
    }
}
