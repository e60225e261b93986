import Accounts
import GRDB
import StatusPages
import Testing

@testable import Storage

@Suite("Stored users, sessions and links")
struct AccountStoreTests {
    private let test: TestStore

    init() throws { test = try TestStore() }

    private func hash(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: 32) }

    private func add(_ number: UInt64, _ email: String) throws -> User {
        let user = User(id: id(number), email: email, name: "User \(number)", role: .viewer, createdAt: second(0))
        try test.store.write { try $0.insert(user) }
        return user
    }

    private func session(_ byte: UInt8, of user: User, at start: Timestamp = second(0)) throws -> Session {
        let session = Session(
            hash: hash(byte), userID: user.id, createdAt: start, lastSeenAt: start, confirmedAt: start,
            method: .header, userAgent: "Firefox", address: "192.0.2.1")
        try test.store.write { try $0.insert(session) }
        return session
    }

    private func link(_ byte: UInt8, _ purpose: AccountLink.Purpose, until end: Timestamp) throws -> AccountLink {
        let link = AccountLink(hash: hash(byte), purpose: purpose, createdBy: nil, expiresAt: end)
        try test.store.write { try $0.insert(link) }
        return link
    }

    @Test("A user is read as it was stored, and found by the address in any case")
    func users() throws {
        let plain = try add(2, "Ann@example.com")
        let full = User(
            id: id(1), email: "bob@example.com", name: "Bob", role: .owner, passwordHash: "$scrypt$",
            totpSecret:
                Array(repeating: 3, count: 20), totpLastStep: 9, timeZone: "Asia/Tokyo", theme: .dark,
            createdAt: second(1), disabledAt: second(2), lastLoginAt: second(3))
        try test.store.write { try $0.insert(full) }
        try test.store.read { transaction throws in
            #expect(try transaction.users() == [full, plain])
            #expect(try transaction.user(plain.id) == plain)
            #expect(try transaction.user(email: "aNN@example.com") == plain)
            #expect(try transaction.user(email: "nobody@example.com") == nil)
            #expect(try transaction.userCount() == 2)
            // Bob is disabled.
            #expect(try !transaction.hasOwner(besides: plain.id))
        }
        var enabled = full
        enabled.disabledAt = nil
        try test.store.write { try $0.save(enabled) }
        try test.store.read { transaction throws in
            #expect(try transaction.user(full.id) == enabled)
            #expect(try transaction.hasOwner(besides: plain.id))
            #expect(try !transaction.hasOwner(besides: full.id))
        }
    }

    @Test("Two users never have the same address")
    func addresses() throws {
        _ = try add(1, "ann@example.com")
        #expect(throws: StorageError.self) { try add(2, "ANN@example.com") }
    }

    @Test("A session is found with its user, and a user's sessions are listed from the newest")
    func sessions() throws {
        let (ann, bob) = (try add(1, "ann@example.com"), try add(2, "bob@example.com"))
        let old = try session(1, of: ann)
        let new = try session(2, of: ann, at: second(5))
        let other = try session(3, of: bob)
        try test.store.read { transaction throws in
            let found = try #require(try transaction.session(hash: hash(3)))
            #expect(found.session == other && found.user == bob)
            #expect(try transaction.session(hash: hash(4)) == nil)
            #expect(try transaction.sessions(of: ann.id) == [new, old])
        }
        try test.store.write { transaction throws in
            #expect(try transaction.deleteSessions(of: ann.id, except: hash(1)) == 1)
            #expect(try transaction.deleteSession(hash(3)))
            #expect(try !transaction.deleteSession(hash(3)))
        }
        #expect(try test.store.read { try $0.sessions(of: ann.id) } == [old])
    }

    @Test("A link is read as it was stored, for each purpose")
    func links() throws {
        let ann = try add(1, "ann@example.com")
        let links = [
            try link(1, .setup, until: second(9)), try link(2, .reset(ann.id), until: second(9)),
            try link(3, .invitation(email: "a@example.com", name: nil, role: .editor), until: second(9)),
            try link(4, .invitation(email: "b@example.com", name: "B", role: .owner), until: second(9)),
        ]
        for link in links { #expect(try test.store.read { try $0.accountLink(hash: link.hash) } == link) }
        func open(at seconds: Int64) throws -> [AccountLink] {
            try test.store.read { try $0.openAccountLinks(at: second(seconds)) }
        }
        #expect(try open(at: 8) == Array(links[1...]))
        #expect(try open(at: 9) == [])
        try test.store.write { try $0.use(links[1], at: second(3)) }
        #expect(try open(at: 8) == Array(links[2...]))
        #expect(try test.store.read { try $0.accountLink(hash: hash(2)) }?.usedAt == second(3))
        try test.store.write { try $0.deleteSetUpLinks() }
        #expect(try test.count("account_links") == 3)
    }

    @Test("Links expire, sessions end and forms are forgotten at their times")
    func retention() throws {
        try test.declare(Fixture.page)
        let ann = try add(1, "ann@example.com")
        _ = try link(1, .setup, until: second(10))
        _ = try session(1, of: ann, at: second(20))
        try test.store.pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO form_submissions (key, user_id, location, created_at)
                    SELECT id, id, '/dashboard', \(second(30).milliseconds) FROM users;
                    INSERT INTO drafts (user_id, page_id, kind, event_id, fields, updated_at)
                    SELECT users.id, pages.id, 'incident', '', '{}', \(second(40).milliseconds) FROM users, pages
                    """)
        }
        let tables = ["account_links", "sessions", "form_submissions", "drafts"]
        /// The rows that are left when everything from before a time is outdated.
        func left(_ seconds: Int64, starts: Int64? = nil, uses: Int64? = nil) throws -> [Int?] {
            let time = second(seconds)
            let retention = AccountRetention(
                links: time, sessionStarts: second(starts ?? seconds), sessionUses: second(uses ?? seconds),
                submissions: time, drafts: time)
            let isOutdated = try test.store.read { try $0.hasOutdatedAccountData(retention) }
            let before = try tables.map(test.count)
            try test.store.write { try $0.deleteOutdatedAccountData(retention) }
            let after = try tables.map(test.count)
            #expect(isOutdated == (before != after))
            return after
        }
        #expect(try left(10) == [1, 1, 1, 1])
        #expect(try left(11) == [0, 1, 1, 1])
        #expect(try left(20) == [0, 1, 1, 1])
        try test.store.write { try $0.recordUses([hash(1): second(25)]) }
        #expect(try left(20, uses: 25) == [0, 1, 1, 1])
        #expect(try left(20, uses: 26) == [0, 0, 1, 1])
        _ = try session(2, of: ann, at: second(20))
        #expect(try left(20, starts: 21, uses: 1) == [0, 0, 1, 1])
        #expect(try left(30) == [0, 0, 1, 1])
        #expect(try left(31) == [0, 0, 0, 1])
        #expect(try left(41) == [0, 0, 0, 0])
    }
}
