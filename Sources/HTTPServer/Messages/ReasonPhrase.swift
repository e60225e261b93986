import HTTPTypes

/// The reason phrases for statuses that were made from a number alone.
enum ReasonPhrase {
    static let standard: [Int: String] = {
        let statuses: [HTTPResponse.Status] = [
            .ok, .created, .noContent, .notModified, .badRequest, .unauthorized, .forbidden, .notFound,
            .methodNotAllowed, .requestTimeout, .conflict, .contentTooLarge, .uriTooLong, .expectationFailed,
            .unprocessableContent, .tooManyRequests, .requestHeaderFieldsTooLarge, .internalServerError,
            .notImplemented, .serviceUnavailable, .httpVersionNotSupported,
        ]
        return Dictionary(uniqueKeysWithValues: statuses.map { ($0.code, $0.reasonPhrase) })
    }()
}
