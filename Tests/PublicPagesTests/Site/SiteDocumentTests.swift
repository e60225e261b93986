import Markup
import StatusPages
import Testing

@testable import PublicPages

@Suite("The parts that all pages share")
struct SiteDocumentTests {
    private static let page = StatusPage.sample([.component(11)])

    @Test("No text from a publisher becomes markup")
    func escaping() {
        let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"
        let component = Component(id: makeID(11), name: hostile, description: hostile)
        let group = Structure.Group(
            id: makeID(1), name: hostile, description: hostile, components: [.init(component)])
        let part = Structure.SubPage(id: makeID(2), key: "eu", name: hostile, items: [.component(12)])
        let page = StatusPage(
            id: makeID(3), slug: "acme", name: hostile, description: hostile,
            structure: Structure(items: [.group(group), .subPage(part)]))
        let incident = Incident.reported(
            7, name: hostile,
            [(moment(), .identified, hostile, [(11, .fullOutage)]), (moment(), .identified, hostile, [])])
        let maintenance = Maintenance.planned(8, name: hostile, components: [11], [(moment(), .scheduled, hostile)])
        let bar = UptimeBar.sample([0: UptimeDay(day: 0, status: .fullOutage, events: [hostile])])
        let site = SitePage.sample(
            page, incidents: [incident], maintenances: [maintenance])
        let month = HistoryMonth(
            month: CalendarMonth(of: moment()), events: [.incident(incident), .maintenance(maintenance)])
        let pages: [HTML] = [
            site.frontPage(bars: [makeULID(11): bar, makeULID(1): bar], past: [.incident(incident)]),
            site.historyPage(1, months: [month], hasOlder: false), site.eventPage(.incident(incident)),
            site.eventPage(.maintenance(maintenance)), site.subscribePage(), site.notFoundPage(),
            SitePage.sample(page, subPage: "eu").frontPage(bars: [:], past: []),
        ]
        for html in pages.map(\.text) {
            #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
            #expect(html.count(of: "<script") == html.count(of: "<script defer src=\"\(Asset.script.path)\""))
            #expect(!html.contains("<img src=x"))
            #expect(!html.contains("\"'>"))
        }
    }

    @Test("Each page has one of each landmark, one heading of the first level, and its data attributes")
    func landmarks() {
        let site = SitePage.sample(Self.page)
        let event = PageEvent.incident(.reported(7, at: moment()))
        for html in [
            site.frontPage(bars: [:], past: [event]), site.historyPage(1, months: [], hasOlder: true),
            site.eventPage(event), site.subscribePage(), site.notFoundPage(),
        ].map(\.text) {
            for element in ["<header>", "<nav aria-label=\"Pages\">", "<main id=\"main\"", "<footer>", "<h1"] {
                #expect(html.count(of: element) == 1, "\(element)")
            }
            #expect(html.contains("<body>\n<a class=\"skip\" href=\"#main\">"))
            #expect(html.contains("<html lang=\"en\" data-page=\"\(Self.page.id)\" data-version=\"v1\">"))
            #expect(!html.contains(" style="))
            #expect(html.count(of: "<style") == 0)
        }
    }

    @Test("Only pages that change have the script", arguments: [(true, 1), (false, 0)])
    func script(_ isLive: Bool, _ count: Int) {
        let site = SitePage.sample(Self.page)
        let pages = isLive ? [site.frontPage(bars: [:], past: [])] : [site.subscribePage(), site.notFoundPage()]
        for html in pages { #expect(html.text.count(of: "<script defer") == count) }
    }

    @Test("Without a stream there is neither its address nor a version")
    func withoutStream() {
        let html = SitePage.sample(Self.page, version: nil).front()
        #expect(!html.contains("data-version") && !html.contains("data-stream"))
    }

    @Test(
        "Links begin with the base, and keep a language that was chosen",
        arguments: [
            ("/acme", false, "/acme", "/acme/history"), ("", false, "/", "/history"),
            ("/acme", true, "/acme?lang=en", "/acme/history?lang=en"), ("", true, "/?lang=en", "/history?lang=en"),
        ])
    func links(_ base: String, _ isChosen: Bool, _ front: String, _ history: String) {
        let html = SitePage.sample(Self.page, isLanguageChosen: isChosen, base: base).front()
        #expect(html.contains("<a href=\"\(front)\" aria-current=\"page\">Status</a>"))
        #expect(html.contains("<a href=\"\(history)\">History</a>"))
        #expect(html.contains("href=\"\(base)/feed.rss\""))
    }

    @Test("The links to other languages lead to the same page")
    func languages() {
        let site = SitePage.sample(Self.page, languages: [.english, .german])
        let html = site.historyPage(2, months: [], hasOlder: false).text
        #expect(html.contains("<link rel=\"alternate\" hreflang=\"de\" href=\"/acme/history?page=2&amp;lang=de\">"))
        #expect(html.contains("lang=\"en\" aria-current=\"true\">English</a>"))
        #expect(!SitePage.sample(Self.page, languages: [.english]).front().contains("hreflang"))
    }

    @Test("Each setting appears in its place")
    func settings() throws {
        let pictures = try ["<svg/>", "<svg />"].map { try #require(Picture(Array($0.utf8))) }
        var page = Self.page
        page.site.isIndexed = false
        page.site.theme = .dark
        page.site.support = LinkTarget("mailto:help@example.com")
        page.site.home = LinkTarget("https://example.com")
        page.site.logo = .init(light: pictures[0], dark: pictures[1])
        let html = SitePage.sample(page).front()
        let logo = try #require(SiteAssets(page.site).logo.dark).path
        #expect(html.contains("<meta name=\"robots\" content=\"noindex\">"))
        #expect(html.contains("data-theme=\"dark\""))
        #expect(html.contains("<meta name=\"theme-color\" content=\"#0f141a\">"))
        #expect(html.contains("<a href=\"https://example.com\"><img src=\"\(logo)\" alt=\"Page acme\"></a>"))
        #expect(html.contains("<a href=\"mailto:help@example.com\">Support</a>"))
        #expect(!SitePage.sample(Self.page).front().contains("noindex"))
    }

    @Test(
        "Without a logo, the header names the owner's website",
        arguments: [
            ("https://example.com/products", "example.com"), ("http://example.com:8080", "example.com:8080"),
            ("mailto:help@example.com?subject=x", "help@example.com"),
        ])
    func home(_ address: String, _ name: String) {
        var page = Self.page
        page.site.home = LinkTarget(address)
        let html = SitePage.sample(page).front()
        #expect(html.part(from: "<header>\n", to: "\n") == "<a class=\"home\" href=\"\(address)\">\(name)</a>")
        #expect(!SitePage.sample(Self.page).front().contains("class=\"home\""))
    }

    @Test("The subscribe page has addresses for calendars and Slack")
    func subscribe() {
        let html = SitePage.sample(Self.page).subscribePage().text
        #expect(html.contains("href=\"webcal://status.example/acme/maintenances.ics\""))
        #expect(html.contains("?cid=webcal%3A%2F%2Fstatus.example%2Facme%2Fmaintenances.ics\""))
        #expect(html.contains("<code>/feed subscribe https://status.example/acme/feed.rss</code>"))
    }

    @Test("A 404 page is not indexed, and has no address")
    func notFound() {
        let html = SitePage.sample(Self.page).notFoundPage().text
        #expect(html.contains("content=\"noindex\"") && !html.contains("rel=\"canonical\""))
        #expect(html.contains("<h1>Page not found</h1>"))
    }

    private func makeULID(_ number: UInt64) -> ULID { (makeID(number) as ID<Component>).ulid }
}
