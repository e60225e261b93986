import Foundation
import Testing

@testable import StatusPages

/// The tree of `Fixture.page`: Website; the hidden group Services with API; the sub-page Europe with Mail and the group
/// Backend, which has the hidden component Search.
@Suite("Editing a structure as a tree")
struct StructureTreeTests {
    private typealias Fields = StructureTree.Fields

    private static let keys = ItemKeys([
        ("website", .component(Fixture.website.id)), ("api", .component(Fixture.api.id)),
        ("mail", .component(Fixture.mail.id)), ("search", .component(Fixture.search.id)),
        ("services", .group(Fixture.services.id)), ("backend", .group(Fixture.backend.id)),
        ("europe", .subPage(Fixture.europe.id)),
    ])

    /// API comes from the configuration.
    private static let tree = StructureTree(Fixture.page.structure, keys: keys, fixed: [Fixture.api.id])
    private static let known = Fixture.all.map { component in
        ManagedComponent(
            component: component, management: Management(component.id == Fixture.api.id ? .configuration : .dashboard))
    }
    private static let history = StructureTree.KeyHistory(taken: ["website", "old"], components: [id(5): "old"])

    private static func ulid(_ number: UInt64) -> ULID { (id(number) as ID<Component>).ulid }
    private static func fault(_ number: UInt64, _ rest: String) -> String { "\(ulid(number))/\(rest)" }

    private static func checked(_ tree: StructureTree) throws(Faults) -> CheckedStructure {
        try tree.checked(
            with: known + [
                ManagedComponent(component: Component(id: id(5), name: "Old"), management: Management(.dashboard))
            ],
            history: history, reserved: ["history"])
    }

    /// One line for each item, indented: its key and name, with `-` if it is hidden and `!` if it shows no uptime.
    private static func lines(_ items: [StructureTree.Item], _ indent: String = "") -> [String] {
        items.flatMap { item in
            let flags = (item.isHidden ? "-" : "") + (item.displaysUptime ? "" : "!")
            return ["\(indent)\(item.key ?? "?") \(item.name)\(flags)"] + lines(item.items, indent + ".")
        }
    }

    private static func places(_ faults: Faults) -> [String] {
        faults.all.map { fault in
            fault.path.map { step in
                switch step {
                case .field(let field): "\(field)"
                case .index(let index): "\(index)"
                case .name(let name): name
                }
            }.joined(separator: "/")
        }
    }

