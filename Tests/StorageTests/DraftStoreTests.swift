import GRDB
import StatusPages
import Testing

@testable import Storage

@Suite("Unfinished work of users")
struct DraftStoreTests {
    private let test: TestStore
    private let page: ID<StatusPage>
    private let ada: ULID
    private let grace: ULID

    init() throws {
        test = try TestStore()
        page = try #require(try test.declare(Fixture.page).first).id
        (ada, grace) = ((id(71) as ID<Incident>).ulid, (id(72) as ID<Incident>).ulid)
        for user in [ada, grace] {
            try test.store.pool.write { db in
                try db.execute(
                    sql: "INSERT INTO users (id, email, name, role, created_at) VALUES (?, ?, 'User', 'editor', 0)",
                    arguments: [user.description, user.description])
            }
        }
    }

    private func form(_ event: UInt64?, _ text: String = "Text", at seconds: Int64 = 0) -> EventForm {
        EventForm(
            place: EventForm.Place(page: page, kind: .incident, event: event.map { (id($0) as ID<Incident>).ulid }),
            fields: ["message": [text], "component": ["a", "b"]], after: (id(9) as ID<Incident>).ulid,
            updatedAt: second(seconds))
    }

    private func forms(_ user: ULID) throws -> [EventForm] { try test.store.read { try $0.forms(of: user) } }

    @Test("A form is replaced by the next one in its place, and belongs to its user")
    func place() throws {
        let (first, second) = (form(nil), form(nil, "Later", at: 1))
        try test.store.write { transaction in
            try transaction.save(first, of: ada)
            try transaction.save(second, of: ada)
            try transaction.save(form(5), of: ada)
        }
        #expect(try forms(ada) == [second, form(5)])
        #expect(try forms(grace) == [])
        #expect(try test.store.read { try $0.form(second.place, of: ada) } == second)
        try test.store.write { try $0.deleteForm(second.place, of: ada) }
        #expect(try forms(ada) == [form(5)])
    }

    @Test("A user keeps the last 50 forms, and nobody keeps one for longer than 30 days")
    func limits() throws {
        try test.store.write { transaction in
            try transaction.save(form(900), of: grace)
            for number in 0..<60 {
                try transaction.save(form(UInt64(1_000 + number), at: Int64(number) + 1), of: ada)
            }
        }
        #expect(try forms(ada).count == EventForm.mostPerUser)
        #expect(try forms(ada).last?.updatedAt == second(11))
        #expect(try forms(grace).count == 1)
        try test.store.write { try $0.save(form(1, at: 30 * 86_400), of: ada) }
        #expect(try forms(grace) == [])
        #expect(try forms(ada).count == EventForm.mostPerUser)
    }

    @Test("An edited structure is kept for its user and page")
    func structure() throws {
        let page = try #require(try test.store.read { try $0.page(self.page) })
        let keys = try test.store.read { try $0.itemKeys(of: page.id) }
        let kept = UnsavedStructure(
            tree: StructureTree(page.structure, keys: keys, fixed: []), baseRevision: 3, updatedAt: second(0))
        let newer = UnsavedStructure(tree: kept.tree, baseRevision: 4, updatedAt: second(1))
        try test.store.write { transaction in
            try transaction.save(kept, of: page.id, by: ada)
            try transaction.save(newer, of: page.id, by: ada)
        }
        #expect(try test.store.read { try $0.unsavedStructure(of: page.id, by: ada) } == newer)
        #expect(try test.store.read { try $0.unsavedStructure(of: page.id, by: grace) } == nil)
        try test.store.write { try $0.deleteUnsavedStructure(of: page.id, by: ada) }
        #expect(try test.store.read { try $0.unsavedStructure(of: page.id, by: ada) } == nil)
    }

    @Test("Forms and structures that nobody changes any more are deleted", arguments: [true, false])
    func retention(isStructure: Bool) throws {
        let page = self.page
        let tree = StructureTree(Structure(items: []), keys: ItemKeys([]), fixed: [])
        let structure = UnsavedStructure(tree: tree, baseRevision: 0, updatedAt: second(5))
        try test.store.write { transaction in
            try isStructure
                ? transaction.save(structure, of: page, by: ada) : transaction.save(form(nil, at: 5), of: ada)
        }
        /// Whether anything was outdated, and how much is left.
        func delete(before time: Timestamp) throws -> [Int] {
            let never = Timestamp(milliseconds: 0)
            let retention = AccountRetention(
                links: never, sessionStarts: never, sessionUses: never, submissions: never, drafts: time)
            let wasOutdated = try test.store.read { try $0.hasOutdatedAccountData(retention) }
            try test.store.write { try $0.deleteOutdatedAccountData(retention) }
            let left = try test.store.read { transaction in
                try transaction.unsavedStructure(of: page, by: ada) == nil ? transaction.forms(of: ada).count : 1
            }
            return [wasOutdated ? 1 : 0, left]
        }
        #expect(try delete(before: second(5)) == [0, 1])
        #expect(try delete(before: second(6)) == [1, 0])
    }

    @Test("A sent form is remembered for a day")
    func submissions() throws {
        let (old, new) = ((id(31) as ID<Incident>).ulid, (id(32) as ID<Incident>).ulid)
        func submission(_ key: ULID) throws -> FormSubmission? { try test.store.read { try $0.submission(of: key) } }
        try test.store.write { try $0.remember(old, by: ada, location: "/a", at: second(0)) }
        #expect(try submission(old) == FormSubmission(user: ada, location: "/a"))
        #expect(try submission(new) == nil)
        try test.store.write { try $0.remember(new, by: ada, location: "/b", at: second(86_400)) }
        #expect(try submission(old) == nil)
        #expect(try submission(new)?.location == "/b")
    }
}
