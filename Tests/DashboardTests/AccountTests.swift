import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Dashboard

@Suite("Account")
struct AccountTests {
    private let test: TestDashboard

    init() throws { test = try TestDashboard() }

    @Test("Users change their name, time zone and theme")
    func preferences() throws {
        let browser = try test.browser(.viewer)
        let page = try browser.get("/dashboard/account")
        #expect(page.heading == "Account")
        let answer = try browser.submit(
            page, to: "/dashboard/account", ["name": "Ada", "time_zone": "Europe/Berlin", "theme": "dark"])
        #expect(answer.location == "/dashboard/account?done=saved")
        let user = try #require(try test.store.read { try $0.user(email: "viewer@acme.example") })
        #expect(user.name == "Ada")
        #expect(user.timeZone == "Europe/Berlin")
        #expect(user.theme == .dark)
        #expect(try browser.get("/dashboard/account").html.contains("data-theme=\"dark\""))
    }

    @Test(
        "A problem is shown at its field, and nothing is stored",
        arguments: [("", "UTC", "auto", "name"), ("A", "Mars/Base", "auto", "time_zone"), ("A", "UTC", "red", "theme")])
    func faults(name: String, zone: String, theme: String, field: String) throws {
        let browser = try test.browser(.viewer)
        let answer = try browser.post("/dashboard/account", ["name": name, "time_zone": zone, "theme": theme])
        #expect(answer.status == 422)
        #expect(answer.html.contains("href=\"#\(field)\""))
        #expect(try test.store.read { try $0.user(email: "viewer@acme.example") }?.name == "Viewer")
    }

    @Test("A form does nothing if its session ends meanwhile")
    func endedMeanwhile() throws {
        let user = try test.user(.viewer)
        let browser = try test.browser(user)
        let page = try browser.get("/dashboard/account")
        let publishing = test.publishing
        let answer = try test.race { transaction in
            _ = try publishing.signOutEverywhere(user.id, in: transaction)
        } against: {
            try browser.submit(page, to: "/dashboard/account", ["name": "Other"])
        }
        #expect(answer.status == 409)
        #expect(try test.store.read { try $0.user(user.id) }?.name == user.name)
    }

    @Test("A new password needs the current one, and ends the other sessions")
    func password() throws {
        let browser = try test.browser(.viewer)
        let other = try test.browser(.viewer)
        let wrong = try browser.post(
            "/dashboard/account/password", ["current_password": "wrong", "password": "a different long one"])
        #expect(wrong.status == 422)
        #expect(wrong.faults == ["The password is wrong."])
        let weak = try browser.post(
            "/dashboard/account/password", ["current_password": TestDashboard.password, "password": "qwertyuiopqw"])
        #expect(weak.status == 422)
        let answer = try browser.post(
            "/dashboard/account/password",
            ["current_password": TestDashboard.password, "password": "a different long one"])
        #expect(answer.location == "/dashboard/account?done=password_changed")
        #expect(try browser.get("/dashboard").status == 200)
        #expect(try other.get("/dashboard").status == 303)
        let logIn = try test.visitor().send(
            .post, "/dashboard/login", form: [("email", "viewer@acme.example"), ("password", "a different long one")])
        #expect(logIn.status == 303)
    }

    @Test(
        "The most dangerous changes need a fresh proof",
        arguments: [
            "/dashboard/account/password", "/dashboard/account/two-factor",
            "/dashboard/account/two-factor/recovery-codes", "/dashboard/account/sessions",
            "/dashboard/account/sessions/x/revoke",
        ])
    func confirmation(path: String) throws {
        let browser = try test.browser(.viewer)
        test.ids.advance(by: 15 * 60)
        let page = try browser.post(path)
        #expect(page.heading == "Confirm it is you")
        let wrong = try browser.submit(page, to: "/dashboard/confirm", ["password": "wrong"])
        #expect(wrong.status == 422)
        let done = try browser.submit(wrong, to: "/dashboard/confirm", ["password": TestDashboard.password])
        #expect(done.heading != "Confirm it is you")
        #expect(try browser.post(path).heading != "Confirm it is you")
    }

    @Test("A correct code turns the second factor on, and shows recovery codes once")
    func twoFactor() throws {
        let browser = try test.browser(.viewer)
        let path = "/dashboard/account/two-factor"
        let off = try browser.get(path)
        #expect(off.heading == "Two-factor authentication")
        #expect(try browser.submit(off, to: path, ["act": "set-up"]).location == path)
        let page = try browser.get(path)
        #expect(page.html.contains("<svg class=\"qr\""))
        let address = try #require(page.first(#"href="(otpauth:[^"]*)""#))
        #expect(address.contains("Allclear%20status.test:viewer%40acme.example"))
        let user = try test.user(.viewer)
        let secret = try #require(test.newSecret(of: user))
        #expect(address.contains("secret=\(TOTP.base32(secret))&"))
        let wrong = try browser.submit(page, to: path, ["code": "000000"])
        #expect(wrong.status == 422)
        let on = try browser.submit(wrong, to: path, ["code": test.code(of: secret)])
        #expect(on.status == 200)
        let codes = on.texts(of: "code")
        #expect(codes.count == 10)
        #expect(try test.store.read { try $0.user(user.id) }?.totpSecret == secret)
        let later = try browser.get(path)
        #expect(later.html.contains("10 recovery codes are left"))
        #expect(!later.html.contains(codes[0]))
        let out = try browser.submit(later, to: path, ["act": "turn-off"])
        #expect(out.location == "\(path)?done=second_factor_off")
        #expect(try test.store.read { try $0.user(user.id) }?.hasTwoFactor == false)
    }

