import Markup
import StatusPages
import Testing

@testable import PublicPages

@Suite("Events on pages")
struct EventPageTests {
    private static let page = StatusPage.sample([.component(11), .component(12), .component(13, isHidden: true)])
    private static let resolved = Incident.reported(
        7, name: "Slow log-in",
        [
            (
                moment(), .investigating, "We are **looking**.",
                [(12, .partialOutage), (11, .degradedPerformance), (13, .fullOutage)]
            ),
            (
                moment(minutes: 125), .resolved, "It is over.",
                [(11, .operational), (12, .operational), (13, .operational)]
            ),
        ])

    private static func incident(updates: Int) -> Incident {
        .reported(
            7,
            (0..<updates).map {
                (moment(minutes: Int64($0)), .identified, "Message \($0)", $0 == 0 ? [(11, .fullOutage)] : [])
            })
    }

    @Test("A resolved incident shows its worst visible impact and how long it lasted")
    func resolved() {
        let html = SitePage.sample(Self.page).eventPage(.incident(Self.resolved)).text
        #expect(html.contains("<h1 dir=\"auto\">Slow log-in</h1>"))
        #expect(html.contains("<title>Slow log-in – Page acme</title>"))
        #expect(html.contains("data-status=\"resolved\" data-impact=\"partial_outage\""))
        #expect(html.contains("Worst impact: <span class=\"s\">Partial outage</span>"))
        #expect(html.contains(">20 Nov 2026, 21:48 UTC</time> to <time datetime=\"2026-11-20T23:53:34.123Z\">"))
        #expect(html.contains("Lasted 2 h 5 min"))
        let ids: [ID<Component>] = [makeID(11), makeID(12)]
        #expect(html.values(of: "data-affected") == ids.map(\.description))
        #expect(html.contains("<meta property=\"article:modified_time\" content=\"2026-11-20T23:53:34.123Z\">"))
        #expect(html.contains("<p>We are <strong>looking</strong>.</p>"))
    }

    @Test("An update whose text was replaced says so")
    func edited() throws {
        var incident = Self.incident(updates: 2)
        try incident.updates[1].edit(message: "It is the database.", at: moment(minutes: 9))
        let html = SitePage.sample(Self.page).eventPage(.incident(incident)).text
        #expect(html.ranges(of: "<span class=\"note\">edited</span>").count == 1)
        let newest = try #require(html.firstRange(of: "<p>It is the database.</p>"))
        #expect(html[..<newest.lowerBound].contains(">edited</span>"))
    }

    @Test("An ongoing incident has its current impact; updates are newest first")
    func ongoing() {
        let html = SitePage.sample(Self.page, incidents: [Self.incident(updates: 3)]).front()
        #expect(html.contains("data-status=\"identified\" data-impact=\"full_outage\""))
        let messages = html.ranges(of: "<p>Message ").map { String(html[$0.upperBound...].prefix(1)) }
        #expect(messages == ["2", "1", "0"])
        #expect(html.contains("Since <time datetime=\"2026-11-20T21:48:34.123Z\">"))
    }

    @Test(
        "The front page shows five updates and a link to the rest; an event's page shows all",
        arguments: [(5, 5, false), (7, 5, true)])
    func updates(_ all: Int, _ shown: Int, _ hasLink: Bool) {
        let incident = Self.incident(updates: all)
        let page = SitePage.sample(Self.page, incidents: [incident])
        for html in [page.front(), SitePage.sample(Self.page).front(past: [.incident(incident)])] {
            #expect(html.values(of: "data-update").count == shown)
            #expect(html.contains("<a href=\"/acme/incidents/\(incident.id)\">All 7 updates</a>") == hasLink)
        }
        #expect(page.eventPage(.incident(incident)).text.values(of: "data-update").count == all)
    }

    @Test("An event of hidden components names none")
    func hiddenComponents() {
        let incident = Incident.reported(7, [(moment(), .identified, "m", [(13, .fullOutage)])])
        let html = SitePage.sample(Self.page, incidents: [incident]).front()
        #expect(html.values(of: "data-affected").isEmpty)
        #expect(html.values(of: "data-impact") == ["operational"])
        #expect(!html.contains("Component 13"))
    }

    @Test("If many components are affected, most of them are behind a summary", arguments: [(5, 0), (6, 2)])
    func manyComponents(_ count: Int, _ hidden: Int) {
        let page = StatusPage.sample((1...UInt64(count)).map { .component($0) })
        let incident = Incident.reported(
            7, [(moment(), .identified, "m", (1...UInt64(count)).map { ($0, .fullOutage) })])
        let html = SitePage.sample(page, incidents: [incident]).front()
        #expect(html.values(of: "data-affected").count == count)
        #expect(
            html.part(from: "<details class=\"more\">", to: "</details>").values(of: "data-affected").count == hidden)
    }

    @Test(
        "A maintenance has its window, and a calendar file until it is complete",
        arguments: [
            (Maintenance.Status.scheduled, "Scheduled", true), (.inProgress, "In progress", true),
            (.complete, "Completed", false),
        ])
    func maintenance(_ status: Maintenance.Status, _ word: String, _ hasCalendar: Bool) {
        let maintenance = Maintenance.planned(8, components: [11], [(moment(), status, "m")])
        let html = SitePage.sample(Self.page).eventPage(.maintenance(maintenance)).text
        #expect(html.contains("data-maintenance=\"\(maintenance.id)\" data-status=\"\(status.rawValue)\""))
        #expect(html.contains("<span class=\"s\">\(word)</span>"))
        #expect(html.contains("22:48 UTC</time> to <time datetime=\"2026-11-20T23:48:34.123Z\">"))
        #expect(html.contains("href=\"/acme/maintenances/\(maintenance.id).ics\"") == hasCalendar)
    }

    @Test("The history has the months with their newest messages, and links to newer and older months")
    func history() throws {
        let page = SitePage.sample(Self.page)
        let months = CalendarMonth.page(2, at: moment())
        #expect(months.map(\.id) == ["2026-08", "2026-07", "2026-06"])
        let history = months.map { HistoryMonth(month: $0, events: $0.month == 7 ? [.incident(Self.resolved)] : []) }
        let html = page.historyPage(2, months: history, hasOlder: true).text
        #expect(html.values(of: "data-month") == months.map(\.id))
        #expect(html.contains("<h2>August 2026</h2>\n<p class=\"note\">No incidents or maintenance.</p>"))
        #expect(html.values(of: "data-update").count == 1)
        #expect(html.contains("It is over."))
        #expect(html.contains("<a rel=\"prev\" href=\"/acme/history\">"))
        #expect(html.contains("<a rel=\"next\" href=\"/acme/history?page=3\">"))
        #expect(html.contains("<link rel=\"canonical\" href=\"https://status.example/acme/history?page=2\">"))
        let only = page.historyPage(1, months: history, hasOlder: false).text
        #expect(!only.contains("rel=\"prev\"") && !only.contains("rel=\"next\""))
    }
}