    @Test("A tree is read back from JSON, and an unchanged one describes the same structure")
    func roundTrip() throws {
        #expect(
            Self.lines(Self.tree.items) == [
                "website Website", "services Services-", ".api API", "europe Europe", ".mail Mail", ".backend Backend",
                "..search Search-",
            ])
        let read = try JSONDecoder().decode(StructureTree.self, from: JSONEncoder().encode(Self.tree))
        #expect(read == Self.tree)
        let checked = try Self.checked(read)
        #expect(checked.structure == Fixture.page.structure)
        #expect(checked.keys.count == 7 && checked.keys.allSatisfy { Self.keys.key(of: $0) == $1 })
        #expect(checked.added.isEmpty && checked.renamed.isEmpty)
    }

    @Test("Items are added, edited, moved and removed")
    func edits() throws {
        var tree = Self.tree
        try tree.add(.subPage, Fields(name: "Asia & Pacific"), handle: Self.ulid(31), into: nil, reserved: [])
        try tree.add(
            .group, Fields(name: "Core", key: "core"), handle: Self.ulid(32), into: Self.ulid(31), reserved: [])
        try tree.add(
            .component, Fields(name: "Cache", description: " "), handle: Self.ulid(33), into: Self.ulid(32),
            reserved: [])
        try tree.edit(
            Self.ulid(1), Fields(name: "Site", key: "site", description: "Ours.", displaysUptime: false), reserved: [])
        try tree.move(Self.ulid(31), .up)
        try tree.move(Self.ulid(1), .up)
        try tree.move(Self.ulid(3), into: Self.ulid(11), at: 0)
        try tree.remove(Self.ulid(12))
        #expect(
            Self.lines(tree.items) == [
                "site Site!", "services Services-", ".mail Mail", ".api API", "? Asia & Pacific", ".core Core",
                "..? Cache", "europe Europe",
            ])
        let checked = try Self.checked(tree)
        #expect(checked.added == [Component(id: id(33), name: "Cache")])
        #expect(checked.renamed == [Component(id: id(1), name: "Site", description: "Ours.")])
        #expect(checked.keys[.subPage(id(31))] == "asia-pacific")
        #expect(checked.keys[.component(id(33))] == "cache")
        #expect(checked.structure.placements.map(\.component.name) == ["Site", "Mail", "API", "Cache"])
    }

    @Test("A component that was on the page before gets its key again, unless another item has it")
    func formerKey() throws {
        let old = ManagedComponent(
            component: Component(id: id(5), name: "Old"), management: Management(.dashboard))
        var tree = Self.tree
        try tree.place(old, into: nil)
        #expect(throws: Faults.self) { try tree.place(old, into: nil) }
        #expect(try Self.checked(tree).keys[.component(id(5))] == "old")
        try tree.edit(Self.ulid(1), Fields(name: "Website", key: "old"), reserved: [])
        #expect(try Self.checked(tree).keys[.component(id(5))] == "old-2")
    }

    @Test("A component that was renamed elsewhere keeps its new name, unless somebody renamed it here")
    func otherRename() throws {
        var others = Self.known
        others[0].component.name = "Site"
        let checked = try Self.tree.checked(with: others, history: Self.history, reserved: [])
        #expect(checked.renamed.isEmpty)
        #expect(checked.structure.placements.first?.component.name == "Site")
        var tree = Self.tree
        try tree.edit(Self.ulid(1), Fields(name: "Web", key: "website"), reserved: [])
        #expect(
            try tree.checked(with: others, history: Self.history, reserved: []).renamed.map(\.name) == ["Web"])
    }

    @Test("A group becomes hidden, or without uptime, once all its components are")
    func flags() throws {
        var tree = Self.tree
        try tree.edit(Self.ulid(11), Fields(name: "Services", isHidden: false, displaysUptime: true), reserved: [])
        try tree.edit(
            Self.ulid(2), Fields(name: "API", description: "For programs.", displaysUptime: false), reserved: [])
        #expect(tree.item(Self.ulid(11))?.displaysUptime == false)
        #expect(tree.item(Self.ulid(11))?.isHidden == false)
        try tree.edit(Self.ulid(2), Fields(name: "API", description: "For programs.", isHidden: true), reserved: [])
        #expect(tree.item(Self.ulid(11))?.isHidden == true)
    }

    @Test(
        "The error of an invalid edit names the item and the field, and nothing changes",
        arguments: [
            (1, Fields(name: " "), fault(1, "name")), (1, Fields(name: "W", key: "Web"), fault(1, "key")),
            (1, Fields(name: "W", key: "api"), fault(1, "key")),
            (21, Fields(name: "E", key: "history"), fault(21, "key")),
            (11, Fields(name: "S", description: String(repeating: "d", count: 4_097)), fault(11, "description")),
            (2, Fields(name: "Other", description: "For programs."), fault(2, "name")),
            (2, Fields(name: "API", description: ""), fault(2, "name")), (77, Fields(name: "W"), "\(ulid(77))"),
        ] as [(UInt64, StructureTree.Fields, String)])
    func wrongEdit(number: UInt64, fields: StructureTree.Fields, place: String) throws {
        var tree = Self.tree
        do {
            try tree.edit(Self.ulid(number), fields, reserved: ["history"])
            Issue.record("the edit was accepted")
        } catch {
            #expect(Self.places(error) == [place])
        }
        #expect(tree == Self.tree)
    }

    @Test(
        "Items can be moved only to places where the page can show them",
        arguments: [(21, 11), (11, 12), (21, 21), (11, 1), (1, 2), (12, 12), (1, 77)] as [(UInt64, UInt64)])
    func wrongPlace(number: UInt64, parent: UInt64) throws {
        var tree = Self.tree
        #expect(throws: Faults.self) { try tree.move(Self.ulid(number), into: Self.ulid(parent)) }
        #expect(tree == Self.tree)
    }

    @Test("A group without components, an archived component and too many components are rejected on saving")
    func faults() throws {
        var tree = Self.tree
        try tree.remove(Self.ulid(2))
        #expect(throws: Faults.self) { try Self.checked(tree) }
        tree = Self.tree
        do {
            _ = try tree.checked(with: Array(Self.known.dropFirst()), history: Self.history, reserved: [])
            Issue.record("an archived component was accepted")
        } catch {
            #expect(error.all.map(\.code) == [.unknownComponent])
            #expect(Self.places(error) == ["\(Self.ulid(1))"])
        }
        for number in 0..<UInt64(Structure.mostComponents - 4) {
            try tree.add(.component, Fields(name: "C"), handle: Self.ulid(100 + number), into: nil, reserved: [])
        }
        #expect(tree.componentCount == Structure.mostComponents)
        #expect(try Self.checked(tree).added.count == Structure.mostComponents - 4)
        #expect(throws: Faults.self) {
            try tree.add(.component, Fields(name: "C"), handle: Self.ulid(5_000), into: nil, reserved: [])
        }
    }
}
