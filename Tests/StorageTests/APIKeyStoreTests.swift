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

    private func key(_ byte: UInt8) throws -> APIKey? { try test.store.read { try $0.apiKey(tokenHash: hash(byte)) } }

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
        #expect(try test.store.read { try $0.apiKey(tokenHash: []) } == nil)
    }

    @Test("Keys are listed by creation")
    func list() throws {
        let second = try insert(2, .manageSettings, .statusPagePublisher)
        let first = try insert(1, .statusPagePublisher)
        #expect(try test.store.read { try $0.apiKeys() } == [first, second])
    }

    @Test("A revoked key is gone at once, and only that one")
    func revocation() throws {
        _ = try insert(1, .apiKeysManage)
        let other = try insert(2)
        #expect(try test.store.write { try $0.revokeAPIKey(id(1), at: second(60)) })
        #expect(try key(1) == nil)
        #expect(try test.store.read { try $0.apiKeys() } == [other])
        #expect(try key(2) == other)
    }

    @Test("What is no key, or was revoked before, cannot be revoked")
    func nothingToRevoke() throws {
        _ = try insert(1)
        #expect(try !test.store.write { try $0.revokeAPIKey(id(9), at: second(60)) })
        #expect(try test.store.write { try $0.revokeAPIKey(id(1), at: second(60)) })
        #expect(try !test.store.write { try $0.revokeAPIKey(id(1), at: second(60)) })
    }

    @Test("Two keys cannot have the same token")
    func sameToken() throws {
        let first = try insert(1)
        let second = APIKey(id: id(2), name: "Second", createdAt: StorageTests.second(0), roles: [])
        #expect(throws: StorageError.self) { try test.store.write { try $0.insert(second, tokenHash: hash(1)) } }
        #expect(try test.store.read { try $0.apiKeys() } == [first])
    }
}
