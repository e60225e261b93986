public import HTTPTypes
import JSONInput
public import Logging

extension HTTPResponse.Status {
    /// The log level of an answer. A 503 means that the server lacks a resource, a 500 that it failed. Other 5xx, such
    /// as 501 and 505, are the client's fault.
    public var logLevel: Logger.Level {
        switch self {
        case .serviceUnavailable: .warning
        case .internalServerError: .error
        default: .info
        }
    }
}

extension APIError {
    /// At most this many entries of one error are logged.
    private static let mostLogged = 20

    /// The metadata that the log gets for an error: codes and places, never a value that the client sent.
    /// - Parameter reason: a detail that the client does not get.
    func logMetadata(requestID: String, reason: String?) -> Logger.Metadata {
        // Names in a pointer come from the client and can be any text.
        let logged = entries.prefix(Self.mostLogged).map { entry in
            entry.code + (entry.pointer.map { " " + LoggedText.path($0.description) } ?? "")
        }
        var metadata: Logger.Metadata = [
            "request_id": "\(requestID)", "status": .stringConvertible(status.code),
            "errors": "\(logged.joined(separator: ", "))",
        ]
        if entries.count > logged.count { metadata["more"] = .stringConvertible(entries.count - logged.count) }
        if let reason { metadata["reason"] = "\(reason)" }
        return metadata
    }
}
