import Logging
import Publishing
import StatusPages
import Storage

/// Makes API keys for the operator of the server.
struct APIKeyMaker {
    let publishing: Publishing

    /// - Parameter actor: the maker of the key, for the audit log.
    /// - Returns: the key and its token. The token is not stored anywhere.
    func make(
        name: String, roles: [APIKey.Role], token: AccessToken? = nil, in store: Store,
        as actor: AuditActor = .commandLine
    ) throws -> (key: APIKey, token: AccessToken) {
        let token = try token ?? AccessToken.generate()
        let key = try store.write(as: actor) { transaction in
            try publishing.makeKey(name: name, roles: roles, tokenHash: token.hash, in: transaction)
        }
        return (key, token)
    }

    /// Makes a key with every role and a new token, if no valid key exists.
    func makeFirst(in store: Store) throws -> (key: APIKey, token: AccessToken)? {
        guard try store.read({ try $0.apiKeyCount() }) == 0 else { return nil }
        return try make(name: "first key", roles: APIKey.Role.allCases, in: store)
    }

    /// Revokes a key whose token could not be printed. Nobody can use such a key.
    func revoke(_ key: APIKey, in store: Store) throws {
        try store.write(as: .commandLine) { try publishing.revoke(key.id, in: $0) }
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
            _ = try make(
                name: "first key", roles: APIKey.Role.allCases, token: token, in: store, as: .configuration)
            logger.info("created the first key with the bootstrap token")
        }
    }
}