    @Test(
        "New recovery codes replace the earlier ones, also where a second factor is required",
        arguments: [true, false])
    func newRecoveryCodes(isRequired: Bool) throws {
        let test = try TestDashboard { $0.requiresTwoFactor = isRequired }
        let user = try test.user(.viewer)
        let browser = try test.browser(user)
        let path = "/dashboard/account/two-factor"
        _ = try browser.get(path)
        let off = try browser.post("\(path)/recovery-codes")
        #expect(off.status == 303 && off.location?.hasPrefix(path) == true)
        let old = try test.turnOnTwoFactor(of: user)
        let screen = try browser.get(path)
        let page = try browser.submit(screen, to: "\(path)/recovery-codes")
        #expect(page.status == 200)
        let codes = page.texts(of: "code")
        #expect(codes.count == 10 && Set(codes).isDisjoint(with: old))
        // The same form again must not replace the codes that the user has just saved.
        #expect(try browser.submit(screen, to: "\(path)/recovery-codes").location == path)
        #expect(try !browser.get(path).html.contains(codes[0]))
        #expect(try test.audited(.user).last == "changed Viewer")
        func use(_ code: String) throws {
            try test.store.write(as: .test) { try test.publishing.useRecoveryCode(code, of: user.id, in: $0) }
        }
        #expect(throws: UserRefusal.codeInvalid) { try use(old[0]) }
        #expect(throws: Never.self) { try use(codes[0]) }
    }

    @Test("If the server requires a second factor, all screens lead there first")
    func enrolment() throws {
        let test = try TestDashboard { $0.requiresTwoFactor = true }
        let browser = try test.browser(.owner)
        let page = try browser.get("/dashboard/pages/acme")
        #expect(
            page.location
                == "/dashboard/account/two-factor?next=%2Fdashboard%2Fpages%2Facme&done=second_factor_required")
        for path in ["/dashboard", "/dashboard/users", "/dashboard/account", "/dashboard/account/sessions"] {
            #expect(try browser.get(path).location?.hasPrefix("/dashboard/account/two-factor?") == true)
        }
        let path = "/dashboard/account/two-factor"
        let set = try browser.submit(try browser.get(try #require(page.location)), to: path, ["act": "set-up"])
        let form = try browser.get(try #require(set.location))
        #expect(try browser.post("/dashboard/account", ["name": "X"]).location?.contains("two-factor") == true)
        let secret = try #require(test.newSecret(of: try test.user(.owner)))
        let on = try browser.submit(form, to: path, ["code": test.code(of: secret)])
        #expect(on.html.contains("href=\"/dashboard/pages/acme\""))
        #expect(try browser.get("/dashboard/pages/acme").status == 200)
        #expect(try browser.post(path, ["act": "turn-off"]).location == path)
        #expect(try test.store.read { try $0.user(email: "owner@acme.example") }?.hasTwoFactor == true)
    }

    @Test("Users see their sessions, and end them")
    func sessions() throws {
        let user = try test.user(.viewer)
        let browser = try test.browser(user)
        let others = try (2...4).map { try test.browser(user, address: "192.0.2.\($0)") }
        let path = "/dashboard/account/sessions"
        let page = try browser.get(path)
        #expect(page.html.contains("<strong>this session</strong>"))
        #expect(page.texts(of: "button").filter { $0 == "End session" }.count == 3)
        let sessions = try test.store.read { try $0.sessions(of: user.id) }
        let name = try #require(sessions.first { $0.address == "192.0.2.2" }).name
        #expect(try browser.submit(page, to: "\(path)/\(name)/revoke").location == "\(path)?done=session_ended")
        #expect(try others.map { try $0.get("/dashboard").status } == [303, 200, 200])
        #expect(try browser.submit(page, to: path).location == "\(path)?done=sessions_ended")
        #expect(try others.map { try $0.get("/dashboard").status } == [303, 303, 303])
        #expect(try browser.get(path).status == 200)
    }

    @Test("Users cannot end the sessions of others")
    func otherSessions() throws {
        let other = try test.user(.owner)
        _ = try test.browser(other)
        let name = try #require(try test.store.read { try $0.sessions(of: other.id) }.first).name
        let browser = try test.browser(.viewer)
        #expect(try browser.post("/dashboard/account/sessions/\(name)/revoke").status == 404)
    }

    @Test(
        "Browsers have names",
        arguments: [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0", "Edge on Windows"),
            ("curl/8.0", "curl/8.0"), ("", "Unknown browser"),
        ])
    func browserName(userAgent: String, name: String) { #expect(BrowserName.text(userAgent) == name) }
}

extension TestDashboard {
    /// The secret that a user is setting up.
    func newSecret(of user: User) -> [UInt8]? { dashboard.secrets.secret(of: user.id, at: ids.now()) }
}

@Suite("QR codes")
struct QRCodeTests {
    @Test("A QR code has a square in three corners, and its drawing has a bright margin")
    func corners() throws {
        let code = try #require(QRCode("otpauth://totp/Allclear:a%40b.example?secret=ABC"))
        let size = code.rows.count
        #expect(code.rows.allSatisfy { $0.count == size })
        for (y, x) in [(0, 0), (0, size - 7), (size - 7, 0)] {
            for offset in 0..<7 {
                #expect(code.rows[y][x + offset] && code.rows[y + 6][x + offset])
                #expect(code.rows[y + offset][x] && code.rows[y + offset][x + 6])
            }
            #expect(!code.rows[y + 1][x + 1] && code.rows[y + 3][x + 3])
        }
        let drawing = code.svg(label: "Code").text
        #expect(drawing.contains("viewBox=\"0 0 \(size + 8) \(size + 8)\""))
        #expect(drawing.contains("M4 4h7v1h-7z"))
    }

    @Test("Text that is too long has no QR code")
    func tooLong() { #expect(QRCode(String(repeating: "a", count: 3_000)) == nil) }
}
