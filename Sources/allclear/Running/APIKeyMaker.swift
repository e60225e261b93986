import ManagementAPI
import StatusPages
import Storage

/// Makes API keys for whoever sits at the machine.
struct APIKeyMaker {
    /// There are as many keys as there may be.
    struct TooManyKeys: Error, CustomStringConvertible {
        var description: String { "there are \(APIKey.most) API keys already; revoke one first" }
    }

    let newID: () -> ULID

    /// - Returns: the key and its token, which exists nowhere else from then on.
    func make(
        name: String, roles: [APIKey.Role], token: AccessToken? = nil, in store: Store
    ) throws -> (key: APIKey, token: AccessToken) {
        let token = try token ?? AccessToken.generate()
        let key = APIKey(id: ID(newID()), name: name, createdAt: Clock.now(), roles: roles)
        try store.write { transaction in
            guard try transaction.reading.apiKeyCount() < APIKey.most else { throw TooManyKeys() }
            try transaction.insert(key, tokenHash: token.hash)
        }
        return (key, token)
    }

    /// A key that may do everything, if the database has none yet.
    /// - Parameter token: its token; nil for a new one.
    func makeFirst(token: AccessToken? = nil, in store: Store) throws -> AccessToken? {
        guard try store.read({ try $0.apiKeys() }).isEmpty else { return nil }
        return try make(name: "first key", roles: APIKey.Role.allCases, token: token, in: store).token
    }
}
