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
