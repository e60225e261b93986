import StatusPages
import Testing

@testable import PublicPages

@Suite("The front page")
struct FrontPageTests {
    private static let items: [Structure.Item] = [
        .component(11), .group(1, [.numbered(12), .numbered(13, isHidden: true)]), .component(14, isHidden: true),
        .group(2, isHidden: true, [.numbered(15)]), .group(3, [.numbered(16, isHidden: true)]),
        .subPage(4, key: "eu", [.component(17)]),
    ]

    @Test(
        "The state is shown as a word and an attribute, and the title begins with it",
        arguments: [
            ([Incident](), [Maintenance](), "operational", "All systems operational"),
            (
                [], [.planned(7, components: [11], open: [11], [(moment(), .inProgress, "m")])], "under_maintenance",
                "Under maintenance"
            ),
            ([.reported(7, at: moment())], [], "incident", "Ongoing incident"),
            ([.sample(7, [[(11, .degradedPerformance)]])], [], "degraded_performance", "Degraded performance"),
            ([.sample(7, [[(12, .partialOutage)]])], [], "partial_outage", "Partial outage"),
            ([.sample(7, [[(17, .fullOutage)]])], [], "full_outage", "Full outage"),
        ])
    func state(_ incidents: [Incident], _ maintenances: [Maintenance], _ state: String, _ word: String) {
        let html = SitePage.sample(.sample(Self.items), incidents: incidents, maintenances: maintenances).front()
        #expect(html.values(of: "data-state") == [state])
        #expect(html.part(from: "<p>", to: "</p>") == word)
        #expect(html.contains("<title>\(word) – Page acme</title>"))
        #expect(html.contains("href=\"/acme/favicon.svg?\(state)\""))
    }

    @Test("The sections are in order; those without contents are left out, except the past")
    func sections() {
        let page = StatusPage.sample(Self.items)
        let sections = { (html: String) in
            html.ranges(of: "<section id=\"").map { String(html[$0.upperBound...].prefix { $0 != "\"" }) }
        }
        let busy = SitePage.sample(
            page, incidents: [.sample(7, [[(11, .fullOutage)]])],
            maintenances: [
                .planned(8, components: [11], open: [11], [(moment(), .inProgress, "m")]),
                .planned(9, components: [11], [(moment(), .scheduled, "m")]),
            ])
        #expect(sections(busy.front()) == ["incidents", "in-progress", "components", "scheduled", "past"])
        let empty = SitePage.sample(.sample()).front()
        #expect(sections(empty) == ["past"])
        #expect(empty.contains("No incidents or maintenance ended in the last 14 days."))
    }

    @Test("Only visible items are listed, each with its status")
    func components() {
        let incident = Incident.sample(7, [[(12, .partialOutage), (14, .fullOutage)]])
        let html = SitePage.sample(.sample(Self.items), incidents: [incident]).front()
        let hooks = ["data-component", "data-group", "data-sub-page"].map(html.values(of:))
        let ids: [[ID<Component>]] = [[makeID(11), makeID(12)], [makeID(1)], [makeID(4)]]
        #expect(hooks == ids.map { $0.map(\.description) })
        #expect(html.contains("<li data-group=\"\(ids[1][0])\" data-status=\"partial_outage\">"))
        #expect(html.contains("<li data-component=\"\(ids[0][0])\" data-status=\"operational\">"))
        #expect(html.contains("href=\"/acme/eu\""))
        let hidden: [UInt64] = [13, 14, 15, 16]
        for number in hidden {
            #expect(!html.contains("Component \(number)"))
            #expect(!html.contains((makeID(number) as ID<Component>).description))
        }
    }

    @Test(
        "A group with a problem is open",
        arguments: [(ComponentStatus.operational, false), (.degradedPerformance, true)])
    func openGroup(_ status: ComponentStatus, _ isOpen: Bool) {
        let incident = Incident.sample(7, [[(12, status)]])
        let html = SitePage.sample(.sample(Self.items), incidents: [incident]).front()
        #expect(html.contains("<details class=\"members\" open>") == isOpen)
        #expect(html.contains("<summary>1 component</summary>"))
    }

    @Test("A sub-page has its own components and a link to the page")
    func subPage() {
        let html = SitePage.sample(.sample(Self.items), subPage: "eu").front()
        #expect(html.values(of: "data-component") == [(makeID(17) as ID<Component>).description])
        #expect(html.contains("Part of <a href=\"/acme\" dir=\"auto\">Page acme</a>"))
        #expect(html.contains("<h1 dir=\"auto\">Sub-page 4</h1>"))
        #expect(html.values(of: "data-stream") == ["/acme/eu/api/v1/stream"])
        #expect(html.contains("<link rel=\"canonical\" href=\"https://status.example/acme/eu\">"))
    }
}
