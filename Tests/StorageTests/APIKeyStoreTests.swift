import StatusPages
import Testing

@testable import Storage

@Suite("Stored keys")
struct APIKeyStoreTests {
    private let test: TestStore

    init() throws { test = try TestStore() }

    private func hash(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: 32) }

    private func insert(_ number: UInt64, _ roles: APIKey.Role...) throws -> APIKey {
        let key = APIKey(id: id(number), name: "Key \(number)", createdAt: second(Int64(number)), roles: roles)
        try test.store.write { try $0.insert(key, tokenHash: hash(UInt8(number))) }
        return key
    }

    private func key(_ byte: UInt8, at now: Timestamp = second(100)) throws -> APIKey? {
        try test.store.read { try $0.apiKey(tokenHash: hash(byte), at: now) }
    }

    @Test("A key is found by the hash of its token, with its roles")
    func lookup() throws {
        let first = try insert(1)
        let second = try insert(2, .statusPagePublisher, .apiKeysManage, .statusPageViewer)
        let third = try insert(3, .manageSettings)
        #expect(try key(1) == first)
        #expect(try key(2) == second)
        #expect(try key(2)?.roles == [.statusPageViewer, .statusPagePublisher, .apiKeysManage])
        #expect(try key(3) == third)
        #expect(try key(4) == nil)
        #expect(try test.store.read { try $0.apiKey(tokenHash: [], at: StorageTests.second(100)) } == nil)
    }

    @Test("Keys are listed by creation")
    func list() throws {
        let second = try insert(2, .manageSettings, .statusPagePublisher)
        let first = try insert(1, .statusPagePublisher)
        #expect(try test.store.read { try $0.apiKeys() } == [first, second])
    }

    @Test("A revoked key stops working at once, and no other")
    func revocation() throws {
        _ = try insert(1, .apiKeysManage)
        let other = try insert(2)
        #expect(try test.store.write { try $0.revokeAPIKey(id(1), at: second(60)) })
        #expect(try key(1) == nil)
        #expect(try test.store.read { try $0.apiKeys() } == [other])
        #expect(try key(2) == other)
        // The row of the revoked key stays, without its token and roles.
        #expect(try test.count("api_keys") == 2)
        #expect(try test.count("api_key_tokens") == 1)
        #expect(try test.count("api_key_roles") == other.roles.count)
    }

    @Test("An unknown or revoked key cannot be revoked")
    func nothingToRevoke() throws {
        _ = try insert(1)
        #expect(try !test.store.write { try $0.revokeAPIKey(id(9), at: second(60)) })
        #expect(try test.store.write { try $0.revokeAPIKey(id(1), at: second(60)) })
        #expect(try !test.store.write { try $0.revokeAPIKey(id(1), at: second(60)) })
    }

    @Test("A key is read as it was stored")
    func whole() throws {
        let maker = try insert(1, .apiKeysManage)
        let key = APIKey(
            id: id(2), name: "Bot", comments: "For CI.", createdAt: second(2),
            creator: APIKey.Creator(maker), roles: [.statusPagePublisher])
        try test.store.write { try $0.insert(key, tokenHash: hash(2)) }
        #expect(try test.store.read { try $0.apiKey(id(2)) } == key)
        #expect(try test.store.read { try $0.apiKeyCount() } == 2)
        // The creator of a key is still named after its own key is revoked.
        _ = try test.store.write { try $0.revokeAPIKey(maker.id, at: second(3)) }
        #expect(try test.store.read { try $0.apiKey(id(2)) } == key)
        #expect(try test.store.read { try $0.apiKeyCount() } == 1)
    }

    @Test("A list continues after any key that is still valid")
    func pages() throws {
        let keys = try (1...4).map { try insert($0) }
        func page(after: ID<APIKey>?) throws -> [APIKey]? {
            try test.store.read { try $0.apiKeys(after: after, limit: 2) }
        }
        #expect(try page(after: nil) == Array(keys[..<2]))
        #expect(try page(after: keys[1].id) == Array(keys[2...]))
        #expect(try page(after: keys[3].id) == [])
        _ = try test.store.write { try $0.revokeAPIKey(keys[1].id, at: second(60)) }
        #expect(try page(after: keys[1].id) == nil)
        #expect(try page(after: id(9)) == nil)
        #expect(try page(after: nil) == [keys[0], keys[2]])
    }

    @Test("A change replaces name, comments and roles, and nothing else")
    func change() throws {
        var key = try insert(1, .statusPagePublisher)
        key.name = "New"
        key.comments = "Why."
        try test.store.write { try $0.save(key) }
        #expect(try self.key(1) == key)
        let lesser = APIKey(id: key.id, name: "New", createdAt: key.createdAt, roles: [])
        try test.store.write { try $0.save(lesser) }
        #expect(try self.key(1) == lesser)
    }

    @Test("After a rotation all old tokens work until the end of the grace period at most")
    func rotation() throws {
        var key = try insert(1)
        func rotate(to byte: UInt8, at now: Int64, until expiry: Int64) throws {
            key.tokenIssuedAt = second(now)
            try test.store.write {
                try $0.rotate(key, tokenHash: hash(byte), expiringOthersAt: second(expiry))
            }
        }
        func tokens(at now: Int64) throws -> [UInt8] {
            try (1...4 as ClosedRange<UInt8>).filter { try self.key($0, at: second(now)) == key }
        }
        try rotate(to: 2, at: 10, until: 100)
        #expect(try tokens(at: 99) == [1, 2])
        #expect(try tokens(at: 100) == [2])
        // A shorter grace period shortens an earlier one.
        try rotate(to: 3, at: 20, until: 50)
        #expect(try tokens(at: 49) == [1, 2, 3])
        #expect(try tokens(at: 50) == [3])
        // A longer one does not lengthen it.
        try rotate(to: 4, at: 30, until: 90)
        #expect(try tokens(at: 49) == [1, 2, 3, 4])
        #expect(try tokens(at: 50) == [3, 4])
        #expect(try tokens(at: 90) == [4])
        #expect(try test.count("api_key_tokens") == 4)
        try rotate(to: 5, at: 60, until: 60)
        #expect(try test.count("api_key_tokens") == 1)
    }

    @Test("Only expired tokens are deleted")
    func forgetting() throws {
        var key = try insert(1)
        _ = try insert(9)
        for (byte, now) in [(2, 10), (3, 20)] as [(UInt8, Int64)] {
            key.tokenIssuedAt = second(now)
            try test.store.write { try $0.rotate(key, tokenHash: hash(byte), expiringOthersAt: second(now + 50)) }
        }
        for (now, left) in [(59, 4), (60, 3), (70, 2), (1_000, 2)] as [(Int64, Int)] {
            let before = try #require(try test.count("api_key_tokens"))
            #expect(try test.store.read { try $0.hasTokens(expiredBy: second(now)) } == (left < before))
            try test.store.write { try $0.forgetTokens(expiredBy: second(now)) }
            #expect(try test.count("api_key_tokens") == left)
        }
        #expect(try self.key(3, at: second(1_000)) == key)
        #expect(try self.key(9, at: second(1_000)) != nil)
    }

    @Test("The last use of a key is stored, and never goes back")
    func uses() throws {
        var key = try insert(1)
        for (time, expected) in [(10, 10), (5, 10), (11, 11)] as [(Int64, Int64)] {
            try test.store.write { try $0.recordUses([key.id: second(time), id(9): second(time)]) }
            key.lastUsedAt = second(expected)
            #expect(try self.key(1) == key)
        }
    }

    @Test("Two keys cannot have the same token")
    func sameToken() throws {
        let first = try insert(1)
        let second = APIKey(id: id(2), name: "Second", createdAt: StorageTests.second(0), roles: [])
        #expect(throws: StorageError.self) { try test.store.write { try $0.insert(second, tokenHash: hash(1)) } }
        #expect(try test.store.read { try $0.apiKeys() } == [first])
    }
}
