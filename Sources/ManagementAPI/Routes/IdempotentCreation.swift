import Cryptography
import HTTPServer
import HTTPTypes
import JSONInput
public import StatusPages
public import Storage

/// Creation on a status page, done once for each idempotency key.
struct IdempotentCreation: Sendable {
    let context: APIContext
    let kind: IdempotencyScope.Kind

    /// - Parameters:
    ///   - read: reads the command from the body and notes faults.
    ///   - check: throws all faults of the command. The page is nil if the body names none, which is
    ///     then a fault. The check runs before the write transaction, so that a large invalid body does not delay
    ///     other writes.
    ///   - create: runs the check again, so that times and IDs are in commit order. Then it stores the record and makes
    ///     the answer. It is not called for a key that was used before: that request gets the first answer again,
    ///     whatever the rest of its body says.
    func outcome<Command: Sendable>(
        _ call: Call,
        read: (JSONReader) -> Command,
        check: (Command, StatusPage?) throws(Faults) -> Void,
        create: @escaping @Sendable (Command, StatusPage, WriteTransaction) throws -> Response
    ) throws -> Outcome {
        let reader = try call.readBody()
        let page = try reader.requiredString("status_page_id").map(context.page)
        let command = read(reader)
        let faults = reader.faults.all
        let checked = Result { () throws(APIError) in
            try Validation.decide(faults) { () throws(Faults) in try check(command, page) }
        }
        guard let page, let key = reader.string("idempotency_key") else {
            // Nothing can be created without a page and a key, and the check reports both as faults.
            try checked.get()
            throw APIError.unexpected
        }
        let refusal: APIError? = if case .failure(let error) = checked { error } else { nil }
        let scope = IdempotencyScope(page: page.id, kind: kind, key: key)
        let hash = SHA256.hash(reader.value.canonicalBytes)
        return .writing { transaction in
            if let kept = try transaction.reading.response(for: scope) {
                return Self.replay(kept, for: scope, requestHash: hash)
            }
            if let refusal { throw refusal }
            let response = try create(command, page, transaction)
            let kept = IdempotentResponse(
                status: response.head.status.code, body: response.body, requestHash: hash)
            try transaction.remember(kept, for: scope, at: context.now())
            return Reply(response: response)
        }
    }

    private static func replay(
        _ kept: IdempotentResponse, for scope: IdempotencyScope, requestHash: [UInt8]
    ) -> Reply {
        let body: Replay.Body = kept.requestHash.map { $0 == requestHash ? .same : .different } ?? .unknown
        var fields: HTTPFields = [.idempotentReplayed: "true"]
        if body == .different { fields[.idempotentReplayDiffers] = "true" }
        return Reply(
            response: JSONResponse.make(
                HTTPResponse.Status(code: kept.status), encoded: kept.body, fields: fields),
            replay: Replay(page: scope.page, kind: scope.kind, body: body))
    }
}

/// A repeated answer to a request whose idempotency key was used before.
public struct Replay: Equatable, Sendable {
    /// How the request's body compares with the first one.
    public enum Body: String, CaseIterable, Sendable {
        case same
        case different
        /// An older version of the server answered the first request, and stored no hash to compare with.
        case unknown
    }

    public let page: ID<StatusPage>
    public let kind: IdempotencyScope.Kind
    public let body: Body
}
