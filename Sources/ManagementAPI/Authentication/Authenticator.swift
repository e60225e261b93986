import HTTPTypes
import Publishing
import StatusPages
import Storage

/// Finds the API key of a request. It asks the store on every request, so a revoked key stops working at once, even if
/// another process revoked it.
struct Authenticator: Sendable {
    let store: Store

    func key(for fields: HTTPFields, at now: Timestamp) throws -> APIKey {
        guard let authorization = fields[.authorization] else { throw AuthenticationFailure.missing }
        guard let token = Self.bearerToken(authorization) else { throw AuthenticationFailure.malformed }
        let hash = token.hash
        guard let key = try store.apiKey(tokenHash: hash, at: now) else {
            throw AuthenticationFailure.invalid
        }
        return key
    }

    /// Scheme names are case-insensitive, and one or more spaces follow the name (RFC 9110 §11.1, §11.4).
    private static func bearerToken(_ authorization: String) -> AccessToken? {
        let space = UInt8(ascii: " ")
        let parts = authorization.utf8.split(separator: space, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, Substring(parts[0]).lowercased() == "bearer" else { return nil }
        return AccessToken(String(Substring(parts[1].drop { $0 == space })))
    }
}

/// The reason a request has no valid key. Clients get the same error for every well-formed token that does not work.
enum AuthenticationFailure: String, Error {
    case missing = "no Authorization field"
    case malformed = "no bearer token, or not one from allclear"
    case invalid = "the token is unknown, was revoked or has expired"

    var apiError: APIError {
        switch self {
        case .missing: .missingAuthorization
        case .malformed: .malformedAuthorization
        case .invalid: .invalidToken
        }
    }
}
