import Accounts
import HTTPServer
import Publishing
import StatusPages
import Storage
import Testing

@testable import Dashboard

@Suite("Screens of API keys")
struct APIKeyScreenTests {
    private static let list = "/dashboard/api-keys"
    private static let new = "\(list)/new"

    /// Creates a key, and returns the answer.
    private func create(_ browser: Browser, _ values: KeyValuePairs<String, String>) throws -> TestPage {
        try browser.submit(try browser.get(Self.new), to: Self.new, values)
    }

    private func token(in page: TestPage) throws -> AccessToken {
        let text = try #require(page.first(#"<input id="token" value="([^"]*)""#), "\(page)")
        return try #require(AccessToken(text))
    }

    private func only(_ test: TestDashboard) throws -> APIKey {
        let keys = try test.store.read { try $0.apiKeys() }
        #expect(keys.count == 1)
        return try #require(keys.first)
    }

    @Test("A new key's token is shown once, and works")
    func creation() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.owner)
        let shown = try create(
            browser,
            ["name": "Terraform", "roles": "manage_settings", "roles": "api_keys_manage", "comments": "a\r\nb"])
        #expect(shown.status == 200)
        #expect(shown.heading == "Terraform")
        let token = try token(in: shown)
        let key = try #require(try test.store.apiKey(tokenHash: token.hash, at: test.ids.now()))
        #expect(key.name == "Terraform")
        #expect(key.roles == [.statusPageViewer, .manageSettings, .apiKeysManage])
        #expect(key.comments == "a\nb")
        #expect(try test.audited(.apiKey) == ["created Terraform"])
        let list = try browser.get(Self.list)
        #expect(list.heading == "API keys")
        #expect(list.texts(of: "td")[0] == "Terraform")
        #expect(list.texts(of: "td")[1] == "Change components Manage API keys".replacing(" M", with: "M"))
        #expect(list.texts(of: "td")[2].hasSuffix("by Owner"))
        #expect(list.texts(of: "td")[3] == "Never")
        for page in [list, try browser.get("\(Self.list)/\(key.id)")] { #expect(!page.html.contains(token.text)) }
    }

    @Test("A form that is sent twice makes one key")
    func sentTwice() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.owner)
        let form = try browser.get(Self.new)
        #expect(try browser.submit(form, to: Self.new, ["name": "CI"]).status == 200)
        let again = try browser.submit(form, to: Self.new, ["name": "CI"])
        #expect(again.status == 303)
        #expect(again.location == "\(Self.list)/\(try only(test).id)")
    }

    @Test(
        "Problems are shown with the form and its values",
        arguments: [
            ("", "a", "The name must not be empty."),
            (String(repeating: "n", count: 201), "a", "The name must have at most 200 characters; got 201."),
            (
                "CI", String(repeating: "c", count: 4_097),
                "The comments must have at most 4096 characters; got 4097."
            ),
        ])
    func faults(name: String, comments: String, fault: String) throws {
        let test = try TestDashboard()
        let page = try create(
            try test.browser(.owner), ["name": name, "roles": "manage_settings", "comments": comments])
        #expect(page.status == 422)
        #expect(page.faults == [fault])
        let form = try #require(page.form(Self.new))
        #expect(form.contains { $0 == ("name", name) })
        #expect(form.contains { $0 == ("comments", comments) })
        #expect(form.contains { $0 == ("roles", "manage_settings") })
        #expect(try test.store.read { try $0.apiKeyCount() } == 0)
    }

    @Test("A key's name, scopes and comments can be changed")
    func change() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.owner)
        _ = try create(browser, ["name": "CI", "roles": "manage_settings", "comments": "old"])
        let path = "\(Self.list)/\(try only(test).id)"
        let saved = try browser.post(path, ["name": "Deploys", "roles": "subscribers_manage", "comments": ""])
        #expect(saved.location == "\(path)?done=saved")
        let key = try only(test)
        #expect(key.name == "Deploys")
        #expect(key.roles == [.statusPageViewer, .subscribersManage])
        #expect(key.comments == nil)
        let refused = try browser.post(path, ["name": " "])
        #expect(refused.status == 422)
        #expect(refused.faults == ["The name must not be empty."])
        #expect(try test.audited(.apiKey) == ["created CI", "changed Deploys"])
    }

    @Test("A rotated key gets one new token, and the old one works until the grace period is over")
    func rotation() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.owner)
        let old = try token(in: try create(browser, ["name": "CI"]))
        let path = "\(Self.list)/\(try only(test).id)"
        let form = try browser.get(path)
        let new = try token(
            in: try browser.submit(form, to: "\(path)/rotate", ["grace_period_minutes": "10"]))
        let again = try browser.submit(form, to: "\(path)/rotate", ["grace_period_minutes": "10"])
        #expect(again.location == path)
        func works(_ token: AccessToken) throws -> Bool {
            try test.store.apiKey(tokenHash: token.hash, at: test.ids.now()) != nil
        }
        #expect(try works(old))
        #expect(try works(new))
        test.ids.advance(by: 10 * 60)
        #expect(try !works(old))
        #expect(try works(new))
        #expect(try test.audited(.apiKey) == ["created CI", "rotated CI"])
    }

    @Test("A grace period is from 0 to 60 minutes", arguments: ["-1", "61", "soon", ""])
    func grace(minutes: String) throws {
        let test = try TestDashboard()
        let browser = try test.browser(.owner)
        _ = try create(browser, ["name": "CI"])
        let page = try browser.post("\(Self.list)/\(try only(test).id)/rotate", ["grace_period_minutes": minutes])
        #expect(page.status == 422)
        #expect(page.faults == ["The grace period must be from 0 to 60 minutes."])
        #expect(page.value(of: "grace_period_minutes") == minutes)
    }

    @Test("A deleted key no longer works, and has no screen")
    func deletion() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.owner)
        let token = try token(in: try create(browser, ["name": "CI"]))
        let path = "\(Self.list)/\(try only(test).id)"
        #expect(try browser.submit(browser.get(path), to: "\(path)/delete").location == "\(Self.list)?done=revoked")
        #expect(try test.store.apiKey(tokenHash: token.hash, at: test.ids.now()) == nil)
        #expect(try browser.get(path).status == 404)
        #expect(try browser.post("\(path)/delete").status == 404)
        #expect(try test.audited(.apiKey) == ["created CI", "revoked CI"])
    }

    @Test("Without a fresh proof, a form first asks for one, and then takes effect")
    func confirmation() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.owner)
        test.ids.advance(by: 16 * 60)
        let asked = try create(browser, ["name": "CI"])
        #expect(asked.heading == "Confirm it is you")
        #expect(try test.store.read { try $0.apiKeyCount() } == 0)
        let shown = try browser.submit(asked, to: "/dashboard/confirm", ["password": TestDashboard.password])
        #expect(shown.heading == "CI")
        _ = try token(in: shown)
        #expect(try only(test).name == "CI")
    }
}
