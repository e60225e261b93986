import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// API keys: create, show, list, change, rotate and delete.
struct APIKeyRoutes: Sendable {
    let context: APIContext
    let uses: KeyUses

    func add(to router: inout Router<Endpoint>) {
        let list = "/v1/api_keys"
        let one = "\(list)/{id}"
        router.add(.get, list, Endpoint(.apiKeysManage, self.list, as: .listAPIKeys))
        router.add(.post, list, Endpoint(.apiKeysManage, create, as: .createAPIKey))
        router.add(.get, one, Endpoint(.apiKeysManage, show, as: .showAPIKey))
        router.add(.put, one, Endpoint(.apiKeysManage, update, as: .updateAPIKey))
        router.add(.delete, one, Endpoint(.apiKeysManage, admitsOwnKey: true, delete, as: .deleteAPIKey))
        router.add(
            .post, "\(one)/actions/rotate",
            Endpoint(.apiKeysManage, admitsOwnKey: true, rotate, as: .rotateAPIKey))
    }

    private func show(_ call: Call) throws -> Outcome {
        let id: ID<APIKey> = try call.id(of: "API key")
        return .done(try response(.ok, try context.store.read { try Self.key(id, in: $0) }))
    }

    private func list(_ call: Call) throws -> Outcome {
        let paging = Paging(call.query)
        return .done(
            try paging.response("api_keys", body: { APIKeyBody(uses.completed($0)) }, id: \.id) { after, limit in
                try context.store.read { try $0.apiKeys(after: after, limit: limit) }
            })
    }

    private func create(_ call: Call) throws -> Outcome {
        let reader = try call.readBody()
        let draft = APIKeyDraft(reader)
        let read = reader.faults.all
        let token = try AccessToken.generate()
        let callerID = call.key.id
        return .write { transaction in
            let caller = try Self.caller(callerID, in: transaction.reading)
            try Self.check(caller.rolesMissing(toGive: draft))
            let count = try transaction.reading.apiKeyCount()
            let key = try Validation.decide(read) { () throws(Faults) in
                try APIKey.issue(draft, by: caller, among: count, at: context.now(), newID: context.newID)
            }
            try transaction.insert(key, tokenHash: token.hash)
            return try response(.created, key, token)
        }
    }

    private func update(_ call: Call) throws -> Outcome {
        let id: ID<APIKey> = try call.id(of: "API key")
        guard id != call.key.id else { throw APIError.ownKey }
        _ = try context.store.read { try Self.key(id, in: $0) }
        let reader = try call.readBody()
        let draft = APIKeyDraft(reader)
        let read = reader.faults.all
        let callerID = call.key.id
        return .write { transaction in
            var key = try Self.key(id, in: transaction.reading)
            let caller = try Self.caller(callerID, in: transaction.reading)
            try Self.check(caller.rolesMissing(toGive: draft, to: key))
            try Validation.decide(read) { () throws(Faults) in try key.revise(draft) }
            try transaction.save(key)
            return try response(.ok, key)
        }
    }

    private func delete(_ call: Call) throws -> Outcome {
        let id: ID<APIKey> = try call.id(of: "API key")
        let callerID = call.key.id
        return .write { transaction in
            _ = try Self.caller(callerID, orOwnerOf: id, in: transaction.reading)
            guard try transaction.revokeAPIKey(id, at: context.now()) else { throw APIError.notFound("API key") }
            return Response(.noContent)
        }
    }

    private func rotate(_ call: Call) throws -> Outcome {
        let id: ID<APIKey> = try call.id(of: "API key")
        try Self.check(try context.store.read { call.key.rolesMissing(toRotate: try Self.key(id, in: $0)) })
        let reader = try call.readOptionalBody()
        let command = APIKeyRotation(gracePeriodMinutes: reader.integer("grace_period_minutes"))
        try Validation.check(reader.faults)
        let token = try AccessToken.generate()
        let callerID = call.key.id
        return .write { transaction in
            var key = try Self.key(id, in: transaction.reading)
            let caller = try Self.caller(callerID, orOwnerOf: id, in: transaction.reading)
            try Self.check(caller.rolesMissing(toRotate: key))
            let expiry = try Validation.decide([]) { () throws(Faults) in
                try key.rotate(command, at: context.now())
            }
            try transaction.rotate(key, tokenHash: token.hash, expiringOthersAt: expiry)
            return try response(.created, key, token)
        }
    }

    // MARK: Parts

    private static func key(_ id: ID<APIKey>, in transaction: ReadTransaction) throws -> APIKey {
        guard let key = try transaction.apiKey(id) else { throw APIError.notFound("API key") }
        return key
    }

    /// The calling key, read again: since the request was admitted, the key may have been revoked or have lost its
    /// role.
    /// - Parameter own: the key that the request is about. That key may call without the role.
    private static func caller(
        _ id: ID<APIKey>, orOwnerOf own: ID<APIKey>? = nil, in transaction: ReadTransaction
    ) throws -> APIKey {
        guard let caller = try transaction.apiKey(id) else { throw APIError.invalidToken }
        guard caller.id == own || caller.holds(.apiKeysManage) else { throw APIError.missingRole(.apiKeysManage) }
        return caller
    }

    private static func check(_ missing: [MissingRole]) throws(APIError) {
        guard missing.isEmpty else { throw .missingRoles(missing) }
    }

    private func response(
        _ status: HTTPResponse.Status, _ key: APIKey, _ token: AccessToken? = nil
    ) throws -> Response {
        try JSONResponse.make(status, APIKeyResult(apiKey: APIKeyBody(uses.completed(key)), token: token?.text))
    }
}

extension APIKeyDraft {
    /// - Parameter reader: reads more role names than exist, but few enough to check cheaply.
    fileprivate init(_ reader: JSONReader) {
        self.init(
            name: reader.string("name"), roleNames: reader.strings("role_names", atMost: 1_000),
            teamIDs: reader.strings("team_ids"), teamRoleNames: reader.strings("team_role_names"),
            comments: reader.string("comments"))
    }
}
