import Logging
import ManagementAPI
import StatusPages
import Storage

/// Makes API keys for the operator of the server.
struct APIKeyMaker {
    /// The maximum number of keys exists already.
    struct TooManyKeys: Error, CustomStringConvertible {
        var description: String { "there are already \(APIKey.most) API keys; revoke one first" }
    }

    let newID: () -> ULID

    /// - Returns: the key and its token. The token is not stored anywhere.
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

    /// Makes a key with every role and a new token, if no valid key exists.
    func makeFirst(in store: Store) throws -> (key: APIKey, token: AccessToken)? {
        guard try store.read({ try $0.apiKeyCount() }) == 0 else { return nil }
        return try make(name: "first key", roles: APIKey.Role.allCases, in: store)
    }

    /// Makes a key with every role and the given token, if the database never had a key. A revoked key must not come
    /// back after a restart. In all other cases the token is not needed, so an invalid one is ignored. If it is valid
    /// but belongs to no key, the log says that it was ignored.
    /// - Throws: `InvalidConfiguration` if the token is needed and invalid.
    func bootstrap(_ source: BootstrapToken, in store: Store, logger: Logger) throws {
        if try store.read({ try $0.hasHadAPIKeys() }) {
            guard let token = try? source.read() else { return }
            if try store.read({ try $0.apiKey(tokenHash: token.hash, at: Clock.now()) }) == nil {
                logger.notice("the bootstrap token is ignored: the database already has or had API keys")
            }
        } else if let token = try source.read() {
            _ = try make(name: "first key", roles: APIKey.Role.allCases, token: token, in: store)
            logger.info("created the first key with the bootstrap token")
        }
    }
}
