import HTTPTypes
import JSONInput

/// The body of every error, as clients parse it.
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

    let type: String
    let status: Int
    let requestID: String
    let errors: [Entry]

    enum CodingKeys: String, CodingKey {
        case type, status, errors
        case requestID = "request_id"
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
    }
}
