import HTTPServer
import JSONInput
import StatusPages
import Storage

/// What serves one method on one path.
struct Endpoint: Sendable {
    /// What a key must hold to get here.
    let role: APIKey.Role
    /// Whether a key whose own id is in the path needs no role.
    let admitsOwnKey: Bool
    /// Whether the limit on backfill holds here, beside the one that holds everywhere.
    let isBackfill: Bool
    let perform: @Sendable (Call) throws -> Outcome
    /// What the OpenAPI document says of it.
    let operation: Operation?

    init(
        _ role: APIKey.Role, admitsOwnKey: Bool = false, isBackfill: Bool = false,
        _ perform: @escaping @Sendable (Call) throws -> Outcome, as operation: Operation? = nil
    ) {
        self.role = role
        self.admitsOwnKey = admitsOwnKey
        self.isBackfill = isBackfill
        self.perform = perform
        self.operation = operation
    }

    func admits(_ key: APIKey, parameters: [String]) -> Bool {
        key.holds(role) || (admitsOwnKey && parameters == [key.id.description])
    }
}

/// How a request goes on once it has been looked at.
enum Outcome: Sendable {
    case done(Response)
    /// The rest happens in a write transaction. What is decided on what is stored is decided in there.
    case write(@Sendable (WriteTransaction) throws -> Response)
}

/// One request to an endpoint, by a key that may make it.
struct Call: Sendable {
    let key: APIKey
    /// The values in the path, in order.
    let parameters: [String]
    let query: QueryParameters
    let body: [UInt8]

    /// The body, which must be a JSON object.
    func object() throws(APIError) -> [String: JSONValue] {
        let value: JSONValue
        do throws(JSONValue.Malformed) {
            value = try JSONValue(parsing: body)
        } catch {
            throw .invalidJSON(explanation(of: error))
        }
        guard case .object(let members) = value else {
            throw .invalidJSON("The body must be a JSON object, not \(value.typeName).")
        }
        return members
    }

    /// Where the body stops being JSON, and why; the parser knows that less well than what it takes.
    private func explanation(of error: JSONValue.Malformed) -> String {
        if isBlank { return "The body is empty; it must be a JSON object." }
        guard let fault = JSONScan(body, findsRepetitions: false).fault else { return error.description }
        return "The JSON is malformed: \(TextPosition(of: fault.offset, in: body)): \(fault.message)."
    }

    private var isBlank: Bool { body.allSatisfy(" \t\r\n".utf8.contains) }

    /// The body, of which nothing but white space says as much as an object without members.
    func objectOrNothing() throws(APIError) -> [String: JSONValue] {
        isBlank ? [:] : try object()
    }

    /// The only value in the path as an id; a text of another shape names nothing.
    func id<Entity>(of what: String) throws(APIError) -> ID<Entity> {
        guard let text = parameters.first, let id = ID<Entity>(text) else { throw .notFound(what) }
        return id
    }
}
