import GRDB
import HTTPTypes
import Publishing
import StatusPages
import Testing

@testable import Storage
@testable import allclear

/// The settings of a page that the configuration does not declare, and pages that left the configuration.
@Suite struct PageSettingsTests {
    private struct Made {
        let server: TestServer
        let user: TestServer.User
        let page: ID<StatusPage>

        init() throws {
            server = try TestServer()
            user = try server.makeUser("Ada")
            page = try #require(ID(try server.makePage("made")))
        }

        @discardableResult
        func change(_ change: (inout PageSettingsDraft) -> Void) throws -> StatusPage {
            var draft = PageSettingsDraft()
            change(&draft)
            return try server.write(as: user) { try $0.changePage(page, with: draft, in: $1) }
        }
    }

    /// The header of a PNG with 16 by 16 pixels.
    private static let png: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)
        + [0, 0, 0, 16, 0, 0, 0, 16, 8, 6, 0, 0, 0]

    @Test("Every setting is changed, shown at once, and recorded")
    func change() throws {
        let made = try Made()
        defer { made.server.remove() }
        let page = try made.change { draft in
            draft.name = "Ours"
            draft.slug = "ours"
            draft.description = "How we are doing."
            draft.displayUptimeMode = .nothing
            draft.timeZone = "Europe/Berlin"
            draft.domain = "Status.Ours.example."
            draft.domainScheme = .http
            draft.isWidgetEnabled = false
            draft.cachePolicy = CachePolicy(maxAge: 1, staleWhileRevalidate: 2, staleIfError: 3)
            draft.isIndexed = false
            draft.theme = .dark
            draft.accent = .init(light: "#0a62c9", dark: "#6cb0ff")
            draft.logo = .init(light: .replace(Self.png))
            draft.favicon = .replace(Self.png)
            draft.home = "https://ours.example"
            draft.embedOrigins = ["https://ours.example"]
            draft.languages = ["de", "en"]
            draft.subscriptionForm = .off
            draft.from = "Ours <status@ours.example>"
        }
        #expect(page.name == "Ours" && page.slug == "ours" && page.domain == "status.ours.example")
        #expect(page.timeZone == "Europe/Berlin" && page.displayUptimeMode == .nothing)
        #expect(page.site.languages == [.de, .en] && page.site.theme == .dark && !page.site.isIndexed)
        #expect(page.subscribe.hasForm == false && page.subscribe.from?.name == "Ours")
        #expect(page.cachePolicy == CachePolicy(maxAge: 1, staleWhileRevalidate: 2, staleIfError: 3))
        let html = try made.server.call(.get, "/", token: nil, host: "status.ours.example").text
        let icon = try #require(html.firstMatch(of: /rel="icon" type="image\/png" href="([^"]*)"/)).1
        let picture = try made.server.call(.get, String(icon), token: nil, host: "status.ours.example")
        #expect(picture.body == Self.png)
        let event = try #require(try made.server.auditEvents(of: made.user).first)
        #expect(event.changes.fields["time_zone"] == .values(before: .text("UTC"), after: .text("Europe/Berlin")))
        #expect(event.changes.fields["favicon"] == .hidden && event.changes.fields["logo_light"] == .hidden)
        // A setting that is left out stays; a blank one is removed.
        let plain = try made.change { draft in
            draft.description = " "
            draft.domain = ""
            draft.accent = .init(dark: "")
            draft.favicon = .remove
            draft.subscriptionForm = .usual
        }
        #expect(plain.description == nil && plain.domain == nil && plain.favicon == nil)
        #expect(plain.site.accent.dark == nil && plain.site.accent.light != nil && plain.site.logo.light != nil)
        #expect(plain.subscribe.hasForm == nil && plain.subscribe.from != nil)
    }

    @Test("All problems are reported at once, and nothing changes")
    func faults() throws {
        let made = try Made()
        defer { made.server.remove() }
        do {
            try made.change { draft in
                draft.name = ""
                draft.slug = "acme"
                draft.kind = .internal
                draft.subscriptionForm = .on
                draft.timeZone = "Mars/Base"
                draft.domain = "status.acme.example"
                draft.cachePolicy = CachePolicy(maxAge: -1)
                draft.accent = .init(light: "#ffffff", dark: "blue")
                draft.logo = .init(dark: .replace(Array("<svg >".utf8)))
                draft.favicon = .replace(Self.png + [UInt8](repeating: 0, count: Picture.largest))
                draft.home = "javascript:alert(1)"
                draft.embedOrigins = ["ours.example"]
                draft.languages = []
                draft.from = "nobody"
            }
            Issue.record("the settings were accepted")
        } catch let error as Faults {
            let names = error.all.map { fault in
                if case .name(let name)? = fault.path.last { name } else { "" }
            }
            #expect(
                names == [
                    "name", "slug", "time_zone", "domain", "max_age", "accent_light", "accent_dark", "home",
                    "embed_origins", "languages", "logo_dark", "favicon", "form", "from",
                ])
        }
        #expect(made.server.application.site.pages.contains { $0.slug == "made" && $0.name == "Made" })
        for slug in ["api", "History", "v2"] {
            #expect(throws: Faults.self) { try made.change { $0.slug = slug } }
        }
    }

    @Test("A declared page is changed only in the configuration")
    func declared() throws {
        let made = try Made()
        defer { made.server.remove() }
        let acme = try #require(made.server.application.site.pages.first { $0.slug == "acme" })
        #expect(throws: PageRefusal.managedByConfiguration) {
            try made.server.write(as: made.user) { publishing, transaction in
                try publishing.changePage(acme.id, with: PageSettingsDraft(), in: transaction)
            }
        }
    }

    @Test("A page that left the file can be taken over, exported and adopted again, and loses nothing")
    func takeOver() throws {
        let made = try Made()
        defer { made.server.remove() }
        let application = made.server.application
        let before = try #require(application.site.pages.first { $0.slug == "acme" })
        let declaration = try application.store.read { try $0.declaration(of: before) }
        func takeOver() throws -> StatusPage {
            try made.server.write(as: made.user) { try $0.takeOver(before.id, in: $1) }
        }
        #expect(throws: TakeOverRefusal.notArchived) { _ = try takeOver() }
        #expect(made.server.reload { $0.pages = $0.pages?.filter { $0.slug != "acme" } })
        let archived = try application.store.read { try $0.archivedPages() }
        #expect(archived.map(\.slug) == ["acme"] && archived.map(\.origin) == [.configuration])
        try made.change { $0.domain = "status.acme.example" }
        #expect(throws: TakeOverRefusal.domainTaken("status.acme.example", by: "Made")) { _ = try takeOver() }
        try made.change { $0.domain = "" }

        let taken = try takeOver()
        #expect(taken.management == Management(.dashboard))
        #expect(taken.structure == before.structure && taken.site == before.site && taken.domain == before.domain)
        #expect(try made.server.call(.get, "/", token: nil, host: "status.acme.example").status == 200)
        #expect(try application.store.read { try $0.archivedPages() } == [])
        let restored = try made.server.auditEvents(of: made.user).filter { $0.action == .restored }
        #expect(restored.contains { $0.subject.kind == .page && $0.subject.id == before.id.description })
        // A reload does not archive it again.
        #expect(made.server.reload { _ in })
        #expect(application.site.pages.contains { $0.id == before.id })

        let export = try application.store.read { try $0.declaration(of: taken) }
        #expect(export.adopts)
        #expect(made.server.reload { $0.pages = ($0.pages ?? []) + [export] })
        var adopted = try #require(application.site.pages.first { $0.slug == "acme" })
        #expect(try application.store.read { try $0.declaration(of: adopted) } == declaration)
        adopted.revision = before.revision
        #expect(adopted == before)
    }

    @Test("A page that the configuration never declared cannot be taken over")
    func madeHere() throws {
        let made = try Made()
        defer { made.server.remove() }
        try made.server.write(as: made.user) { try $0.archivePage(made.page, withOngoingEvents: false, in: $1) }
        #expect(throws: TakeOverRefusal.madeHere) {
            try made.server.write(as: made.user) { try $0.takeOver(made.page, in: $1) }
        }
    }
}
