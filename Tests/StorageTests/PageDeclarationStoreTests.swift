import GRDB
import StatusPages
import TestSupport
import Testing

@testable import Storage

@Suite("Declared pages")
struct PageDeclarationStoreTests {
    private let test: TestStore

    init() throws { test = try TestStore() }

    private func component(_ key: String, _ name: String? = nil) -> PageDeclaration.Component {
        PageDeclaration.Component(key: key, name: name ?? key)
    }

    private func page(_ slug: String = "main", _ items: PageDeclaration.Item...) -> PageDeclaration {
        PageDeclaration(slug: slug, name: slug, items: items)
    }

    /// The ids of a page's components, by name.
    private func ids(_ page: StatusPage) -> [String: ID<Component>] {
        Dictionary(uniqueKeysWithValues: page.structure.placements.map { ($0.component.name, $0.component.id) })
    }

    @Test("A page is read as it was declared")
    func roundTrip() throws {
        let declaration = PageDeclaration(
            slug: "main", name: "Main", description: "All of it.", kind: .customer, domain: "status.example.com",
            domainScheme: .http, isWidgetEnabled: false,
            cachePolicy: CachePolicy(maxAge: 1, staleWhileRevalidate: 2, staleIfError: 3),
            displayUptimeMode: .chartOnly,
            items: [
                .group(
                    PageDeclaration.Group(
                        key: "g", name: "Group", description: "Some.", isHidden: true, displayAggregatedUptime: false,
                        components: [
                            PageDeclaration.Component(
                                key: "a", name: "A", description: "First.", displayUptime: false, isHidden: true)
                        ])),
                .subPage(
                    PageDeclaration.SubPage(
                        key: "s", name: "Sub",
                        items: [
                            .group(PageDeclaration.Group(key: "h", name: "Inner", components: [component("b", "B")])),
                            .component(component("c", "C")),
                        ])),
                .component(component("d", "D")),
            ])
        let page = try #require(try test.declare(declaration).first)
        #expect(page.slug == "main")
        #expect(page.name == "Main")
        #expect(page.description == "All of it.")
        #expect(page.kind == .customer)
        #expect(page.domain == "status.example.com")
        #expect(page.domainScheme == .http)
        #expect(!page.isWidgetEnabled)
        #expect(page.cachePolicy == CachePolicy(maxAge: 1, staleWhileRevalidate: 2, staleIfError: 3))
        #expect(page.displayUptimeMode == .chartOnly)
        #expect(page.structure.placements.map(\.component.name) == ["A", "B", "C", "D"])
        #expect(page.structure.placements.map(\.groupName) == ["Group", "Inner", nil, nil])
        #expect(page.structure.placements.map(\.isHidden) == [true, false, false, false])
        #expect(page.structure.subPages.map(\.key) == ["s"])
        guard case .group(let group) = page.structure.items[0] else {
            Issue.record("the first item is not a group")
            return
        }
        #expect(group.description == "Some.")
        #expect(!group.displayAggregatedUptime)
        #expect(group.components.first?.component.description == "First.")
        #expect(group.components.first?.displayUptime == false)
    }

    @Test("Applying the same declaration again changes nothing")
    func idempotence() throws {
        let first = try test.declare(Fixture.page)
        #expect(try test.declare(Fixture.page, at: second(60)) == first)
    }

