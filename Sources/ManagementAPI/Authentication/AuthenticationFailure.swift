/// Why a request has no key. Clients are told less: to them, all tokens that do not work are one.
enum AuthenticationFailure: String, Error {
    case missing = "no Authorization field"
    case malformed = "no bearer token, or none of ours"
    case invalid = "the token is unknown, was revoked or has expired"

    var apiError: APIError { self == .missing ? .missingAuthorization : .invalidToken }
}
