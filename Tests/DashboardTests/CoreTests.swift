import Accounts
import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Dashboard

/// Rules for all screens.
@Suite("Dashboard core")
struct CoreTests {
    @Test(
        "Without a session, a screen redirects to the log-in, which leads back",
        arguments: [
            ("/dashboard", "/dashboard/login"),
            ("/dashboard/pages/acme", "/dashboard/login?next=%2Fdashboard%2Fpages%2Facme"),
            ("/dashboard/pages/acme?a=1", "/dashboard/login?next=%2Fdashboard%2Fpages%2Facme%3Fa%3D1"),
        ])
    func withoutSession(path: String, login: String) throws {
        let page = try TestDashboard().visitor().get(path)
        #expect(page.status == 303)
        #expect(page.location == login)
    }

    @Test("With a session, the first screen has its heading and a button to log out")
    func withSession() throws {
        let browser = try TestDashboard().browser(.viewer)
        let page = try browser.get("/dashboard")
        #expect(page.status == 200)
        #expect(page.heading == "Status pages")
        let out = try browser.submit(page, to: "/dashboard/logout")
        #expect(out.location == "/dashboard/login?done=logged_out")
        #expect(try browser.get("/dashboard").status == 303)
    }

    @Test("Sessions end 14 days after the last use, and 30 days after the start", arguments: [13, 15])
    func expiry(days: Int64) throws {
        let test = try TestDashboard()
        let browser = try test.browser(.viewer)
        test.ids.advance(by: days * 86_400)
        #expect(try browser.get("/dashboard").status == (days < 14 ? 200 : 303))
        test.ids.advance(by: 10 * 86_400)
        _ = try browser.get("/dashboard")
        test.ids.advance(by: 10 * 86_400)
        #expect(try browser.get("/dashboard").status == 303)
    }

    @Test(
        "A form is accepted only if the browser says that it comes from the dashboard's own origin",
        arguments: [
            ("same-origin", nil, 303), ("cross-site", nil, 403), ("same-site", nil, 403), ("none", nil, 403),
            (nil, "https://status.test", 303), (nil, "https://STATUS.test", 303),
            (nil, "https://status.test.evil.example", 403), (nil, "http://status.test", 403), (nil, "null", 403),
            (nil, nil, 403), ("cross-site", "https://status.test", 403),
        ] as [(String?, String?, Int)])
    func crossSite(site: String?, origin: String?, status: Int) throws {
        let test = try TestDashboard()
        let browser = try test.browser(.viewer)
        let csrf = try #require(try browser.get("/dashboard").value(of: "csrf"))
        var fields: HTTPFields = [:]
        fields[.secFetchSite] = site
        fields[.origin] = origin
        let page = try browser.send(.post, "/dashboard/logout", form: [("csrf", csrf)], fields: fields)
        #expect(page.status == status)
        #expect(try browser.get("/dashboard").status == (status == 303 ? 303 : 200))
        let refused = test.dashboard.access.refusedForms.filter { $0.value > 0 }
        let reason = site != nil ? "other_site" : origin != nil ? "other_origin" : "unknown_origin"
        #expect(refused == (status == 303 ? [:] : [reason: 1]))
    }

    @Test("The error for another origin names both origins, and the setting to change")
    func otherOrigin() throws {
        let browser = try TestDashboard().browser(.viewer)
        let page = try browser.send(
            .post, "/dashboard/logout", fields: [.origin: "https://other.example"], host: "inner.test:8080")
        #expect(page.html.contains("https://other.example"))
        #expect(page.html.contains("https://inner.test:8080"))
        #expect(page.html.contains("public_url"))
    }

    @Test("A form of another session is rejected", arguments: [nil, "", "x", "other"])
    func wrongToken(kind: String?) throws {
        let test = try TestDashboard()
        let browser = try test.browser(.viewer)
        let other = try test.browser(.viewer).get("/dashboard").value(of: "csrf")
        let form = kind.map { [("csrf", $0 == "other" ? other ?? "" : $0)] } ?? []
        let page = try browser.send(.post, "/dashboard/logout", form: form)
        #expect(page.status == 403)
        let counts = ["other_site": 0, "other_origin": 0, "unknown_origin": 0, "wrong_token": 1]
        #expect(test.dashboard.access.refusedForms == counts)
        #expect(try browser.get("/dashboard").status == 200)
    }

