import StatusPages
import Testing

@testable import Storage

@Suite("Stored responses")
struct IdempotencyStoreTests {
    private let test: TestStore
    private let pages: [StatusPage]

    init() throws {
        test = try TestStore()
        pages = try test.declare(Fixture.page, PageDeclaration(slug: "other", name: "Other"))
    }

    private func scope(_ page: Int, _ key: String) -> IdempotencyScope {
        IdempotencyScope(page: pages[page].id, kind: .incident, key: key)
    }

    private func remember(_ response: IdempotentResponse, _ scope: IdempotencyScope) throws {
        try test.store.write { try $0.remember(response, for: scope, at: second(0)) }
    }

    private func response(_ scope: IdempotencyScope) throws -> IdempotentResponse? {
        try test.store.read { try $0.response(for: scope) }
    }

    @Test("A response is kept byte by byte")
    func roundTrip() throws {
        for hash in [nil, Array(0..<32)] as [[UInt8]?] {
            let kept = IdempotentResponse(status: 201, body: Array(0...255), requestHash: hash)
            try remember(kept, scope(0, "k\(hash == nil)"))
            #expect(try response(scope(0, "k\(hash == nil)")) == kept)
        }
    }

    @Test("A key is unique within its page, and case-sensitive")
    func scopes() throws {
        try remember(IdempotentResponse(status: 201, body: [1], requestHash: nil), scope(0, "k"))
        #expect(try response(scope(1, "k")) == nil)
        for key in ["K", "k ", " k", "", "kk", "k\0", "k\0x"] { #expect(try response(scope(0, key)) == nil, "\(key)") }
        try remember(IdempotentResponse(status: 201, body: [2], requestHash: nil), scope(1, "k"))
        #expect(try response(scope(0, "k"))?.body == [1])
        #expect(try response(scope(1, "k"))?.body == [2])
    }

    @Test("A key is used once")
    func once() throws {
        try remember(IdempotentResponse(status: 201, body: [1], requestHash: nil), scope(0, "k"))
        #expect(throws: StorageError.self) {
            try remember(IdempotentResponse(status: 201, body: [2], requestHash: nil), scope(0, "k"))
        }
        #expect(try response(scope(0, "k"))?.body == [1])
    }

    @Test("A failed transaction does not use up a key")
    func failure() throws {
        struct Refused: Error {}
        #expect(throws: Refused.self) {
            try test.store.write { transaction in
                try transaction.remember(
                    IdempotentResponse(status: 201, body: [1], requestHash: nil), for: scope(0, "k"), at: second(0))
                throw Refused()
            }
        }
        #expect(try response(scope(0, "k")) == nil)
    }

    @Test("A response is visible within the transaction that stores it")
    func withinTransaction() throws {
        let kept = IdempotentResponse(status: 201, body: [1], requestHash: nil)
        try test.store.write { transaction in
            try transaction.remember(kept, for: scope(0, "k"), at: second(0))
            let seen = try transaction.reading.response(for: scope(0, "k"))
            #expect(seen == kept)
        }
    }
}
