import HTTPTypes
import Publishing
import StatusPages
import Storage
import Testing

@testable import allclear

/// The structure of a made page, edited as a tree and saved whole.
@Suite struct StructureTreeSavingTests {
    private typealias Fields = StructureTree.Fields

    private struct Made {
        let server: TestServer
        let user: TestServer.User
        let page: ID<StatusPage>
        private let ids = IDSource()

        init() throws {
            server = try TestServer()
            user = try server.makeUser("Ada")
            page = try #require(ID(try server.makePage("made")))
        }

        func open() throws -> (tree: StructureTree, revision: Int) {
            try server.application.store.read { try server.application.publishing.structureTree(of: page, in: $0) }
        }

        @discardableResult
        func save(
            _ tree: StructureTree, basedOn revision: Int, withOngoingEvents: Bool = false
        ) throws -> StatusPage {
            try server.write(as: user) { publishing, transaction in
                try publishing.saveStructure(
                    tree, of: page, basedOn: revision, withOngoingEvents: withOngoingEvents, in: transaction)
            }
        }

        /// Edits the current structure and saves it.
        @discardableResult
        func edit(_ change: (inout StructureTree) throws -> Void) throws -> StatusPage {
            var (tree, revision) = try open()
            try change(&tree)
            return try save(tree, basedOn: revision)
        }

        func newID() -> ULID { ids.next() }

        /// Asia with the group Core, which has Cache; then Site.
        func fill() throws -> (asia: ULID, core: ULID, cache: ULID, site: ULID) {
            let (asia, core, cache, site) = (newID(), newID(), newID(), newID())
            try edit { tree in
                try tree.add(.subPage, Fields(name: "Asia"), handle: asia, into: nil, reserved: [])
                try tree.add(.group, Fields(name: "Core"), handle: core, into: asia, reserved: [])
                try tree.add(.component, Fields(name: "Cache"), handle: cache, into: core, reserved: [])
                try tree.add(.component, Fields(name: "Site", key: "web"), handle: site, into: nil, reserved: [])
            }
            return (asia, core, cache, site)
        }

        func keys() throws -> [String] {
            try server.application.store.read { try $0.itemKeys(of: page).all.map(\.key) }
        }

        func declare(naming component: ULID) throws -> ID<Incident> {
            let command = IncidentCreation(
                name: "Slow", status: .investigating, message: "We look.", idempotencyKey: newID().description,
                notifiesSubscribers: false,
                componentStatuses: [ComponentStatusDraft(componentID: component.description, status: .fullOutage)])
            return try server.write(as: user) { publishing, transaction in
                let page = try #require(try transaction.reading.page(page))
                let made: Published<Incident> = try publishing.create(command, on: page, in: transaction)
                return made.event.id
            }
        }
    }