    @Test(
        "Every answer has the fields that keep other sites, caches and scripts out",
        arguments: ["/dashboard", "/dashboard/login", "/dashboard/none", "/dashboard/pages/none", "/dashboard/logout"])
    func securityFields(path: String) throws {
        let fields = try TestDashboard().browser(.viewer).get(path).fields
        let policy = try #require(fields[.contentSecurityPolicy])
        #expect(
            policy == """
                default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'
                """)
        #expect(fields[.cacheControl] == "no-store")
        #expect(fields[.xContentTypeOptions] == "nosniff")
        for (name, value) in [
            ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ] {
            #expect(fields[try #require(HTTPField.Name(name))] == value)
        }
        #expect(fields[.accessControlAllowOrigin] == nil)
    }

    @Test(
        "The dashboard is served only on its host",
        arguments: [
            ("status.test", nil, true), ("STATUS.test:443", nil, true), ("other.test", nil, false), ("", nil, false),
            ("status.test", "admin.test", false), ("admin.test", "admin.test", true),
        ] as [(String, String?, Bool)])
    func host(authority: String, own: String?, isOwned: Bool) throws {
        let test = try TestDashboard { $0.host = own }
        let head = HTTPRequest(method: .get, scheme: nil, authority: authority, path: "/dashboard/login")
        #expect(test.dashboard.owns(Request(head: head)) == isOwned)
    }

    @Test("A disabled dashboard serves no path")
    func disabled() throws {
        let test = try TestDashboard { $0.isEnabled = false }
        let head = HTTPRequest(method: .get, scheme: nil, authority: TestDashboard.host, path: "/dashboard")
        #expect(!test.dashboard.owns(Request(head: head)))
    }

    @Test("Assets may be kept forever, and are compressed")
    func assets() throws {
        let visitor = try TestDashboard().visitor()
        let page = try visitor.get("/dashboard/login")
        for pattern in [#"href="(/dashboard/assets/[^"]*\.css)""#, #"src="(/dashboard/assets/[^"]*\.js)""#] {
            let path = try #require(page.first(pattern))
            let asset = try visitor.send(.get, path, fields: [.acceptEncoding: "gzip"])
            #expect(asset.status == 200)
            #expect(asset.fields[.cacheControl] == "public, max-age=31536000, immutable")
            #expect(asset.fields[.contentEncoding] == "gzip")
            #expect(asset.fields[.xContentTypeOptions] == "nosniff")
            let other = path.replacing("/assets/", with: "/assets/0")
            #expect(try visitor.get(other).status == 404)
        }
    }

    @Test("A session sends at most 120 forms in a minute")
    func manyForms() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.viewer)
        for _ in 0..<120 { #expect(try browser.post("/dashboard/account").status == 422) }
        let refused = try browser.post("/dashboard/account")
        #expect(refused.status == 429)
        #expect(refused.fields[.retryAfter] != nil)
        test.ids.advance(by: 60)
        #expect(try browser.post("/dashboard/account").status == 422)
    }

    @Test("A form has at most 5,000 fields", arguments: [(4_999, 422), (5_000, 400)])
    func manyFields(count: Int, status: Int) throws {
        let browser = try TestDashboard().browser(.viewer)
        let csrf = try #require(try browser.get("/dashboard").value(of: "csrf"))
        let form = [("csrf", csrf)] + (0..<count).map { ("field\($0)", "x") }
        #expect(try browser.send(.post, "/dashboard/account", form: form).status == status)
    }

    @Test(
        "The content of a field may look like the beginning of a boundary",
        arguments: ["", "\r", "\r\r\n", "\r\n--limi", "\r\n--\r\n--limi\r\n"])
    func multipart(content: String) throws {
        let text = "--limit\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\(content)\r\n--limit--\r\n"
        let form = try #require(try MultipartForm(Array(text.utf8), "multipart/form-data; boundary=limit"))
        #expect(form.fields["a"] == content)
    }

    @Test("Cookies are only for this host, and hidden from scripts", arguments: [true, false])
    func cookie(isSecure: Bool) throws {
        let test = try TestDashboard(publicURL: isSecure ? "https://status.test" : "http://localhost:8080")
        let user = try test.user(.viewer)
        let page = try test.visitor().send(
            .post, "/dashboard/login", form: [("email", user.email), ("password", TestDashboard.password)],
            host: isSecure ? TestDashboard.host : "localhost:8080")
        let cookie = try #require(page.fields[.setCookie], "\(page)")
        let attributes = cookie.split(separator: "; ").map(String.init)
        #expect(attributes[0].hasPrefix(isSecure ? "__Host-allclear=" : "allclear="))
        #expect(
            Array(attributes.dropFirst())
                == ["Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax"] + (isSecure ? ["Secure"] : []))
    }
}
