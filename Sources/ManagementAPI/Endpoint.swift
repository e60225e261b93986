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
    case writing(@Sendable (WriteTransaction) throws -> Reply)

    /// A write that repeats no answer.
    static func write(_ body: @escaping @Sendable (WriteTransaction) throws -> Response) -> Outcome {
        .writing { Reply(response: try body($0)) }
    }
}

/// A successful answer.
struct Reply: Sendable {
    var response: Response
    /// Set if it is the answer to an earlier request with the same idempotency key.
    var replay: Replay?
}

/// One request to an endpoint, by a key that may make it.
///
/// It notes which members of the body and which parameters of the query were read, so that the answer can name the
/// others. It is not Sendable: everything is read before a write begins.
final class Call {
    let key: APIKey
    /// The values in the path, in order.
    let parameters: [String]
    let query: QueryParameters
    private let body: [UInt8]
    private var reader: JSONReader?

    init(key: APIKey, parameters: [String], query: QueryParameters, body: [UInt8]) {
        self.key = key
        self.parameters = parameters
        self.query = query
        self.body = body
    }

    /// Reads the body, which must be a JSON object.
    func readBody() throws(APIError) -> JSONReader { read(try object()) }

    /// Reads a body that may be left out: white space counts as an object without members.
    func readOptionalBody() throws(APIError) -> JSONReader { read(isBlank ? [:] : try object()) }

    private func read(_ members: [String: JSONValue]) -> JSONReader {
        let reader = JSONReader(members)
        self.reader = reader
        return reader
    }

    /// What was sent and not read; nil if that is nothing.
    var ignored: IgnoredNames? {
        let most = IgnoredNames.most
        return IgnoredNames(members: reader?.unread(atMost: most) ?? [], parameters: query.unread)
    }

    private func object() throws(APIError) -> [String: JSONValue] {
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

    /// The only value in the path as an id; a text of another shape names nothing.
    func id<Entity>(of what: String) throws(APIError) -> ID<Entity> {
        guard let text = parameters.first, let id = ID<Entity>(text) else { throw .notFound(what) }
        return id
    }
}
