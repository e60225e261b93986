import Testing

@testable import StatusPages

@Suite("Setting the structure of a page")
struct StructureDraftTests {
    private typealias Draft = StructureDraft.Component

    /// The components 1 to 6, of which the page has 1 to 4.
    private static let components = (1...6).map { number in
        Component(id: id(UInt64(number)), name: "Component \(number)")
    }

    private static func placed(_ number: Int, _ displayUptime: Bool = true, _ isHidden: Bool = false)
        -> Structure.PlacedComponent
    {
        Structure.PlacedComponent(components[number - 1], displayUptime: displayUptime, isHidden: isHidden)
    }

    /// Component 1; a described, hidden group with 2 (hidden) and 3 (without uptime); a group with 4.
    private static let page = StatusPage(
        id: id(100), slug: "main", name: "Main",
        structure: Structure(items: [
            .component(placed(1, false, true)),
            .group(
                Structure.Group(
                    id: id(11), name: "First", description: "Of all.", isHidden: true, displayAggregatedUptime: false,
                    components: [placed(2, true, true), placed(3, false)])),
            .group(Structure.Group(id: id(12), name: "Second", components: [placed(4)])),
        ]))

    private static func draft(_ number: UInt64, hidden: Bool? = nil, uptime: Bool? = nil) -> Draft {
        Draft(componentID: (id(number) as ID<Component>).description, isHidden: hidden, displayUptime: uptime)
    }

    private static func text(_ number: UInt64) -> String { (id(number) as ID<Component>).description }

    private static func set(_ items: [StructureDraft.Item]?, on page: StatusPage = page) throws(Faults) -> Structure {
        try StructureDraft(items: items).structure(of: page, with: components, newID: Sequencer().next)
    }

    /// The problems as `code path`.
    private static func faults(_ items: [StructureDraft.Item]?) -> [String] {
        do {
            _ = try set(items)
            return []
        } catch {
            return error.all.map { fault in
                let path = fault.path.map { step in
                    switch step {
                    case .field(let field): "/\(field)"
                    case .index(let index): "/\(index)"
                    case .name(let name): "/\(name)"
                    }
                }
                return "\(fault.code) \(path.joined())"
            }
        }
    }

    @Test(
        "A component keeps omitted flags, even if it moves; a new component is visible and shows its uptime",
        arguments: [
            (draft(1), placed(1, false, true)), (draft(1, hidden: false), placed(1, false, false)),
            (draft(1, uptime: true), placed(1, true, true)), (draft(2), placed(2, true, true)),
            (draft(3), placed(3, false)), (draft(5), placed(5)),
            (draft(5, hidden: true, uptime: false), placed(5, false, true)),
        ] as [(StructureDraft.Component, Structure.PlacedComponent)])
    func components(draft: StructureDraft.Component, expected: Structure.PlacedComponent) throws {
        #expect(try Self.set([.component(draft)]).items == [.component(expected)])
        let group = StructureDraft.Group(name: "New", components: [draft])
        #expect(try Self.set([.group(group)]).placedComponents == [expected])
    }

    @Test(
        "A group keeps omitted flags, but is hidden or without uptime if all its components are",
        arguments: [
            // A new group.
            (nil, nil, nil, [draft(5)], false, true), (nil, nil, nil, [draft(5, hidden: true)], true, false),
            (nil, nil, nil, [draft(5, hidden: true), draft(6)], false, true),
            (nil, nil, nil, [draft(5, uptime: false)], false, false),
            (nil, nil, nil, [draft(5, hidden: true), draft(6, uptime: false)], false, false),
            (nil, true, nil, [draft(5)], true, true), (nil, nil, false, [draft(5)], false, false),
            // A hidden group without uptime keeps both flags until a request changes them.
            (11, nil, nil, [draft(5)], true, false), (11, false, nil, [draft(5)], false, false),
            (11, nil, true, [draft(5)], true, true),
            // A visible group with uptime.
            (12, nil, nil, [draft(4)], false, true), (12, nil, nil, [draft(4, hidden: true)], true, false),
            (12, nil, nil, [draft(4, uptime: false)], false, false), (12, true, false, [draft(4)], true, false),
        ] as [(UInt64?, Bool?, Bool?, [StructureDraft.Component], Bool, Bool)])
    func flags(
        group: UInt64?, hidden: Bool?, aggregated: Bool?, members: [StructureDraft.Component], isHidden: Bool,
        isAggregated: Bool
    ) throws {
        let draft = StructureDraft.Group(
            id: group.map(Self.text), name: "Group", isHidden: hidden, displayAggregatedUptime: aggregated,
            components: members)
        let made = try #require(try Self.set([.group(draft)]).groups.first)
        #expect(made.isHidden == isHidden)
        #expect(made.displayAggregatedUptime == isAggregated)
    }

    @Test(
        "A group keeps its id under any name, and its description unless one is sent",
        arguments: [
            (11, nil, 11, "Of all."), (11, "", 11, nil), (11, " \n", 11, nil), (11, " New. ", 11, " New. "),
            (nil, nil, 1_001, nil), (nil, "", 1_001, nil), (nil, "New.", 1_001, "New."),
        ] as [(UInt64?, String?, UInt64, String?)])
    func identity(group: UInt64?, description: String?, expectedID: UInt64, expected: String?) throws {
        let draft = StructureDraft.Group(
            id: group.map(Self.text), name: " Renamed ", description: description, components: [Self.draft(1)])
        let made = try #require(try Self.set([.group(draft)]).groups.first)
        #expect(made.id == id(expectedID))
        #expect(made.name == " Renamed ")
        #expect(made.description == expected)
    }

