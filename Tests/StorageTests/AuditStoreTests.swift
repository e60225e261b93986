import GRDB
import StatusPages
import Testing

@testable import Storage

@Suite("The audit log")
struct AuditStoreTests {
    private let test: TestStore

    init() throws { test = try TestStore() }

    private let actor = AuditActor(kind: .commandLine, name: "root")

    private func add(_ times: Int64...) throws {
        for time in times {
            try test.store.write(as: actor) { try $0.audit(.paused, .sending, page: nil, at: second(time)) }
        }
    }

    private func times(_ filter: AuditFilter = AuditFilter()) throws -> [Timestamp] {
        try test.store.read { try ($0.auditEvents(matching: filter, limit: 100) ?? []).map(\.at) }
    }

    @Test("An event is read as it was written")
    func fields() throws {
        let page = try test.declare(Fixture.page)[0]
        let actor = AuditActor(
            kind: .apiKey, id: (id(7) as ID<APIKey>).ulid, name: "CI \"é\"", requestID: "r-1", address: "2001:db8::1")
        var changes = AuditChanges()
        changes.note("name", "e\u{301}", "é")
        changes.note("count", Int?.none, 3)
        changes.note("flag", true, false)
        changes.note("list", ["a/b"], [String]())
        changes.note("same", "a", "a")
        changes.name("since", second(1))
        changes.noteHidden("token")
        #expect(changes.fields.keys.sorted() == ["count", "flag", "list", "name", "since", "token"])
        let subject = AuditSubject(.page, page.id, page.name)
        try test.store.write(as: actor) { try $0.audit(.changed, subject, page: page.id, changes, at: second(5)) }
        let events = try test.store.read { try $0.auditEvents(matching: AuditFilter(), limit: 10) }
        #expect(
            events == [
                AuditEvent(
                    id: 1, at: second(5), actor: actor, action: .changed, subject: subject, pageID: page.id,
                    changes: changes)
            ])
        let text = try test.store.pool.read { try String.fetchOne($0, sql: "SELECT changes FROM audit_events") }
        #expect(
            text == """
                {"count":[null,3],"flag":[true,false],"list":[["a/b"],[]],"name":["e\u{301}","é"],\
                "since":["2026-01-01T00:00:01.000Z","2026-01-01T00:00:01.000Z"],"token":"changed"}
                """)
    }

    @Test("A use case fails if its transaction has no actor")
    func nobody() throws {
        #expect(throws: StorageError.self) {
            try test.store.write { try $0.audit(.paused, .sending, page: nil, at: second(0)) }
        }
    }

    @Test(
        "Events cannot be changed, deleted or replaced",
        arguments: [
            "UPDATE audit_events SET actor_name = 'other'", "UPDATE audit_events SET id = id + 9 WHERE id = 2",
            "DELETE FROM audit_events", "DELETE FROM audit_events WHERE id = 1",
            "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events WHERE id = 1",
            "REPLACE INTO audit_events SELECT * FROM audit_events",
            "DELETE FROM audit_retention; DELETE FROM audit_events",
        ])
    func appendOnly(sql: String) throws {
        try add(1, 2)
        let before = try test.store.read { try $0.auditEvents(matching: AuditFilter(), limit: 10) }
        let error = try #require(throws: DatabaseError.self) { try test.store.pool.write { try $0.execute(sql: sql) } }
        #expect(error.message?.hasPrefix("audit events are") == true)
        #expect(try test.store.read { try $0.auditEvents(matching: AuditFilter(), limit: 10) } == before)
    }

    @Test("Only outdated events are deleted, and a limited number at a time")
    func retention() throws {
        // The clock was set back once.
        try add(1, 2, 9, 3, 10)
        func isDue(_ time: Int64) throws -> Bool { try test.store.read { try $0.hasAuditEvents(before: second(time)) } }
        #expect(try !isDue(1))
        #expect(try isDue(2))
        #expect(try test.store.write { try $0.deleteAuditEvents(before: second(5), limit: 1) } == 1)
        #expect(try times() == [second(10), second(3), second(9), second(2)])
        #expect(try test.store.write { try $0.deleteAuditEvents(before: second(5), limit: 100) } == 2)
        #expect(try times() == [second(10), second(9)])
        #expect(try !isDue(5))
        // The trigger guards what is left.
        #expect(throws: DatabaseError.self) {
            try test.store.pool.write { try $0.execute(sql: "DELETE FROM audit_events") }
        }
    }

    @Test("A list can continue only after an event that matches the filter")
    func paging() throws {
        try add(1, 2, 3)
        var filter = AuditFilter()
        func list(after: Int64?) throws -> [Int64]? {
            try test.store.read { try $0.auditEvents(matching: filter, after: after, limit: 2)?.map(\.id) }
        }
        #expect(try list(after: nil) == [3, 2])
        #expect(try list(after: 2) == [1])
        #expect(try list(after: 1) == [])
        #expect(try list(after: 4) == nil)
        filter.since = second(2)
        #expect(try list(after: 2) == [])
        #expect(try list(after: 1) == nil)
    }

    // MARK: Pages

    private func records() throws -> PageRecords { try test.store.read { try $0.pageRecords() } }

    /// The changes by a declaration, as `action kind key-or-name fields`.
    private func changes(declaring pages: PageDeclaration...) throws -> [String] {
        let before = try records()
        try test.store.write { transaction in
            _ = try transaction.apply(pages, at: second(0), allowsArchiving: true, newID: ids.next)
        }
        return try records().changes(since: before).map { change in
            ([change.action.rawValue, change.subject.kind.rawValue, change.subject.name]
                + (change.action == .created ? [] : change.changes.fields.keys.sorted())).joined(separator: " ")
        }
    }

    private let ids = TestIDs()

    @Test("Every change by a declaration is found, and an unchanged declaration changes nothing")
    func declarations() throws {
        var page = Fixture.page
        #expect(
            try changes(declaring: page) == [
                "created page Main", "created component Website", "created group Services", "created component API",
                "created component Login", "created sub_page Europe", "created component Mail",
            ])
        #expect(try changes(declaring: page) == [])
        page.name = "Other"
        page.domain = "status.example.com"
        page.isWidgetEnabled = false
        page.site.isIndexed = false
        page.subscribe.hasForm = false
        page.cachePolicy.maxAge = 7
        #expect(
            try changes(declaring: page) == [
                "changed page Other cache_max_age domain name site_index subscribe_form widget"
            ])
        page.items.swapAt(0, 1)
        #expect(try changes(declaring: page) == ["changed page Other order"])
        guard case .group(var group) = page.items[0] else { return }
        group.isHidden = true
        group.components[0].name = "The API"
        group.components[1].description = "With a password"
        page.items[0] = .group(group)
        #expect(
            try changes(declaring: page) == [
                "changed group Services hidden", "changed component The API name",
                "changed component Login description",
            ])
        let moved = page.items.remove(at: 1)
        page.items.append(moved)
        let website = page.items.removeLast()
        #expect(try changes(declaring: page) == ["archived component Website"])
        page.items.append(website)
        #expect(try changes(declaring: page) == ["restored component Website"])
        #expect(
            try changes().sorted() == [
                "archived component Login", "archived component Mail", "archived component The API",
                "archived component Website", "archived group Services", "archived page Other",
                "archived sub_page Europe",
            ])
    }

    @Test("Events have the API's values of flags and the API's ids of components")
    func values() throws {
        var page = Fixture.page
        let old = try test.declare(page)[0]
        page.isWidgetEnabled = false
        page.items.removeLast()
        let before = try records()
        try test.declare(page)
        let changes = try records().changes(since: before)
        #expect(changes.map(\.page) == [old.id, old.id, old.id])
        #expect(
            changes.first?.changes.fields == ["widget": .values(before: .flag(true), after: .flag(false))])
        let mail = try #require(old.structure.placements.last?.component)
        #expect(changes.contains { $0.subject == AuditSubject(.component, mail.id, "Mail") && $0.action == .archived })
    }
}