    @Test("A tree is saved, shown at once, and recorded item by item")
    func life() throws {
        let made = try Made()
        defer { made.server.remove() }
        let ids = try made.fill()
        let (tree, revision) = try made.open()
        #expect(revision == 1)
        #expect(tree.items.map(\.name) == ["Asia", "Site"])
        #expect(tree.items.map(\.handle) == [ids.asia, ids.site])
        #expect(try made.keys().sorted() == ["asia", "cache", "core", "web"])
        #expect(try made.server.call(.get, "/made/asia", token: nil).text.contains("Cache"))
        let events = try made.server.auditEvents(of: made.user)
        #expect(
            events.map(\.subject.kind.rawValue).sorted() == ["component", "component", "group", "page", "sub_page"])
        #expect(events.filter { $0.subject.kind != .page }.allSatisfy { $0.action == .created })
        // Saving the same tree again changes nothing.
        try made.save(tree, basedOn: revision)
        #expect(try made.open().revision == 1)
        #expect(try made.server.auditEvents(of: made.user).count == events.count)
    }

    @Test("Renamed, moved and removed items keep their ids or are archived")
    func changes() throws {
        let made = try Made()
        defer { made.server.remove() }
        let ids = try made.fill()
        try made.edit { tree in
            try tree.edit(ids.asia, Fields(name: "Far East", key: "east"), reserved: [])
            try tree.edit(ids.cache, Fields(name: "Caches", key: "cache"), reserved: [])
            try tree.move(ids.site, into: ids.asia, at: 0)
        }
        let renames = try made.server.auditEvents(of: made.user).filter {
            $0.changes.fields["name"]
                == .values(
                    before: .text("Cache"), after: .text("Caches"))
        }
        #expect(renames.map(\.action) == [.changed])
        #expect(try made.server.call(.get, "/made/east", token: nil).status == 200)
        #expect(try made.server.call(.get, "/made/asia", token: nil).status == 404)
        try made.edit { tree in
            try tree.remove(ids.core)
            // A new item may have the key of one that is gone.
            try tree.add(.group, Fields(name: "Core", key: "core"), handle: made.newID(), into: nil, reserved: [])
            try tree.move(ids.site, into: tree.items.last?.handle)
        }
        #expect(try made.keys().sorted() == ["core", "east", "web"])
        // A component that left the page still exists, and returns with its key.
        let component = try made.server.application.store.read { try $0.component(ID(ids.cache)) }
        #expect(component?.component.name == "Caches")
        try made.edit { try $0.place(try #require(component), into: nil) }
        #expect(try made.keys().contains("cache"))
    }

    @Test("Two items can swap their keys")
    func swap() throws {
        let made = try Made()
        defer { made.server.remove() }
        let (first, second) = (made.newID(), made.newID())
        try made.edit { tree in
            try tree.add(.component, Fields(name: "A"), handle: first, into: nil, reserved: [])
            try tree.add(.component, Fields(name: "B"), handle: second, into: nil, reserved: [])
        }
        try made.edit { tree in
            try tree.edit(first, Fields(name: "A", key: "x"), reserved: [])
            try tree.edit(second, Fields(name: "B", key: "a"), reserved: [])
            try tree.edit(first, Fields(name: "A", key: "b"), reserved: [])
        }
        let keys = try made.server.application.store.read { try $0.itemKeys(of: made.page) }
        #expect(keys.key(of: .component(ID(first))) == "b")
        #expect(keys.key(of: .component(ID(second))) == "a")
    }

    @Test("A declared component can be placed on a made page, and keeps its name")
    func declared() throws {
        let made = try Made()
        defer { made.server.remove() }
        let id = try #require(made.server.ids["Website"].flatMap(ULID.init))
        let (empty, _) = try made.open()
        let found = try made.server.application.store.read {
            try made.server.application.publishing.components(toAddTo: empty, in: $0)
        }
        #expect(found.contains { $0.component.name == "Wiki" })
        let website = try #require(found.first { $0.component.id.ulid == id })
        try made.edit { try $0.place(website, into: nil) }
        var (tree, _) = try made.open()
        #expect(tree.item(id)?.areTextsFixed == true)
        #expect(throws: Faults.self) { try tree.edit(id, Fields(name: "Other"), reserved: []) }
        #expect(try made.server.call(.get, "/made", token: nil).text.contains("Website"))
    }

    @Test("A structure that is outdated, invalid, claimed or declared is not saved")
    func refusals() throws {
        let made = try Made()
        defer { made.server.remove() }
        let ids = try made.fill()
        var (tree, revision) = try made.open()
        #expect(throws: StructureRefusal.newerRevision(1)) { try made.save(tree, basedOn: 0) }
        try tree.edit(ids.asia, Fields(name: "Asia", key: "history"), reserved: [])
        #expect(throws: Faults.self) { try made.save(tree, basedOn: revision) }
        let claim = Claim(annotations: ["incident.io/terraform/version": "1.13.4"])
        _ = try made.server.write(as: made.user) { publishing, transaction in
            try publishing.claim(.structure, made.page.description, with: claim, in: transaction)
        }
        #expect(throws: StructureRefusal.claimed(claim)) { try made.save(tree, basedOn: revision) }
        let acme = try #require(made.server.application.site.pages.first { $0.slug == "acme" })
        #expect(throws: StructureRefusal.managedByConfiguration) {
            try made.server.write(as: made.user) { publishing, transaction in
                try publishing.saveStructure(
                    tree, of: acme.id, basedOn: 0, withOngoingEvents: true, in: transaction)
            }
        }
    }

    @Test("A component with an ongoing event leaves only if the user says so")
    func ongoing() throws {
        let made = try Made()
        defer { made.server.remove() }
        let ids = try made.fill()
        let incident = try made.declare(naming: ids.site)
        var (tree, revision) = try made.open()
        try tree.remove(ids.site)
        do {
            try made.save(tree, basedOn: revision)
            Issue.record("the event was hidden")
        } catch StructureRefusal.ongoingEvents(let events) {
            #expect(events.map(\.event.ulid) == [incident.ulid])
            #expect(events.map(\.components) == [["Site"]])
        }
        #expect(try made.open().revision == revision)
        try made.save(tree, basedOn: revision, withOngoingEvents: true)
        #expect(try made.open().tree.items.map(\.name) == ["Asia"])
    }
}
