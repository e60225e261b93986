import GRDB
import StatusPages
import Testing

@testable import Storage

@Suite("Stored settings of sites")
struct SiteStoreTests {
    private let test: TestStore

    init() throws { test = try TestStore() }

    private static var everything: SiteSettings {
        var site = SiteSettings()
        site.isEnabled = false
        site.isIndexed = false
        site.theme = .dark
        site.accent = .init(light: Colour("#0a62c9"), dark: Colour("#6cb0ff"))
        site.logo = .init(
            light: Picture(Array("<svg > light".utf8)), dark: Picture(Array("<svg > dark".utf8)))
        site.home = LinkTarget("https://acme.example")
        site.support = LinkTarget("mailto:help@acme.example")
        site.privacy = LinkTarget("https://acme.example/privacy")
        site.terms = LinkTarget("https://acme.example/terms")
        site.embedOrigins = ["https://acme.example", "https://*.acme.example"].compactMap(Origin.init)
        site.languages = [.ptBR, .en, .ja]
        return site
    }

    private func declare(_ site: SiteSettings) throws -> SiteSettings? {
        try test.declare(PageDeclaration(slug: "main", name: "Main", site: site)).first?.site
    }

    @Test("Settings are read as they were declared, and later declarations replace them")
    func roundTrip() throws {
        #expect(try declare(SiteSettings()) == SiteSettings())
        #expect(try declare(Self.everything) == Self.everything)
        var other = Self.everything
        other.logo = .init(light: Picture(Array("<svg >".utf8)))
        other.terms = nil
        other.embedOrigins = []
        #expect(try declare(other) == other)
        #expect(try declare(SiteSettings()) == SiteSettings())
        #expect(try test.count("page_logos") == 0)
    }

    @Test("The time zone and the favicon are read as they were declared, and later declarations replace them")
    func zoneAndFavicon() throws {
        func declare(_ zone: String, _ favicon: String?) throws -> StatusPage {
            let picture = favicon.flatMap { Picture(Array($0.utf8)) }
            let page = PageDeclaration(slug: "main", name: "Main", timeZone: zone, favicon: picture)
            return try #require(try test.declare(page).first)
        }
        for (zone, favicon) in [("UTC", "<svg > 1"), ("Asia/Tokyo", "<svg > 2"), ("Europe/Berlin", nil)] {
            let page = try declare(zone, favicon)
            #expect(page.timeZone == zone)
            #expect(page.favicon?.bytes == favicon.map { Array($0.utf8) })
        }
        #expect(try test.count("page_favicons") == 0)
    }

    @Test(
        "Values that this program cannot have stored are errors",
        arguments: [
            "accent_light = 'crimson'", "home_url = 'javascript:alert(1)'", "embed_origins = 'https://a.example;x'",
            "languages = 'en xx'",
        ])
    func inconsistent(change: String) throws {
        _ = try declare(Self.everything)
        try test.store.pool.write { try $0.execute(sql: "UPDATE pages SET \(change)") }
        #expect(throws: StorageError.self) { try test.store.read { try $0.pages() } }
    }

    @Test("A stored logo must be a picture")
    func brokenLogo() throws {
        _ = try declare(Self.everything)
        try test.store.pool.write { try $0.execute(sql: "UPDATE page_logos SET bytes = x'00' WHERE scheme = 'dark'") }
        #expect(throws: StorageError.self) { try test.store.read { try $0.pages() } }
    }

    @Test(
        "Inconsistent rows are rejected by constraints",
        arguments: [
            "UPDATE pages SET site_index = 2", "UPDATE pages SET theme = 'blue'",
            "UPDATE pages SET accent_dark = '#000'",
            "UPDATE pages SET support_url = ''", "UPDATE pages SET languages = ''",
            "UPDATE page_logos SET scheme = 'sepia'", "UPDATE page_logos SET bytes = 'text'",
            "UPDATE page_logos SET page_id = '00000000000000000000000001'", "UPDATE page_logos SET scheme = 'light'",
        ])
    func constraints(sql: String) throws {
        _ = try declare(Self.everything)
        let error = try #require(throws: DatabaseError.self) { try test.store.pool.write { try $0.execute(sql: sql) } }
        #expect(error.resultCode == .SQLITE_CONSTRAINT)
    }
}
