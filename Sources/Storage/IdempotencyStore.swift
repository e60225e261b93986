import Foundation
import GRDB
public import StatusPages

/// The response to a creation. A client that repeats the idempotency key gets the same response again.
public struct IdempotentResponse: Equatable, Sendable {
    public let status: Int
    public let body: [UInt8]
    /// The SHA-256 of the request's body. Nil if an earlier version of the server stored the response.
    public let requestHash: [UInt8]?

    public init(status: Int, body: [UInt8], requestHash: [UInt8]?) {
        self.status = status
        self.body = body
        self.requestHash = requestHash
    }
}

/// An idempotency key with its scope: keys apply within one page and one kind of creation.
public struct IdempotencyScope: Equatable, Sendable {
    public enum Kind: String, Sendable {
        case incident
        case retrospectiveIncident = "retrospective_incident"
        case maintenance
    }

    public let page: ID<StatusPage>
    public let kind: Kind
    public let key: String

    public init(page: ID<StatusPage>, kind: Kind, key: String) {
        self.page = page
        self.kind = kind
        self.key = key
    }
}

extension ReadTransaction {
    /// The response to the creation that used this key; nil if the key is unused.
    public func response(for scope: IdempotencyScope) throws -> IdempotentResponse? {
        // SQLite ends a text at the null character, so it would find a key that equals the part before that character.
        if scope.key.utf8.contains(0) { return nil }
        return try db.query(
            "SELECT status, body, request_hash FROM idempotent_responses WHERE page_id = ? AND kind = ? AND key = ?",
            [scope.page.description, scope.kind.rawValue, scope.key]
        ) { row in
            let body: Data = try row.value(1)
            let hash: Data? = try row.optional(2)
            return IdempotentResponse(
                status: try row.value(0), body: Array(body), requestHash: hash.map { Array($0) })
        }.first
    }
}

extension WriteTransaction {
    /// Stores the response to a creation. Call it in the transaction of the creation.
    public func remember(_ response: IdempotentResponse, for scope: IdempotencyScope, at now: Timestamp) throws {
        try db.run(
            """
            INSERT INTO idempotent_responses (page_id, kind, key, status, body, created_at, request_hash)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                scope.page.description, scope.kind.rawValue, scope.key, response.status, Data(response.body),
                now.milliseconds, response.requestHash.map { Data($0) },
            ])
    }
}
