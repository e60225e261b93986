public import HTTPServer
public import HTTPTypes
import JSONInput
public import PublicPages
import Publishing
import StatusPages
import Storage

/// The one place that turns errors into responses.
public enum ErrorResponses {
    /// The answer to a request that the HTTP engine refused by itself.
    public static func fault(_ fault: HTTPFault, requestID: String) -> Response {
        response(APIError(fault), requestID: requestID)
    }

    public static func notFound(requestID: String) -> Response {
        response(.notFound, requestID: requestID)
    }

    public static func methodNotAllowed(_ allowed: [HTTPRequest.Method], requestID: String) -> Response {
        response(.methodNotAllowed(allowed), requestID: requestID)
    }

    public static func preconditionFailed(requestID: String) -> Response {
        response(.preconditionFailed, requestID: requestID)
    }

    /// The answer to a query parameter with an invalid value.
    public static func badParameter(_ name: String, _ problem: String, requestID: String) -> Response {
        let entry = APIError.Entry(code: "invalid_format", message: problem, pointer: .root.appending(name))
        return response(.validation([entry]), requestID: requestID)
    }

    /// The answer to a request that a public form does not accept.
    public static func refusal(_ refusal: PublicPages.Refusal, requestID: String) -> Response {
        response(APIError(refusal), requestID: requestID)
    }

    /// The answer to a request that failed for an internal reason, such as a database that cannot be read.
    public static func failure(_ error: any Error, requestID: String) -> Response {
        response(apiError(error), requestID: requestID)
    }

    static func response(_ error: APIError, requestID: String) -> Response {
        var fields = error.fields
        fields[.xRequestID] = requestID
        do {
            return try JSONResponse.make(error.status, ErrorBody(error, requestID: requestID), fields: fields)
        } catch {
            // Encoding cannot fail: the body is made of strings and one integer.
            return Response(.internalServerError, fields: fields)
        }
    }

    /// The error that a client gets for any internal error. It never reveals internal details.
    static func apiError(_ error: any Error) -> APIError {
        switch error {
        case let error as APIError: error
        case let error as AuthenticationFailure: error.apiError
        case let error as SubscriberConflict: .conflict(error)
        case let error as PageRefusal: .refusal(error)
        case let error as NotFound: .notFound(error.what)
        case let error as KeyRefusal: .refusal(error)
        case is ManagedByConfiguration: .managedByConfiguration
        case is HasSubPages: .hasSubPages
        case let error as Faults: Validation.refusal(JSONReader.Faults([]), error.all)
        case StorageError.unavailable: .storageUnavailable
        case StorageError.uncertain: .storageUncertain
        case StorageError.overloaded: .overloaded
        default: .unexpected
        }
    }
}

extension HTTPField.Name {
    // swift-format-ignore: NeverForceUnwrap
    public static let xRequestID = HTTPField.Name("X-Request-ID")!
    // swift-format-ignore: NeverForceUnwrap
    static let idempotentReplayed = HTTPField.Name("Idempotent-Replayed")!
    // swift-format-ignore: NeverForceUnwrap
    static let idempotentReplayDiffers = HTTPField.Name("Idempotent-Replay-Differs")!
}
