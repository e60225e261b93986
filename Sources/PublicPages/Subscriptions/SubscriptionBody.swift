import HTTPServer
import HTTPTypes
public import JSONInput
import StatusPages

/// The values that people or programs send to a form, from either kind of body.
struct SubscriptionBody {
    /// Why a body cannot be read.
    enum Problem: Error, Equatable {
        case tooLarge(limit: Int)
        case unsupportedType
        /// - Parameter reason: a sentence.
        case malformed(reason: String)
        case faults([PublicFault])
    }

    private(set) var email: String?
    private(set) var componentIDs: [String] = []
    private(set) var website: String?
    private(set) var wholePage: String?

    /// - Throws: `Problem`.
    init(_ request: Request) throws(Problem) {
        let bytes: [UInt8]
        switch request.body {
        case .tooLarge(let limit): throw .tooLarge(limit: limit)
        case .complete(let body): bytes = body
        }
        let type = request.head.headerFields[.contentType]?.prefix { $0 != ";" }
        switch type?.filter({ !$0.isWhitespace }).lowercased() {
        case "application/x-www-form-urlencoded", nil: try readForm(bytes)
        case "application/json": try readJSON(bytes)
        default: throw .unsupportedType
        }
    }

    /// If a name that may occur once is repeated, the first value counts.
    private mutating func readForm(_ bytes: [UInt8]) throws(Problem) {
        let form: URLEncodedForm
        do {
            form = try URLEncodedForm(parsing: bytes)
        } catch .notUTF8 {
            throw .malformed(reason: "The form must be UTF-8.")
        } catch {
            throw .malformed(reason: "The form has a malformed percent-encoding.")
        }
        email = form["email"]
        componentIDs = form.all("component_ids")
        website = form["website"]
        wholePage = form["whole_page"]
    }

    private mutating func readJSON(_ bytes: [UInt8]) throws(Problem) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw .malformed(reason: error.description)
        }
        guard case .object(let members) = value else { throw .malformed(reason: "The body must be a JSON object.") }
        let reader = JSONReader(members)
        email = reader.string("email")
        componentIDs = reader.strings("component_ids", atMost: Structure.mostComponents) ?? []
        website = reader.string("website")
        switch members["whole_page"] {
        case .bool(true), .integer(1), .string("1"): wholePage = "1"
        default: break
        }
        let faults = reader.faults.all
        guard faults.isEmpty else {
            throw .faults(faults.map { PublicFault(code: .type, pointer: $0.pointer, message: $0.message) })
        }
    }
}

/// The fault of a value in a body.
public struct PublicFault: Error, Equatable, Sendable {
    public enum Code: String, Sendable {
        case required = "is_required"
        case format = "invalid_format"
        case type = "invalid_type"
        case unknownComponent = "unknown_component"
    }

    public let code: Code
    public let pointer: JSONPointer
    /// A sentence in English.
    public let message: String
}
