import Accounts
import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Testing

@testable import Dashboard

@Suite("Settings of pages")
struct SettingsTests {
    private static let path = "/dashboard/pages/made/settings"

    @Test("Settings are saved, and the audit log has them")
    func general() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let form = try browser.get(Self.path)
        #expect(form.heading == "Settings")
        let saved = try browser.submit(
            form, to: Self.path,
            [
                "name": "New <i>name</i>", "description": "Text", "kind": "customer",
                "display_uptime_mode": "chart_only", "time_zone": "Europe/Berlin",
            ])
        #expect(saved.location == "\(Self.path)?done=saved")
        let page = try test.page("made")
        #expect(page.name == "New <i>name</i>")
        #expect(page.description == "Text")
        #expect(page.kind == .customer)
        #expect(page.displayUptimeMode == .chartOnly)
        #expect(page.timeZone == "Europe/Berlin")
        #expect(page.site.isIndexed)
        #expect(try test.audited(.page).last == "changed New <i>name</i>")
        let shown = try browser.get(Self.path)
        #expect(shown.notice == nil)
        #expect(!shown.html.contains("<i>name"))
    }

    @Test(
        "Problems are shown at their fields, and the input stays",
        arguments: [
            ("", ["name": " "], "The name must not be empty."),
            ("", ["time_zone": "Mars"], "The time zone must be a name such as \"Europe/Berlin\"."),
            ("/domain", ["domain": "https://x.example"], "The domain \(PageDomain.rule)."),
            ("/widget", ["max_age": "-1"], "The seconds must be a whole number from 0 to 31536000."),
            ("/branding", ["accent_light": "red"], "The accent must be a colour such as \"#0a62c9\"."),
            ("/branding", ["home": "javascript:alert(1)"], "The value \(LinkTarget.rule)."),
        ])
    func faults(part: String, input: [String: String], fault: String) throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let before = try test.page("made")
        let form = try #require(try browser.get(Self.path + part).form(Self.path + part))
        let page = try browser.send(.post, Self.path + part, form: form.filter { input[$0.0] == nil } + Array(input))
        #expect(page.status == 422)
        #expect(page.faults == [fault])
        let sent = try #require(page.form(Self.path + part))
        for (name, value) in input { #expect(sent.contains { $0 == (name, value) }) }
        #expect(try test.page("made") == before)
    }

    @Test("The widget's switch decides whether its address answers")
    func widget() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let path = "\(Self.path)/widget"
        let form = try browser.get(path)
        #expect(form.heading == "Widget API")
        #expect(form.html.contains("value=\"https://status.test/made/api/v1/summary\""))
        #expect(try test.publicPage("/made/api/v1/summary").contains("\"page_title\":\"Made\""))
        let own = try #require(form.form(path)).filter { $0.0 != "enabled" }
        #expect(try browser.send(.post, path, form: own).location == "\(path)?done=saved")
        #expect(try test.publicStatus("/made/api/v1/summary") == 404)
        // The preview shows it nevertheless.
        let preview = try browser.get("\(path)/preview")
        #expect(preview.html.contains("\"page_title\": \"Made\""))
        _ = try browser.submit(try browser.get(path), to: path, ["enabled": "on", "max_age": "60"])
        #expect(try test.publicStatus("/made/api/v1/summary") == 200)
        #expect(try test.page("made").cachePolicy.maxAge == 60)
    }

    @Test("The banner's snippet names the widget in an attribute, and internal pages have none")
    func snippet() throws {
        let text = BannerSnippet.text(widget: "https://x/\"><script>", hasLinks: true, seconds: 10)
        #expect(text.contains("data-widget=\"https://x/&quot;&gt;&lt;script&gt;\""))
        #expect(text.contains("createElement('a')"))
        let test = try TestDashboard(pages: [PageDeclaration(slug: "in", name: "In", kind: .internal)])
        let page = try test.browser(.viewer).get("/dashboard/pages/in/settings/widget")
        #expect(page.html.contains("Internal pages have no widget"))
        #expect(!page.html.contains("Widget URL"))
    }

    @Test("The domain's record, requests, certificate and proxies are shown")
    func domain() throws {
        let test = try TestDashboard()
        let time = test.ids.now()
        test.dashboard.use(
            Surroundings(
                address: "127.0.0.1:9000", certificate: { _ in .configured(isOwn: false, end: time) },
                lastRequest: { $0 == "status.made.example" ? time : nil }))
        let browser = try test.browser(.editor)
        let path = "\(Self.path)/domain"
        let form = try browser.get(path)
        #expect(!form.html.contains("DNS record"))
        #expect(try browser.submit(form, to: path, ["domain": "Status.Made.Example"]).status == 303)
        let page = try browser.get(path)
        #expect(page.html.contains("status.made.example. 3600 IN CNAME status.test."))
        #expect(page.html.contains("Last request: <time"))
        #expect(page.html.contains("The server’s standard certificate, valid until <time"))
        #expect(page.html.contains("reverse_proxy 127.0.0.1:9000"))
    }

    @Test(
        "A declared page shows where it is declared, and rejects every change",
        arguments: ["", "/domain", "/branding", "/widget"])
    func declared(part: String) throws {
        let test = try TestDashboard()
        test.dashboard.use(Surroundings(pointer: { $0 == "acme" ? "/pages/0" : nil }))
        let browser = try test.browser(.owner)
        let path = "/dashboard/pages/acme/settings\(part)"
        let page = try browser.get(path)
        #expect(page.html.contains("Declared in the configuration"))
        #expect(page.html.contains("<code>/pages/0</code>"))
        #expect(page.html.contains("<fieldset class=\"bare\" disabled>"))
        #expect(!page.texts(of: "button").contains { $0.hasPrefix("Save") })
        let before = try test.page("acme")
        #expect(try browser.post(path, ["name": "Other", "domain": "x.example", "theme": "dark"]).status == 409)
        #expect(try test.page("acme") == before)
    }

    @Test(
        "Viewers and publishers can read settings, but not change them", arguments: ["viewer", "publisher"],
        ["", "/domain", "/branding", "/widget"])
    func roles(role: String, part: String) throws {
        let test = try TestDashboard()
        let browser = try test.browser(#require(.init(rawValue: role)))
        let page = try browser.get(Self.path + part)
        #expect(page.status == 200)
        #expect(!page.texts(of: "button").contains { $0.hasPrefix("Save") })
        #expect(!page.html.contains("Archive page"))
        #expect(try browser.post(Self.path + part, ["name": "Other"]).status == 403)
        #expect(try browser.get("\(Self.path)/archive").status == 403)
    }

    @Test("The page is exported as text and as a file")
    func export() throws {
        let test = try TestDashboard()
        test.dashboard.use(Surroundings(export: { "{\"slug\": \"\($0.slug)\", \"adopt\": \($0.adopts)}" }))
        let browser = try test.browser(.viewer)
        #expect(try browser.get("\(Self.path)/export").html.contains("&quot;adopt&quot;: true"))
        let file = try browser.get("\(Self.path)/export?download")
        #expect(file.html == "{\"slug\": \"made\", \"adopt\": true}\n")
        #expect(file.fields[.contentDisposition] == "attachment; filename=\"made.json\"")
    }
}
