import HTTPTypes
import JSONInput
import Logging

extension APIError {
    /// As many of the entries are logged.
    private static let mostLogged = 20

    /// What the log has of an error: codes and places, never a value that was sent.
    /// - Parameter reason: what the client is not told.
    func logMetadata(requestID: String, reason: String?) -> Logger.Metadata {
        // Names in a pointer are the client's, and may be anything.
        let told = entries.prefix(Self.mostLogged).map { entry in
            entry.code + (entry.pointer.map { " " + LoggedText.path($0.description) } ?? "")
        }
        var metadata: Logger.Metadata = [
            "request_id": "\(requestID)", "status": .stringConvertible(status.code),
            "errors": "\(told.joined(separator: ", "))",
        ]
        if entries.count > told.count { metadata["more"] = .stringConvertible(entries.count - told.count) }
        if let reason { metadata["reason"] = "\(reason)" }
        return metadata
    }
}
