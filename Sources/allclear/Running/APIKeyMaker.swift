import Logging
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

    /// A key that may do everything, with a new token, if none works yet.
    func makeFirst(in store: Store) throws -> (key: APIKey, token: AccessToken)? {
        guard try store.read({ try $0.apiKeyCount() }) == 0 else { return nil }
        return try make(name: "first key", roles: APIKey.Role.allCases, in: store)
    }

    /// Makes a key that may do everything, with the token from outside, if the database never had a key: one that was
    /// revoked must not come back by a restart. Else the token is not needed, so nothing can be wrong with it; only if
    /// it is no key's, the log says that nobody listened.
    /// - Throws: `InvalidConfiguration` if the token is needed and wrong.
    func bootstrap(_ source: BootstrapToken, in store: Store, logger: Logger) throws {
        if try store.read({ try $0.hasHadAPIKeys() }) {
            guard let token = try? source.read() else { return }
            if try store.read({ try $0.apiKey(tokenHash: token.hash, at: Clock.now()) }) == nil {
                logger.notice("the token from the environment is ignored: the database has, or had, keys already")
            }
        } else if let token = try source.read() {
            _ = try make(name: "first key", roles: APIKey.Role.allCases, token: token, in: store)
            logger.info("made the first key, with the token from the environment")
        }
    }
}