    @Test("Sending the current structure with its ids leaves the structure unchanged")
    func same() throws {
        let structure = try Self.set([
            .component(Self.draft(1)),
            .group(StructureDraft.Group(id: Self.text(11), name: "First", components: [Self.draft(2), Self.draft(3)])),
            .group(StructureDraft.Group(id: Self.text(12), name: "Second", components: [Self.draft(4)])),
        ])
        #expect(structure == Self.page.structure)
    }

    private static func group(
        _ id: String? = nil, _ name: String? = "G", _ description: String? = nil, hidden: Bool? = nil,
        aggregated: Bool? = nil, _ components: [StructureDraft.Component]? = [draft(1, hidden: false, uptime: true)]
    ) -> StructureDraft.Item {
        .group(
            StructureDraft.Group(
                id: id, name: name, description: description, isHidden: hidden, displayAggregatedUptime: aggregated,
                components: components))
    }

    private static let long = String(repeating: "x", count: 4_097)

    @Test(
        "All problems are reported with their positions",
        arguments: [
            (nil, ["required /items"]), ([], ["tooShort /items"]),
            ([.unclear, .subPage], ["invalidValue /items/0", "invalidValue /items/1/subPage"]),
            ([.component(Draft(componentID: nil))], ["required /items/0/component/componentID"]),
            (
                [
                    .component(draft(1)), .component(draft(7)), .component(Draft(componentID: "x")),
                    .component(draft(1)),
                ],
                [
                    "unknownComponent /items/1/component/componentID",
                    "unknownComponent /items/2/component/componentID",
                    "invalidValue /items/3/component/componentID",
                ]
            ),
            (
                [.component(draft(1)), group([draft(2), draft(1)])],
                ["invalidValue /items/1/group/components/1/componentID"]
            ),
            ([group(nil, nil, nil, nil)], ["required /items/0/group/name", "required /items/0/group/components"]),
            ([group(nil, " ", nil, [])], ["tooShort /items/0/group/name", "tooShort /items/0/group/components"]),
            (
                [group(nil, String(long.prefix(201)), long)],
                ["tooLong /items/0/group/name", "tooLong /items/0/group/description"]
            ),
            (
                [group(text(13)), group("x", [draft(2, hidden: false)])],
                ["unknownGroup /items/0/group/id", "unknownGroup /items/1/group/id"]
            ),
            (
                [group(text(12)), group(text(12), [draft(2, hidden: false)])], ["invalidValue /items/1/group/id"]
            ),
            (
                [group(hidden: false, aggregated: true, [draft(1, hidden: true)])],
                ["invalidValue /items/0/group/hidden", "invalidValue /items/0/group/displayAggregatedUptime"]
            ),
            (
                [group(aggregated: true, [draft(1, hidden: false, uptime: false)])],
                ["invalidValue /items/0/group/displayAggregatedUptime"]
            ),
            (Array(repeating: .component(draft(1)), count: 1_001), ["tooLong /items"]),
            (
                [.component(draft(1)), group(Array(repeating: draft(2), count: 1_000))], ["tooLong /items"]
            ),
        ] as [([StructureDraft.Item]?, [String])])
    func faults(items: [StructureDraft.Item]?, expected: [String]) {
        #expect(Self.faults(items) == expected)
    }

    private static func group(_ components: [StructureDraft.Component]) -> StructureDraft.Item {
        group(nil, "G", nil, components)
    }
    private static func group(_ id: String, _ components: [StructureDraft.Component]) -> StructureDraft.Item {
        group(id, "G", nil, components)
    }

    @Test(
        "Keys are made from names, and differ from every key that the page has had",
        arguments: [
            ("Login", [], "login"), ("  User & Login API (v2) ", [], "user-login-api-v2"),
            ("Login", ["login"], "login-2"),
            ("Login", ["login", "login-2"], "login-3"), ("数据库", [], "component"), ("数据库", ["component"], "component-2"),
            (String(repeating: "a", count: 70), [], String(repeating: "a", count: 63)),
            (
                String(repeating: "a", count: 70), [String(repeating: "a", count: 63)],
                String(repeating: "a", count: 61) + "-2"
            ),
            (String(repeating: "a", count: 62) + " b", [], String(repeating: "a", count: 62)), ("Ünï", [], "n"),
        ] as [(String, [String], String)])
    func keys(name: String, taken: [String], expected: String) {
        #expect(ItemKey.make(from: name, orElse: "component", taken: Set(taken)) == expected)
    }
}

@Suite("Claims")
struct ClaimTests {
    @Test(
        "The annotations name the tool, but declared resources belong to the configuration",
        arguments: [
            ([:], .dashboard), (["a": "b"], .dashboard), (["incident.io/terraform/version": "1.13.4"], .terraform),
            (["incident.io/is-managed-externally": ""], .external),
            (["incident.io/terraform/version": "1", "incident.io/is-managed-externally": "true"], .external),
        ] as [([String: String], Manager)])
    func manager(annotations: [String: String], expected: Manager) {
        let claim = Claim(annotations: annotations)
        #expect(Management(.dashboard, claim: claim).manager == expected)
        #expect(Management(.configuration, claim: claim) == Management(.configuration))
        #expect(Management(.configuration, claim: claim).manager == .external)
    }
}
