import HTTPServer
import JSONInput
import StatusPages
import Storage

/// The handler for one method on one path.
struct Endpoint: Sendable {
    /// The role that a key must hold.
    let role: APIKey.Role
    /// Whether a key whose own ID is in the path needs no role.
    let admitsOwnKey: Bool
    /// Whether the backfill rate limit applies in addition to the general one.
    let isBackfill: Bool
    let perform: @Sendable (Call) throws -> Outcome
    /// The endpoint's entry in the OpenAPI document.
    let operation: Operation

    init(
        _ role: APIKey.Role, admitsOwnKey: Bool = false, isBackfill: Bool = false,
        _ perform: @escaping @Sendable (Call) throws -> Outcome, as operation: Operation
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

/// The result of an endpoint's own checks: a finished response, or a write that is still to run.
enum Outcome: Sendable {
    case done(Response)
    /// The rest runs in a write transaction. Decisions that depend on stored state belong there.
    case writing(@Sendable (WriteTransaction) throws -> Reply)

    /// A large write. Each part runs in a separate transaction, so that other writes do not wait for all of it.
    case writingInParts(WritePart)

    /// A write whose answer is never a replay.
    static func write(_ body: @escaping @Sendable (WriteTransaction) throws -> Response) -> Outcome {
        .writing { Reply(response: try body($0)) }
    }
}

/// One transaction of a large write.
typealias WritePart = @Sendable (WriteTransaction) throws -> PartResult

/// The result of a part of a large write.
enum PartResult: Sendable {
    case done(Response)
    /// - Parameter response: the answer if the next part fails. Nil to answer with that failure.
    case next(WritePart, orElse: Response? = nil)
}

struct Reply: Sendable {
    var response: Response
    /// Set if this repeats the answer to an earlier request with the same idempotency key.
    var replay: Replay?
}

/// One request to an endpoint, made with a key that may call it.
///
/// It records which members of the body and which query parameters the route reads, so that the answer can list the
/// others. It is not Sendable, so the compiler makes routes read everything before a write begins.
final class Call {
    let key: APIKey
    /// The values of the path's placeholders, in order.
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

    /// Reads an optional body. An empty body, or one of only white space, counts as an object without members.
    func readOptionalBody() throws(APIError) -> JSONReader { read(isBlank ? [:] : try object()) }

    private func read(_ members: [String: JSONValue]) -> JSONReader {
        let reader = JSONReader(members)
        self.reader = reader
        return reader
    }

    /// The names that the client sent and the route did not read; nil if there are none.
    var ignored: IgnoredNames? {
        let most = IgnoredNames.most
        return IgnoredNames(members: reader?.unread(atMost: most) ?? [], parameters: query.unread)
    }

    private func object() throws(APIError) -> [String: JSONValue] {
        let value: JSONValue
        do throws(JSONValue.Malformed) {
            value = try JSONValue(parsing: body)
        } catch {
            throw .invalidJSON(isBlank ? "The body is empty; it must be a JSON object." : error.description)
        }
        guard case .object(let members) = value else {
            throw .invalidJSON("The body must be a JSON object, not \(value.typeName).")
        }
        return members
    }

    private var isBlank: Bool { body.allSatisfy(" \t\r\n".utf8.contains) }

    /// The path's only placeholder as an ID. Text that does not have the shape of an ID is "not found".
    func id<Entity>(of what: String) throws(APIError) -> ID<Entity> {
        guard let text = parameters.first, let id = ID<Entity>(text) else { throw .notFound(what) }
        return id
    }
}
