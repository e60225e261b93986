import StatusPages
import Testing

@testable import allclear

@Suite("Pages as configuration")
struct PageExportTests {
    private static let everything: PageDeclaration = {
        var page = PageDeclaration(
            slug: "main", adopts: true, name: "Ma\"in", description: "All\nof it.", kind: .customer,
            domain: "status.example.com", domainScheme: .http, isWidgetEnabled: true,
            cachePolicy: CachePolicy(maxAge: 1, staleWhileRevalidate: 2, staleIfError: 3),
            displayUptimeMode: .chartOnly, timeZone: "Europe/Berlin",
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
                            .group(PageDeclaration.Group(key: "h", name: "Inner")),
                            .component(PageDeclaration.Component(key: "c", name: "C")),
                        ])),
                .component(PageDeclaration.Component(key: "d", name: "D/é\u{1}")),
            ])
        page.site.isEnabled = false
        page.site.isIndexed = false
        page.site.theme = .dark
        page.site.accent.light = Colour("#0a62c9")
        page.site.accent.dark = Colour("#9ecbff")
        page.site.home = LinkTarget("https://example.com/")
        page.site.support = LinkTarget("mailto:help@example.com")
        page.site.privacy = LinkTarget("https://example.com/privacy")
        page.site.terms = LinkTarget("https://example.com/terms")
        page.site.embedOrigins = [Origin("https://app.example.com")].compactMap(\.self)
        page.site.languages = [.de, .en]
        page.subscribe = SubscribeSettings(
            hasForm: true, from: Mailbox("Acme <a@example.com>"), replyTo: Mailbox("b@example.com"))
        return page
    }()

    @Test(
        "An exported page is read back unchanged",
        arguments: [
            everything, PageDeclaration(slug: "main", name: "Main"),
            PageDeclaration(slug: "main", name: "Main", kind: .customer),
            PageDeclaration(slug: "main", name: "Main", isWidgetEnabled: false),
        ])
    func roundTrip(page: PageDeclaration) throws {
        let text = "{\"pages\": [\(try PageExport(page).text())]}"
        let reader = ConfigurationReader(try ConfigurationText(file: "config.json", Array(text.utf8)))
        #expect(reader.read().pages == [page])
        #expect(reader.problems.map(\.message) == [])
    }

    @Test("Keys with their default values are left out")
    func defaults() throws {
        let text = try PageExport(PageDeclaration(slug: "main", name: "Main")).text()
        #expect(text == "{\n  \"slug\": \"main\",\n  \"name\": \"Main\",\n  \"structure\": []\n}")
    }
}
