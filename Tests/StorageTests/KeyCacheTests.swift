import GRDB
import StatusPages
import Testing

@testable import Storage

@Suite("Cached keys")
struct KeyCacheTests {
    private let test: TestStore
    private let key = APIKey(id: id(1), name: "Bot", createdAt: second(1), roles: [.statusPagePublisher])
    private let hash = [UInt8](repeating: 1, count: 32)

    init() throws {
        test = try TestStore()
        let (key, hash) = (key, hash)
        try test.store.write { try $0.insert(key, tokenHash: hash) }
    }

    private func found(at now: Timestamp = second(100)) throws -> APIKey? {
        try test.store.apiKey(tokenHash: hash, at: now)
    }

    private func stored(at now: Timestamp = second(100)) throws -> APIKey? {
        try test.store.read { try $0.apiKey(tokenHash: hash, at: now) }
    }

    /// Whether the key would be found without reading the database.
    private func isRemembered(at now: Timestamp = second(100)) throws -> Bool {
        try test.store.withConnections { connections in
            test.store.keys.key(tokenHash: hash, at: now, in: connections.index?.state) != nil
        }
    }

    @Test("A key is cached after the first look-up, and across writes that change no key")
    func remembered() throws {
        #expect(try !isRemembered())
        #expect(try found() == key)
        #expect(try isRemembered())
        try test.declare(Fixture.page)
        #expect(try isRemembered())
        let page = try #require(try test.store.read { try $0.pages() }.first)
        for number in 1...3 as ClosedRange<UInt64> {
            try test.insert(Fixture.incident(number, on: page.id))
            #expect(try isRemembered())
        }
        // A transaction that writes nothing, or is rolled back, also keeps the cache.
        try test.store.write { _ in }
        #expect(throws: StorageError.self) { try test.store.write { _ in throw StorageError.overloaded } }
        #expect(try isRemembered())
        #expect(try found() == key)
    }

    @Test("An unknown key is looked up each time, and found as soon as it exists")
    func unknown() throws {
        let other = [UInt8](repeating: 2, count: 32)
        #expect(try test.store.apiKey(tokenHash: other, at: second(100)) == nil)
        let second = APIKey(id: id(2), name: "Second", createdAt: StorageTests.second(2), roles: [])
        try test.store.write { try $0.insert(second, tokenHash: other) }
        #expect(try test.store.apiKey(tokenHash: other, at: StorageTests.second(100)) == second)
    }

    /// A change to keys.
    struct Change: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let run: @Sendable (APIKey, WriteTransaction) throws -> Void

        init(_ testDescription: String, _ run: @escaping @Sendable (APIKey, WriteTransaction) throws -> Void) {
            self.testDescription = testDescription
            self.run = run
        }

