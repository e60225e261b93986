import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// Creation on a status page, done once for each idempotency key.
struct IdempotentCreation: Sendable {
    let context: APIContext
    let kind: IdempotencyScope.Kind

    /// - Parameters:
    ///   - decide: what to create, or all that is wrong with the body. The page is nil when the body names none, which is
    ///     noted. Runs before the write transaction, so that a body that is long to refuse holds up no one else, and for
    ///     one that is sound again inside it, so that times and ids are in the order of the commits.
    ///   - record: stores it and makes the answer. Not called for a key that was used before: that gets the first answer
    ///     again, whatever the rest of the body says.
    func outcome<Record: Sendable>(
        _ body: [String: JSONValue],
        decide: @escaping @Sendable (JSONReader, StatusPage?, Timestamp) throws(APIError) -> Record,
        record: @escaping @Sendable (Record, WriteTransaction) throws -> Response
    ) throws -> Outcome {
        let reader = JSONReader(body)
        let page = try reader.requiredString("status_page_id").map(context.page)
        let check = Result { () throws(APIError) in try decide(reader, page, context.now()) }
        guard let page, let key = reader.string("idempotency_key") else {
            // Without either nothing can be created, and the decision says so.
            _ = try check.get()
            throw APIError.internalError
        }
        let refusal: APIError? = if case .failure(let error) = check { error } else { nil }
        let scope = IdempotencyScope(page: page.id, kind: kind, key: key)
        return .write { transaction in
            if let kept = try transaction.reading.response(for: scope) { return Self.replay(kept) }
            if let refusal { throw refusal }
            let now = context.now()
            let response = try record(try decide(JSONReader(body), page, now), transaction)
            let kept = IdempotentResponse(status: response.head.status.code, body: response.body)
            try transaction.remember(kept, for: scope, at: now)
            return response
        }
    }

    private static func replay(_ kept: IdempotentResponse) -> Response {
        JSONResponse.make(
            HTTPResponse.Status(code: kept.status), encoded: kept.body, fields: [.idempotentReplayed: "true"])
    }
}
