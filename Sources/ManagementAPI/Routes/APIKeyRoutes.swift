import HTTPServer
import HTTPTypes
import JSONInput
import Publishing
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
        return .done(try response(.ok, try context.store.read { try context.publishing.find(id, in: $0) }))
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
        let caller = call.key.id
        return .write { transaction in
            let key = try Validation.perform(read) {
                try context.publishing.issueKey(draft, by: caller, tokenHash: token.hash, in: transaction)
            }
            return try response(.created, key, token)
        }
    }

    private func update(_ call: Call) throws -> Outcome {
        let id: ID<APIKey> = try call.id(of: "API key")
        guard id != call.key.id else { throw APIError.ownKey }
        _ = try context.store.read { try context.publishing.find(id, in: $0) }
        let reader = try call.readBody()
        let draft = APIKeyDraft(reader)
        let read = reader.faults.all
        let caller = call.key.id
        return .write { transaction in
            let key = try Validation.perform(read) {
                try context.publishing.change(id, with: draft, by: caller, in: transaction)
            }
            return try response(.ok, key)
        }
    }

    private func delete(_ call: Call) throws -> Outcome {
        let id: ID<APIKey> = try call.id(of: "API key")
        let caller = call.key.id
        return .write { transaction in
            try context.publishing.revoke(id, by: caller, in: transaction)
            return Response(.noContent)
        }
    }

    private func rotate(_ call: Call) throws -> Outcome {
        let id: ID<APIKey> = try call.id(of: "API key")
        let key = try context.store.read { try context.publishing.find(id, in: $0) }
        let missing = call.key.rolesMissing(toRotate: key)
        guard missing.isEmpty else { throw KeyRefusal.missingRolesToGive(missing) }
        let reader = try call.readOptionalBody()
        let command = APIKeyRotation(gracePeriodMinutes: reader.integer("grace_period_minutes"))
        try Validation.check(reader.faults)
        let token = try AccessToken.generate()
        let caller = call.key.id
        return .write { transaction in
            let key = try context.publishing.rotate(
                id, command, by: caller, tokenHash: token.hash, in: transaction)
            return try response(.created, key, token)
        }
    }

    private func response(
        _ status: HTTPResponse.Status, _ key: APIKey, _ token: AccessToken? = nil
    ) throws -> Response {
        try JSONResponse.make(status, APIKeyResult(apiKey: APIKeyBody(uses.completed(key)), token: token?.text))
    }
}

extension APIKeyDraft {
    /// - Parameter reader: may have up to 1000 role names. That is more than there are roles, but cheap to check.
    fileprivate init(_ reader: JSONReader) {
        self.init(
            name: reader.string("name"), roleNames: reader.strings("role_names", atMost: 1_000),
            teamIDs: reader.strings("team_ids"), teamRoleNames: reader.strings("team_role_names"),
            comments: reader.string("comments"))
    }
}
