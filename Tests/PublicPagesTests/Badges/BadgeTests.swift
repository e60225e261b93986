import StatusPages
import Testing

@testable import PublicPages

@Suite("Badges")
struct BadgeTests {
    private static let page = StatusPage.sample([.component(11), .component(12, isHidden: true)])

    private static func state(_ incidents: [Incident] = [], _ maintenances: [Maintenance] = []) -> ScopeState {
        let state = PageState(
            page: page, url: "https://status.example/acme", createdAt: moment(), incidents: incidents,
            maintenances: maintenances)
        return ScopeState(state, state.scopes[0])
    }

    private static func incident(_ status: ComponentStatus) -> Incident {
        .reported(7, [(moment(), .identified, "m", [(UInt64(11), status)])])
    }

    private static let underMaintenance = Maintenance.planned(
        9, components: [11], open: [11], [(moment(), .inProgress, "m")])

    @Test(
        "A badge shows the state in lower case, in the state's colour",
        arguments: [
            (state(), "operational", "brightgreen", "#1a7f37"),
            (state([incident(.operational)]), "ongoing incident", "lightgrey", "#59636e"),
            (state([incident(.degradedPerformance)]), "degraded performance", "yellow", "#8a6100"),
            (state([incident(.partialOutage)]), "partial outage", "orange", "#b84c00"),
            (state([incident(.fullOutage)]), "full outage", "red", "#c5202c"),
            (state([], [underMaintenance]), "under maintenance", "blue", "#0a62c9"),
        ])
    func page(_ state: ScopeState, _ message: String, _ colour: String, _ fill: String) throws {
        let badge = Badge(state)
        let json = #"{"schemaVersion":1,"label":"Page acme","message":"\#(message)","color":"\#(colour)"}"#
        #expect(String(decoding: badge.json(), as: UTF8.self) == json)
        let svg = try XMLTree.read(badge.svg())
        #expect(svg.attributes["role"] == "img")
        #expect(svg.children.first?.name == "title")
        #expect(svg.only("title") == "Page acme: \(message)")
        #expect(svg["g"].first?["rect"].last?.attributes["fill"] == fill)
        #expect(svg["g"].last?["text"].map(\.text) == ["Page acme", message])
    }

    @Test(
        "A component's badge has its own status",
        arguments: [
            (state(), "operational", "brightgreen"),
            (state([incident(.operational)]), "operational", "brightgreen"),
            (state([incident(.degradedPerformance)]), "degraded performance", "yellow"),
            (state([incident(.partialOutage)]), "partial outage", "orange"),
            (state([incident(.fullOutage)], [underMaintenance]), "full outage", "red"),
            (state([], [underMaintenance]), "under maintenance", "blue"),
        ])
    func component(_ state: ScopeState, _ message: String, _ colour: String) throws {
        let badge = try #require(Badge(makeID(11), in: state))
        let json = #"{"schemaVersion":1,"label":"Component 11","message":"\#(message)","color":"\#(colour)"}"#
        #expect(String(decoding: badge.json(), as: UTF8.self) == json)
    }

    @Test("Components that the page does not show have no badge", arguments: [12, 13])
    func hidden(_ number: UInt64) { #expect(Badge(makeID(number), in: Self.state()) == nil) }

    @Test(
        "A given label replaces the name, up to 60 characters",
        arguments: [
            (nil, "Page acme"), ("", "Page acme"), ("API", "API"),
            (String(repeating: "é", count: 61), String(repeating: "é", count: 60)),
            ("a" + String(repeating: "\u{301}", count: 100), "a" + String(repeating: "\u{301}", count: 59)),
        ])
    func label(_ given: String?, _ shown: String) {
        #expect(Badge(Self.state(), label: given).label.unicodeScalars.elementsEqual(shown.unicodeScalars))
    }

    @Test("Labels cannot change a badge's structure", arguments: hostileTexts)
    func hostile(_ given: String, _ shown: String) throws {
        let svg = try XMLTree.read(Badge(Self.state(), label: given).svg())
        let label = String(String.UnicodeScalarView(shown.unicodeScalars.prefix(60)))
        #expect(svg.only("title") == "\(label): operational")
        #expect(svg.children.map(\.name) == ["title", "clipPath", "g", "g"])
        #expect(svg["g"].last?["text"].map(\.text) == [label, "operational"])
        #expect(svg.attributes.keys.allSatisfy { ["xmlns", "width", "height", "role"].contains($0) })
    }

    @Test(
        "A text with wider characters gets a wider box",
        arguments: [("", "i"), ("i", "m"), ("mm", "mmm"), ("a", "日"), ("aa", "🚒🚒"), ("e\u{301}", "ee")])
    func width(_ narrow: String, _ wide: String) {
        #expect(BadgeText(narrow).boxWidth < BadgeText(wide).boxWidth)
    }
}