    @Test("An item keeps its id, whatever else changes")
    func renaming() throws {
        let before = try #require(try test.declare(Fixture.page).first)
        var renamed = Fixture.page
        renamed.name = "New"
        renamed.domain = "new.example.com"
        renamed.kind = .customer
        renamed.items = [
            // Every item is moved and renamed: into groups, out of them, and to other positions.
            .subPage(
                PageDeclaration.SubPage(
                    key: "europe", name: "EU",
                    items: [
                        .group(
                            PageDeclaration.Group(key: "services", name: "Serving", components: [component("mail")])),
                        .component(component("api")),
                    ])),
            .component(component("login")), .component(component("website")),
        ]
        let after = try #require(try test.declare(renamed, at: second(60)).first)
        #expect(after.id == before.id)
        #expect(after.name == "New")
        #expect(after.structure.placements.map(\.component.name) == ["mail", "api", "login", "website"])
        let old = ids(before)
        #expect(
            ids(after) == [
                "mail": old["Mail"], "api": old["API"], "login": old["Login"], "website": old["Website"],
            ])
        #expect(after.structure.groups.map(\.id) == before.structure.groups.map(\.id))
        #expect(after.structure.subPages.map(\.id) == before.structure.subPages.map(\.id))
    }

    @Test("An item that is no longer declared leaves the page, and returns unchanged")
    func archiving() throws {
        let before = try #require(
            try test.declare(page("main", .component(component("a")), .component(component("b")))).first)
        let without = try #require(try test.declare(page("main", .component(component("b"))), at: second(60)).first)
        #expect(ids(without) == ["b": ids(before)["b"]])
        // The component's row stays, because past incidents refer to it.
        #expect(try test.count("components") == 2)
        let again = try #require(
            try test.declare(page("main", .component(component("b")), .component(component("a"))), at: second(120))
                .first)
        #expect(ids(again) == ids(before))
        #expect(try archivalTimes() == [])
    }

    @Test("An archived item keeps its archiving time")
    func archivalTime() throws {
        try test.declare(page("main", .component(component("a"))))
        try test.declare(page("main"), at: second(60))
        try test.declare(page("main"), at: second(120))
        #expect(try archivalTimes() == [second(60).milliseconds])
    }

    private func archivalTimes() throws -> [Int64] {
        try test.store.pool.read {
            try Int64.fetchAll($0, sql: "SELECT archived_at FROM components WHERE archived_at IS NOT NULL")
        }
    }

    @Test("A page that leaves and returns keeps its id, its components' ids and its incidents")
    func pageReturns() throws {
        let before = try test.declare(page("one", .component(component("a"))), page("two"))
        let one = try #require(before.first)
        try test.insert(Fixture.incident(1, on: one.id))
        #expect(try test.declare(page("two"), at: second(60)).map(\.slug) == ["two"])
        let after = try test.declare(page("two"), page("one", .component(component("a"))), at: second(120))
        #expect(after == before)
        #expect(try test.store.read { try $0.incidents(of: one.id, limit: 10) }?.count == 1)
    }

    @Test("Another slug is another page, with its own components")
    func otherSlug() throws {
        let before = try #require(try test.declare(page("one", .component(component("a")))).first)
        let after = try #require(try test.declare(page("two", .component(component("a"))), at: second(60)).first)
        #expect(after.id != before.id)
        #expect(ids(after)["a"] != ids(before)["a"])
    }

    @Test("A component and a group can swap their keys: each kind has its own")
    func swappedKeys() throws {
        func declaration(_ componentKey: String, _ groupKey: String) -> PageDeclaration {
            page(
                "main", .component(component(componentKey)),
                .group(PageDeclaration.Group(key: groupKey, name: "g", components: [component("inner")])))
        }
        let before = try #require(try test.declare(declaration("x", "y")).first)
        let swapped = try #require(try test.declare(declaration("y", "x"), at: second(60)).first)
        #expect(ids(swapped)["y"] != ids(before)["x"])
        #expect(swapped.structure.groups.map(\.id) != before.structure.groups.map(\.id))
        #expect(ids(swapped)["inner"] == ids(before)["inner"])
        #expect(try test.declare(declaration("x", "y"), at: second(120)).first == before)
    }

    @Test("A declaration does not change components that were created through the API")
    func dashboardComponents() throws {
        try test.declare(page("main"))
        try test.store.pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO components (id, name, managed_by, created_at)
                    VALUES ('00000000000000000000000001', 'Made by hand', 'dashboard', 0)
                    """)
        }
        try test.declare(page("main"), at: second(60))
        #expect(try archivalTimes() == [])
    }

    @Test("Declaring no pages archives all pages")
    func noPages() throws {
        try test.declare(Fixture.page)
        #expect(try test.declare().isEmpty)
    }

    @Test("Pages are listed in order of creation, whatever their order in the declaration")
    func order() throws {
        try test.declare(page("b"))
        #expect(try test.declare(page("a"), page("b")).map(\.slug) == ["b", "a"])
    }

    @Test("A failure leaves everything as it was")
    func failure() throws {
        let before = try test.declare(Fixture.page)
        #expect(throws: StorageError.self) {
            try test.store.write { transaction in
                try transaction.apply([page("main")], at: second(60), newID: TestIDs().next)
                try transaction.db.execute(sql: "INSERT INTO pages (id) VALUES ('broken')")
            }
        }
        #expect(try test.store.read { try $0.pages() } == before)
    }
}

@Suite("Changes by a declaration")
struct PageChangesTests {
    private let test: TestStore
    private let page: StatusPage

    init() throws {
        test = try TestStore()
        page = try #require(try test.declare(Fixture.page).first)
    }

    private func component(_ name: String) throws -> ID<Component> {
        try #require(page.structure.placements.first { $0.component.name == name }).component.id
    }

    /// A short text for each change in the preview. The preview must equal the result of applying the declarations.
    private func changes(_ declarations: PageDeclaration...) throws -> [String] {
        let file = DatabaseFile(test.store.path)
        let preview = try file.preview(declarations, ifNew: [], at: second(60))
        let applied = try test.store.write {
            try $0.apply(declarations, at: second(60), allowsArchiving: true, newID: TestIDs().next)
        }
        #expect(preview == applied)
        return applied.items.map { item in
            let change =
                switch item.change {
                case .added: "+"
                case .adopted: "="
                case .archived: "-"
                case .returned: "<"
                case .renamed(let old): "\(old) >"
                }
            let events = item.events.isEmpty ? "" : " \(item.events.incidents) \(item.events.maintenances)"
            return "\(change) \(item.kind.rawValue) \(item.key)\(events)"
        }
    }

    private static let items = [
        "component website", "group services", "sub-page europe", "component api", "component login", "component mail",
    ]

    @Test("The same declaration changes nothing")
    func nothing() throws { #expect(try changes(Fixture.page) == []) }

    @Test("Pages and their items are archived, return, and are added")
    func pages() throws {
        #expect(try Set(changes()) == Set((["page main"] + Self.items).map { "- \($0)" }))
        #expect(try Set(changes(Fixture.page)) == Set((["page main"] + Self.items).map { "< \($0)" }))
        var other = Fixture.page
        other.slug = "other"
        #expect(try Set(changes(Fixture.page, other)) == Set((["page other"] + Self.items).map { "+ \($0)" }))
    }

    @Test("Items are renamed, archived and added")
    func items() throws {
        var declaration = Fixture.page
        declaration.name = "New"
        declaration.items[0] = .component(PageDeclaration.Component(key: "website", name: "Site"))
        declaration.items[2] = .component(PageDeclaration.Component(key: "mail", name: "Mail"))
        declaration.items.append(.component(PageDeclaration.Component(key: "new", name: "New")))
        #expect(
            try changes(declaration) == [
                "Main > page main", "Website > component website", "+ component new", "- sub-page europe",
            ])
    }

    @Test("Each change has the number of ongoing events that name the item or a component in it")
    func events() throws {
        let (api, mail) = (try component("API"), try component("Mail"))
        try test.insert(
            Fixture.incident(1, on: page.id, [[change(api, .fullOutage)], [change(api, .operational)]]),
            Fixture.incident(2, on: page.id),
            Fixture.incident(3, on: page.id, status: .resolved, [[change(mail, .fullOutage)]]))
        #expect(
            try changes() == [
                "- page main 2 0", "- component website", "- group services 1 0", "- component api 1 0",
                "- component login", "- sub-page europe", "- component mail",
            ])
    }

    @Test("An automated maintenance whose window is over does not count")
    func maintenances() throws {
        let window = Maintenance.Window(startAt: second(0), endAt: second(30))
        for (number, isAutomated) in [(UInt64(1), true), (2, false)] {
            let maintenance = Maintenance(
                id: id(number), pageID: page.id, name: "M", publishedAt: second(0), status: .scheduled,
                window: window, isAutomated: isAutomated, updates: [], periods: [])
            try test.store.write { try $0.insert(maintenance) }
        }
        #expect(try changes().first == "- page main 0 1")
    }

    @Test("A declaration that hides ongoing events is rejected, and changes nothing")
    func refused() throws {
        try test.insert(Fixture.incident(1, on: page.id, [[change(try component("API"), .fullOutage)]]))
        func refused(_ declarations: PageDeclaration...) throws -> [String]? {
            do {
                _ = try test.store.write { try $0.apply(declarations, at: second(60), newID: TestIDs().next) }
                return nil
            } catch let error as ArchivingRefused {
                #expect(try test.store.read { try $0.pages() } == [page])
                return error.items.map { "\($0.kind.rawValue) \($0.key)" }
            }
        }
        #expect(try refused() == ["page main"])
        var declaration = Fixture.page
        declaration.items = []
        #expect(try refused(declaration) == ["component api"])
        // The group is removed, but its component only moves.
        declaration.items = [.component(PageDeclaration.Component(key: "api", name: "API"))]
        #expect(try refused(declaration) == nil)
    }

    @Test("A preview neither creates nor changes a file", arguments: [nil, ""])
    func noDatabase(content: String?) throws {
        let directory = test.directory
        if let content { try directory.write(content, to: "new.db") }
        let file = DatabaseFile(directory.file("new.db"))
        let changes = try #require(try file.preview([Fixture.page], ifNew: [], at: second(0)))
        #expect(changes.items.count == 7)
        #expect(changes.items.allSatisfy { $0.change == .added })
        #expect(try file.preview(nil, ifNew: [Fixture.page], at: second(0)) == changes)
        #expect(file.exists == (content != nil))
        #expect(DatabaseFile(directory.file("new.db-wal")).exists == false)
    }

    @Test("Without a declaration the pages do not change")
    func noDeclaration() throws {
        let file = DatabaseFile(test.store.path)
        #expect(
            try file.preview(nil, ifNew: [PageDeclaration(slug: "demo", name: "Demo")], at: second(0)) == PageChanges())
    }

    @Test("Other files are not previewed")
    func otherFile() throws {
        let path = try test.directory.write("somebody's text", to: "text.db")
        #expect(throws: StorageError.self) { try DatabaseFile(path).preview([], ifNew: [], at: second(0)) }
    }
}
