/// Why a request has no key. To clients, all tokens that could be ours and do not work are one.
enum AuthenticationFailure: String, Error {
    case missing = "no Authorization field"
    case malformed = "no bearer token, or none of ours"
    case invalid = "the token is unknown, was revoked or has expired"

    var apiError: APIError {
        switch self {
        case .missing: .missingAuthorization
        case .malformed: .malformedAuthorization
        case .invalid: .invalidToken
        }
    }
}
