import HTTPServer
import HTTPTypes
import JSONInput
import PublicPages
import Publishing
import StatusPages

/// Every error that a client can get, with its text.
struct APIError: Error, Equatable {
    /// The closed set of error types that clients know.
    enum Kind: String, CaseIterable {
        case api = "api_error"
        case authentication = "authentication_error"
        case conflict
        case invalidRequest = "invalid_request_error"
        case methodNotAllowed = "method_not_allowed"
        case notFound = "not_found"
        case payloadTooLarge = "payload_too_large"
        case preconditionFailed = "precondition_failed"
        case requestTimeout = "request_timeout"
        case resourceForbidden = "resource_forbidden"
        case tooManyRequests = "too_many_requests"
        case validation = "validation_error"
    }

    /// One error in a request.
    struct Entry: Equatable {
        var code: String
        var message: String
        /// The place in the body. For a query, the parameter's name is the only step.
        var pointer: JSONPointer?
        var metadata: [String: String]?
    }

    let status: HTTPResponse.Status
    let kind: Kind
    let entries: [Entry]
    var fields: HTTPFields = [:]
    /// The rate limit that the request exceeded, if that is the error.
    var rateLimit: RateLimitDecision?

    init(_ status: HTTPResponse.Status, _ kind: Kind, _ entries: [Entry], fields: HTTPFields = [:]) {
        self.status = status
        self.kind = kind
        self.entries = entries
        self.fields = fields
    }

    private init(
        _ status: HTTPResponse.Status, _ kind: Kind, code: String, _ message: String,
        metadata: [String: String]? = nil, fields: HTTPFields = [:]
    ) {
        let entry = Entry(code: code, message: message, metadata: metadata)
        self.init(status, kind, [entry], fields: fields)
    }

    // MARK: Authentication and authorization

    static let missingAuthorization = APIError(
        .unauthorized, .authentication, code: "missing_authorization_material",
        "Send an API key in the Authorization header: Bearer, a space, and the key.",
        fields: [.wwwAuthenticate: "Bearer"])

    static let malformedAuthorization = unusableToken(
        "The Authorization header must be Bearer, a space, and an API key as printed when it was created.")

    static let invalidToken = unusableToken("The API key is unknown, revoked or expired.")

    private static func unusableToken(_ message: String) -> APIError {
        APIError(
            .unauthorized, .authentication, code: "access_token_invalid", message,
            fields: [.wwwAuthenticate: "Bearer error=\"invalid_token\""])
    }

    static func missingRole(_ role: APIKey.Role) -> APIError {
        APIError(
            .forbidden, .resourceForbidden, code: missingScope,
            "This API key does not have the role \(role.rawValue).", metadata: scope(role))
    }

    private static let missingScope = "missing_required_scope"

    /// The role twice: as `scope`, the name that clients know, and as `required`, a clearer name.
    private static func scope(_ role: APIKey.Role) -> [String: String] {
        ["scope": role.rawValue, "required": role.rawValue]
    }

    static func tooManyRequests(_ decision: RateLimitDecision) -> APIError {
        let seconds = decision.retryAfter
        var error = APIError(
            .tooManyRequests, .tooManyRequests, code: "too_many_requests",
            "This API key has exceeded its rate limit; retry in \(seconds == 1 ? "1 second" : "\(seconds) seconds").",
            fields: [.retryAfter: "\(seconds)"])
        error.rateLimit = decision
        return error
    }

    /// Refuses to let a key grant or obtain roles that it does not hold itself.
    private static func missingRoles(_ missing: [MissingRole]) -> APIError {
        let entries = missing.map { missing in
            Entry(
                code: missingScope, message: "This API key does not have the role \(missing.role.rawValue) itself.",
                pointer: Validation.pointer(missing.path), metadata: scope(missing.role))
        }
        return APIError(.forbidden, .resourceForbidden, entries)
    }

    static func refusal(_ refusal: KeyRefusal) -> APIError {
        switch refusal {
        case .revoked: invalidToken
        case .missingRole(let role): missingRole(role)
        case .missingRolesToGive(let roles): missingRoles(roles)
        }
    }

    static let ownKey = APIError(
        .forbidden, .resourceForbidden, code: "own_key",
        "An API key cannot change itself. It can rotate or delete itself.")

    static let notFound = APIError(.notFound, .notFound, code: "not_found", "There is nothing at this path.")

    static func notFound(_ what: String) -> APIError {
        APIError(.notFound, .notFound, code: "not_found", "There is no such \(what).")
    }

    static let preconditionFailed = APIError(
        .preconditionFailed, .preconditionFailed, code: "precondition_failed",
        "The resource does not meet the request's conditions, such as If-Match.")

    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> APIError {
        let list = allowed.map(\.rawValue).joined(separator: ", ")
        return APIError(
            .methodNotAllowed, .methodNotAllowed, code: "method_not_allowed", "This path supports only: \(list).",
            fields: [.allow: list])
    }

    static let managedByConfiguration = APIError(
        .conflict, .conflict, code: "managed_by_configuration",
        "This resource is declared in the server's configuration file and can only be changed there.")