        static let all = [
            Change("revoked") { _ = try $1.revokeAPIKey($0.id, at: second(50)) },
            Change("changed") { try $1.save(APIKey(id: $0.id, name: "New", createdAt: $0.createdAt, roles: [])) },
            Change("rotated") {
                var key = $0
                key.tokenIssuedAt = second(60)
                try $1.rotate(key, tokenHash: Array(repeating: 9, count: 32), expiringOthersAt: second(90))
            },
            Change("used") { try $1.recordUses([$0.id: second(70)]) },
            Change("another one made") {
                try $1.insert(
                    APIKey(id: id(2), name: "Other", createdAt: second(2), roles: []),
                    tokenHash: Array(repeating: 2, count: 32))
            },
        ]
    }

    @Test("A change to keys is seen at once", arguments: Change.all)
    func change(_ change: Change) throws {
        #expect(try found() == key)
        try test.store.write { try change.run(key, $0) }
        #expect(try !isRemembered())
        #expect(try found() == stored())
        #expect(try found() == stored())
    }

    @Test("A change by another process is seen at once, even between this process's writes", arguments: Change.all)
    func changeByAnother(_ change: Change) throws {
        try test.declare(Fixture.page)
        let page = try #require(try test.store.read { try $0.pages() }.first)
        let other = try Store(path: test.store.path)
        defer { try? other.close() }
        #expect(try found() == key)
        try other.write { try change.run(key, $0) }
        #expect(try !isRemembered())
        // The key is looked up only after this store's next write. That write must not carry over what was cached
        // before the other store's write.
        try test.insert(Fixture.incident(1, on: page.id))
        #expect(try !isRemembered())
        #expect(try found() == stored())
        try test.insert(Fixture.incident(2, on: page.id))
        #expect(try found() == stored())
    }

    @Test("A transaction that wrote nothing does not hide a later one of another process")
    func emptyTransaction() throws {
        let other = try Store(path: test.store.path)
        defer { try? other.close() }
        #expect(try found() == key)
        try test.store.write { transaction in
            transaction.db.afterNextTransaction { _ in
                let isRevoked = try? other.write { try $0.revokeAPIKey(key.id, at: second(50)) }
                #expect(isRevoked == true)
            }
        }
        #expect(try found() == nil)
    }

    @Test("An expired token is not cached")
    func expiry() throws {
        var rotated = key
        rotated.tokenIssuedAt = second(60)
        try test.store.write { [rotated] in
            try $0.rotate(rotated, tokenHash: Array(repeating: 9, count: 32), expiringOthersAt: second(90))
        }
        #expect(try found(at: second(80)) == rotated)
        #expect(try isRemembered(at: second(89)))
        #expect(try !isRemembered(at: second(90)))
        #expect(try found(at: second(90)) == nil)
    }

    @Test("WAL checkpoints and restarts do not matter", arguments: ["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
    func checkpoint(_ mode: String) throws {
        #expect(try found() == key)
        try test.store.withWriter { db in
            try db.execute(sql: "PRAGMA wal_checkpoint(\(mode))")
        }
        #expect(try found() == key)
        try test.store.write { _ = try $0.revokeAPIKey(key.id, at: second(50)) }
        #expect(try found() == nil)
    }

    @Test("An outdated state is not cached")
    func late() throws {
        func state() throws -> LogIndex.State { try #require(try test.store.withConnections { $0.index?.state }) }
        let cache = KeyCache()
        let valid = ValidKey(key: key, expiresAt: nil)
        func isKnown(in state: LogIndex.State) -> Bool {
            cache.key(tokenHash: hash, at: second(100), in: state) != nil
        }
        let states = try (1...3).map { number in
            try test.declare(PageDeclaration(slug: "page-\(number)", name: "Page", items: []))
            return try state()
        }
        #expect(states[1].isNext(after: states[0]))
        #expect(!states[2].isNext(after: states[0]))
        #expect(!states[0].isNext(after: states[0]))
        cache.keep(valid, tokenHash: hash, of: states[0])
        #expect(isKnown(in: states[0]))
        #expect(!isKnown(in: states[1]))
        // Another process has committed as well.
        cache.follow(from: states[0], to: states[2], changesKeys: false)
        #expect(!isKnown(in: states[2]))
        // Another process had committed before.
        cache.keep(valid, tokenHash: hash, of: states[0])
        cache.follow(from: states[1], to: states[2], changesKeys: false)
        #expect(!isKnown(in: states[2]))
        // A key read before the last commit is cached after it.
        cache.keep(valid, tokenHash: hash, of: states[1])
        cache.follow(from: states[1], to: states[2], changesKeys: false)
        cache.keep(valid, tokenHash: hash, of: states[0])
        #expect(!isKnown(in: states[2]))
        // A key read after the commit is cached before the writer reports the commit.
        cache.keep(valid, tokenHash: hash, of: states[2])
        cache.follow(from: states[1], to: states[2], changesKeys: true)
        #expect(isKnown(in: states[2]))
        cache.clear()
        #expect(!isKnown(in: states[2]))
    }
}
