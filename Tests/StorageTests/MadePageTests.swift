import GRDB
import StatusPages
import TestSupport
import Testing

@testable import Storage

@Suite("Pages that the configuration does not declare")
struct MadePageTests {
    private let test: TestStore
    private let ids = TestIDs()

    init() throws { test = try TestStore() }

    private var pages: [StatusPage] { get throws { try test.store.read { try $0.pages() } } }

    /// Makes a page as the dashboard does.
    @discardableResult
    private func make(_ declaration: PageDeclaration, as number: UInt64 = 1) throws -> ID<StatusPage> {
        try test.store.write { try $0.insert(declaration, as: id(number), at: second(0)) }
        return id(number)
    }

    @Test("A declaration archives only declared pages")
    func stays() throws {
        try test.declare(Fixture.page)
        try make(PageDeclaration(slug: "made", name: "Made"))
        let pages = try test.declare()
        #expect(pages.map(\.slug) == ["made"])
        #expect(pages.first?.management == Management(.dashboard))
    }

    @Test(
        "A declaration with the slug or domain of a made page is rejected, and changes nothing",
        arguments: [
            ("made", nil, false, false, "slug made"), ("made", nil, false, true, "slug made"),
            ("made", nil, true, false, nil), ("made", nil, true, true, nil),
            ("other", "made.example", false, false, "domain made"),
            ("other", "made.example", true, false, "domain made"),
            ("other", "made.example", false, true, nil), ("other", "other.example", false, false, nil),
        ] as [(String, String?, Bool, Bool, String?)])
    func conflict(slug: String, domain: String?, adopts: Bool, isArchived: Bool, expected: String?) throws {
        let made = try make(PageDeclaration(slug: "made", name: "Made", domain: "made.example"))
        if isArchived { try test.store.write { try $0.archivePage(made, at: second(1)) } }
        let before = try pages
        let declaration = PageDeclaration(slug: slug, adopts: adopts, name: "Declared", domain: domain)
        let changes = try test.store.read { try $0.changes(applying: [declaration], at: second(2)) }
        #expect(changes.conflicts.map { "\($0.property.rawValue) \($0.slug)" } == (expected.map { [$0] } ?? []))
        guard expected != nil else {
            try test.declare(declaration)
            return
        }
        #expect(throws: PagesConflict(changes.conflicts)) { try test.declare(declaration) }
        #expect(try pages == before)
    }

    @Test("A declared page can have the domain of a made page that another declaration takes over")
    func domainOfAdopted() throws {
        let made = try make(PageDeclaration(slug: "made", name: "Made", domain: "made.example"))
        let pages = try test.declare(
            PageDeclaration(slug: "other", name: "Other", domain: "made.example"),
            PageDeclaration(slug: "made", adopts: true, name: "Made"))
        #expect(pages.first { $0.slug == "other" }?.domain == "made.example")
        #expect(pages.first { $0.slug == "made" }?.id == made)
        #expect(pages.first { $0.slug == "made" }?.domain == nil)
    }

    @Test("A page that is taken over keeps its id, its items and their ids, and loses its claims")
    func adoption() throws {
        let made = try make(PageDeclaration(slug: "made", name: "Made"))
        try test.store.write { transaction in
            try transaction.save(Claim(annotations: ["a": "b"]), on: .structure(of: made))
        }
        #expect(try pages.first?.management.claim.annotations == ["a": "b"])
        let declaration = PageDeclaration(slug: "made", adopts: true, name: "Made")
        let changes = try test.store.read { try $0.changes(applying: [declaration], at: second(1)) }
        #expect(changes.items.map(\.change) == [.adopted])
        let adopted = try test.declare(declaration)
        #expect(adopted.map(\.id) == [made])
        #expect(adopted.first?.management == Management(.configuration))
        #expect(try test.count("claims") == 0)
        // From now on, it is a declared page like any other.
        #expect(try test.store.read { try $0.changes(applying: [declaration], at: second(2)) }.items == [])
        #expect(try test.declare() == [])
    }

    @Test("A page is exported as it was declared, and declaring the export changes nothing")
    func declaration() throws {
        let page = try #require(try test.declare(Fixture.page).first)
        #expect(try test.store.read { try $0.declaration(of: page) } == Fixture.page)
        try test.store.pool.write { db in
            try db.execute(sql: "UPDATE pages SET managed_by = 'dashboard', time_zone = 'Europe/Berlin'")
            try db.execute(sql: "UPDATE components SET managed_by = 'dashboard'")
        }
        let made = try #require(try pages.first)
        #expect(made.timeZone == "Europe/Berlin")
        let export = try test.store.read { try $0.declaration(of: made) }
        #expect(export.adopts)
        let changes = try test.store.read { try $0.changes(applying: [export], at: second(1)) }
        #expect(changes.items.map(\.change) == [.adopted])
        var expected = page
        expected.timeZone = "Europe/Berlin"
        #expect(try test.declare(export) == [expected])
    }

    @Test("A component that leaves the file while a made page shows it belongs to the API from then on")
    func leavingComponent() throws {
        let page = try #require(try test.declare(Fixture.page).first)
        let login = try #require(page.structure.placements.first { $0.component.name == "Login" }).component
        let made = try make(PageDeclaration(slug: "made", name: "Made"))
        try test.store.pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO structure_items
                        (id, page_id, kind, key, component_id, position, name, hidden, display_uptime, created_at)
                    VALUES ('00000000000000000000000009', ?, 'component', 'login', ?, 0, 'Login', 0, 1, 0)
                    """, arguments: [made.description, login.id.description])
        }
        #expect(try test.declare().flatMap { $0.structure.placements.map(\.component) } == [login])
        #expect(try test.store.read { try $0.component(login.id) }?.management.origin == .dashboard)
        #expect(try test.store.read { try $0.components() }.count == 1)
        #expect(try test.declare(Fixture.page).count == 2)
        #expect(try test.store.read { try $0.component(login.id) }?.management.origin == .configuration)
    }
}