    static let hasSubPages = APIError(
        .conflict, .conflict, code: "has_sub_pages",
        "This page has sub-pages, which the request cannot describe and would remove.")

    /// A page cannot be made or changed as the request asks.
    static func refusal(_ refusal: PageRefusal) -> APIError {
        switch refusal {
        case .managedByConfiguration: managedByConfiguration
        case .slugTaken(let slug, _):
            APIError(.conflict, .conflict, code: "slug_taken", "There is already a page \"\(slug)\".")
        case .ongoingEvents:
            APIError(
                .conflict, .conflict, code: "ongoing_events", "The page has ongoing incidents or maintenances.")
        }
    }

    /// The state of a subscriber, or of its address, does not allow the request.
    static func conflict(_ conflict: SubscriberConflict) -> APIError {
        switch conflict {
        case .exists(let id):
            APIError(
                .conflict, .conflict, code: "subscriber_exists", "The page already has a subscriber with this address.",
                metadata: ["subscriber_id": id.description])
        case .mailNotConfigured:
            APIError(
                .conflict, .conflict, code: "mail_not_configured",
                "The server cannot send emails: its configuration has no `mail`.")
        case .wrongState(let explanation): APIError(.conflict, .conflict, code: "wrong_state", explanation)
        case .tooManyMails(let seconds):
            APIError(
                .tooManyRequests, .tooManyRequests, code: "too_many_requests",
                "The address has reached the limit of emails in 24 hours (subscribers.mails_per_address).",
                fields: [.retryAfter: "\(seconds)"])
        }
    }

    // MARK: Invalid requests

    static func payloadTooLarge(limit: Int) -> APIError {
        APIError(
            .contentTooLarge, .payloadTooLarge, code: "payload_too_large",
            "The body exceeds the limit of \(limit) bytes.")
    }

    static func invalidJSON(_ message: String) -> APIError {
        APIError(.badRequest, .invalidRequest, code: "invalid_json", message)
    }

    static func validation(_ entries: [Entry]) -> APIError {
        APIError(.unprocessableContent, .validation, entries)
    }

    // MARK: Server failures

    static let unexpected = APIError(
        .internalServerError, .api, code: "internal_error",
        "The server failed. Its log has the details under this request id.")

    static let overloaded = APIError(
        .serviceUnavailable, .api, code: "overloaded", "The server has reached a limit; retry in a moment.",
        fields: [.retryAfter: "1"])

    static let storageUnavailable = APIError(
        .serviceUnavailable, .api, code: "storage_unavailable",
        "The database is not available right now. Nothing was changed.",
        fields: [.retryAfter: "5"])

    /// The code is the same as that of `storageUnavailable`: a client reacts in the same way, if the request is safe to
    /// repeat.
    static let storageUncertain = APIError(
        .serviceUnavailable, .api, code: "storage_unavailable",
        "The disk or replication failed, so this may or may not be stored. Retry with the same idempotency key, or check first.",
        fields: [.retryAfter: "5"])
}

extension APIError {
    /// An error that the HTTP engine found before the request reached a handler.
    init(_ fault: HTTPFault) {
        let (kind, code): (Kind, String) =
            switch fault.status {
            case 404: (.notFound, "not_found")
            case 408: (.requestTimeout, "request_timeout")
            case 413: (.payloadTooLarge, "payload_too_large")
            case 414: (.invalidRequest, "uri_too_long")
            case 417: (.invalidRequest, "expectation_failed")
            case 431: (.invalidRequest, "header_fields_too_large")
            case 500: (.api, "internal_error")
            case 501: (.api, "not_implemented")
            case 503: (.api, "overloaded")
            case 505: (.invalidRequest, "http_version_not_supported")
            default: (.invalidRequest, "malformed_request")
            }
        self.init(
            HTTPResponse.Status(code: fault.status), kind, code: code, fault.reason,
            fields: fault.status == 503 ? [.retryAfter: "1"] : [:])
    }
}

extension APIError {
    /// The error for a request that a public form rejects.
    init(_ refusal: PublicPages.Refusal) {
        switch refusal {
        case .tooLarge(let limit): self = .payloadTooLarge(limit: limit)
        case .unsupportedType:
            self.init(
                .unsupportedMediaType, .invalidRequest, code: "unsupported_media_type",
                "Send the form as application/x-www-form-urlencoded or application/json.")
        case .malformed(let reason):
            self.init(.badRequest, .invalidRequest, code: "malformed_body", reason)
        case .invalid(let faults):
            self = .validation(
                faults.map { Entry(code: $0.code.rawValue, message: $0.message, pointer: $0.pointer) })
        case .expiredLink:
            self.init(
                .gone, .notFound, code: "link_expired", "This link has expired. Subscribe again to get a new one.")
        case .tooManySignUps(let seconds):
            self.init(
                .tooManyRequests, .tooManyRequests, code: "too_many_requests",
                "There were too many sign-ups; retry in \(seconds == 1 ? "1 second" : "\(seconds) seconds").",
                fields: [.retryAfter: "\(seconds)"])
        }
        fields[.cacheControl] = "no-store"
        fields[.vary] = "Accept"
        fields[.xRobotsTag] = "noindex"
    }
}
