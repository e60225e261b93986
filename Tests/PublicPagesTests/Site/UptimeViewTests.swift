import Markup
import StatusPages
import Testing

@testable import PublicPages

@Suite("Uptime bars")
struct UptimeViewTests {
    private static let id = (makeID(11) as ID<Component>).ulid
    private static let bar = UptimeBar.sample([
        0: UptimeDay(
            day: 0, status: .fullOutage,
            lengths: [
                .init(status: .fullOutage, milliseconds: 7_380_000),
                .init(status: .underMaintenance, milliseconds: 9_000),
            ],
            events: ["Fire & \"smoke\""]),
        88: UptimeDay(day: 0, status: nil),
        89: UptimeDay(day: 0, status: nil),
    ])

    private func page(_ mode: StatusPage.DisplayUptimeMode = .chartAndPercentage, displayUptime: Bool = true) -> String
    {
        var page = StatusPage.sample([
            .component(
                Structure.PlacedComponent(Component(id: makeID(11), name: "Website"), displayUptime: displayUptime))
        ])
        page.displayUptimeMode = mode
        return SitePage.sample(page).front(bars: [Self.id: Self.bar])
    }

    @Test("A bar has 90 days in order, each with its status in words")
    func days() {
        let html = page()
        #expect(html.values(of: "data-uptime-of") == [Self.id.description])
        let days = html.values(of: "data-day")
        #expect(days.count == 90)
        #expect(days.first == "2026-08-23")
        #expect(days.last == "2026-11-20")
        let words = [
            "No data", "No downtime",
            "Full outage for 2 h 3 min · Under maintenance for less than 1 min · Fire &amp; &quot;smoke&quot;",
        ]
        #expect(
            html.contains(
                "<rect x=\"0\" data-day=\"2026-08-23\" data-status=\"no_data\"><title>23 Aug 2026 · \(words[0])</title></rect>"
            ))
        #expect(
            html.contains(
                "<rect x=\"2\" data-day=\"2026-08-25\" data-status=\"operational\"><title>25 Aug 2026 · \(words[1])</title></rect>"
            ))
        #expect(
            html.contains(
                "<rect x=\"89\" data-day=\"2026-11-20\" data-status=\"full_outage\"><title>20 Nov 2026 · \(words[2])</title></rect>"
            ))
        #expect(html.contains("<li><time datetime=\"2026-11-20\">20 Nov 2026</time> · \(words[2])</li>"))
        #expect(
            html.contains(
                "role=\"img\" aria-label=\"Website · Status on each of the last 90 days · 99.94% uptime · 1 day with problems\""
            ))
    }

    @Test(
        "The page's mode and the component decide what is shown",
        arguments: [
            (StatusPage.DisplayUptimeMode.chartAndPercentage, true, 90, ["99.94"]), (.chartOnly, true, 90, []),
            (.nothing, true, 0, []), (.chartAndPercentage, false, 0, []),
        ])
    func modes(_ mode: StatusPage.DisplayUptimeMode, _ displayUptime: Bool, _ days: Int, _ percentages: [String]) {
        let html = page(mode, displayUptime: displayUptime)
        #expect(html.values(of: "data-day").count == days)
        #expect(html.values(of: "data-uptime") == percentages)
        #expect(html.contains("99.94") == !percentages.isEmpty)
    }

    @Test("A group has a bar only if it displays aggregated uptime", arguments: [true, false])
    func group(_ isShown: Bool) {
        let group = Structure.Group(
            id: makeID(1), name: "Group", displayAggregatedUptime: isShown, components: [.numbered(11)])
        let id = group.id.ulid
        let html = SitePage.sample(.sample([.group(group)])).front(bars: [id: .sample()])
        #expect(html.values(of: "data-uptime-of") == (isShown ? [id.description] : []))
    }

    @Test("20 bars with problems take few bytes")
    func budget() throws {
        let bars = (0..<20).map { number in
            let days = (0..<4).map { index in
                let length = UptimeDay.Length(
                    status: .partialOutage, milliseconds: Int64(number * 977 + index * 131) * 60_000)
                return (
                    (number * 7 + index * 19) % 90,
                    UptimeDay(day: 0, status: .partialOutage, lengths: [length], events: ["Incident \(number * index)"])
                )
            }
            return (
                (makeID(UInt64(number)) as ID<Component>).ulid,
                UptimeBar.sample(Dictionary(days, uniquingKeysWith: { $1 }))
            )
        }
        let page = SitePage.sample(.sample((0..<20).map { .component($0) }))
        let html = page.frontPage(bars: Dictionary(uniqueKeysWithValues: bars), past: [])
        // The style and the script have 7,000 of the 30,000 bytes that a front page may take.
        #expect(try #require(Gzip.compress(html.bytes)).count < 16_000)
    }
}
