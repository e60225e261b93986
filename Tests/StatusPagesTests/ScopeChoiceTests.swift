import Testing

@testable import StatusPages

@Suite("Choosing components again")
struct ScopeChoiceTests {
    private static func component(_ number: UInt64) -> Component {
        Component(id: ID(ULID(high: 1, low: number)), name: "Component \(number)")
    }

    private static func placed(_ number: UInt64, isHidden: Bool = false) -> Structure.PlacedComponent {
        Structure.PlacedComponent(component(number), isHidden: isHidden)
    }

    private static let group = Structure.Group(
        id: ID(ULID(high: 2, low: 1)), name: "Group", components: [placed(2), placed(3), placed(4, isHidden: true)])
    private static let subPage = Structure.SubPage(
        id: ID(ULID(high: 3, low: 1)), key: "sub", name: "Sub", items: [.component(placed(5)), .component(placed(6))])
    private static let hidden = Structure.Group(
        id: ID(ULID(high: 2, low: 2)), name: "Hidden", isHidden: true, components: [placed(7)])
    private static let page = PageScope(
        StatusPage(
            id: ID(ULID(high: 4, low: 1)), slug: "acme", name: "Acme",
            structure: Structure(items: [.component(placed(1)), .group(group), .subPage(subPage), .group(hidden)])),
        pageURL: "https://status.example/acme")

    private static func ids(_ numbers: [UInt64]) -> [ID<Component>] { numbers.map { component($0).id } }

    @Test(
        "Groups and sub-pages stay while all their components are chosen, and hidden parts always stay",
        arguments: [
            ([2, 3], SubscriptionScope.Choice(components: ids([4, 7]), groups: [group.id, hidden.id])),
            (
                [1, 2, 3, 5, 6],
                .init(components: ids([1, 4, 7]), groups: [group.id, hidden.id], subPages: [subPage.id])
            ),
            ([2, 5, 6], .init(components: ids([2, 4, 7]), groups: [hidden.id], subPages: [subPage.id])),
            ([5], .init(components: ids([5, 4, 7]), groups: [hidden.id])),
        ] as [([UInt64], SubscriptionScope.Choice)])
    func kept(chosen: [UInt64], expected: SubscriptionScope.Choice) {
        let old = SubscriptionScope.chosen(
            .init(components: Self.ids([4, 7]), groups: [Self.group.id, Self.hidden.id], subPages: [Self.subPage.id]))
        #expect(old.choosing(Set(Self.ids(chosen)), on: Self.page) == .chosen(expected))
    }

    @Test(
        "A form that is saved unchanged keeps the scope",
        arguments: [
            SubscriptionScope.Choice(), .init(components: ids([3, 1, 7])), .init(components: ids([4])),
            .init(components: ids([2, 9]), groups: [group.id]), .init(groups: [hidden.id, ID(ULID(high: 2, low: 9))]),
            .init(components: ids([5, 7]), groups: [group.id], subPages: [subPage.id]),
        ])
    func unchanged(choice: SubscriptionScope.Choice) throws {
        let old = SubscriptionScope.chosen(choice)
        let shown = try #require(old.covered(on: Self.page))
        #expect(old.choosing(Set(shown.map(\.component.id)), on: Self.page) == old)
    }

    @Test("A choice of components stays a choice of components, even if it covers a whole group")
    func components() {
        for old in [SubscriptionScope.wholePage, .chosen(.init(components: Self.ids([2])))] {
            #expect(
                old.choosing(Set(Self.ids([3, 2])), on: Self.page) == .chosen(.init(components: Self.ids([2, 3]))))
        }
    }

    @Test("A scope covers all visible components that are in it now")
    func covered() {
        func covered(_ choice: SubscriptionScope.Choice) -> [ID<Component>]? {
            SubscriptionScope.chosen(choice).covered(on: Self.page)?.map(\.component.id)
        }
        #expect(SubscriptionScope.wholePage.covered(on: Self.page) == nil)
        #expect(covered(.init()) == [])
        #expect(covered(.init(components: Self.ids([7, 1]), groups: [Self.group.id])) == Self.ids([1, 2, 3]))
        #expect(covered(.init(groups: [Self.hidden.id], subPages: [Self.subPage.id])) == Self.ids([5, 6]))
    }
}
