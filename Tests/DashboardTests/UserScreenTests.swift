import Accounts
import HTTPServer
import HTTPTypes
import Locking
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Dashboard

@Suite("Users")
struct UserScreenTests {
    private let test: TestDashboard
    private let browser: Browser

    init() throws {
        test = try TestDashboard()
        browser = try test.browser(.owner)
    }

    private func stored(_ user: User) throws -> User? { try test.store.read { try $0.user(user.id) } }

    @Test("The list has every user, with role and state")
    func list() throws {
        let disabled = try test.user(.editor)
        let publishing = test.publishing
        try test.store.write(as: .test) { _ = try publishing.disable(disabled.id, in: $0) }
        let page = try browser.get("/dashboard/users")
        #expect(page.heading == "Users")
        let cells = page.texts(of: "td")
        #expect(cells.contains("Owner") && cells.contains("Editor Disabled") && cells.contains("editor@acme.example"))
    }

    @Test("An invitation shows its link once, and sends it if there is mail", arguments: [true, false])
    func invite(hasMail: Bool) throws {
        test.mails.isSetUp.withLock { $0 = hasMail }
        let form = try browser.get("/dashboard/users/new")
        #expect(form.heading == "Invite user")
        let values: KeyValuePairs = ["email": "bo@acme.example", "name": "Bo", "role": "publisher"]
        let page = try browser.submit(form, to: "/dashboard/users/new", values)
        #expect(page.status == 200)
        let link = try #require(page.first(#"id="link" value="([^"]*)""#))
        #expect(link.hasPrefix("https://status.test/dashboard/invitation#"))
        #expect(test.mails.all == (hasMail ? ["invitation to bo@acme.example: \(link)"] : []))
        // The same form again makes no second link.
        #expect(try browser.submit(form, to: "/dashboard/users/new", values).location == "/dashboard/users")
        let token = String(link.drop { $0 != "#" }.dropFirst())
        let guest = [("token", token), ("name", ""), ("password", "quite another long one")]
        #expect(try test.visitor().send(.post, "/dashboard/invitation", form: guest).status == 303)
        #expect(try test.store.read { try $0.user(email: "bo@acme.example") }?.role == .publisher)
    }

    @Test(
        "Problems of an invitation are shown at their fields",
        arguments: [
            ("bo", "", "viewer", "email"), ("owner@acme.example", "", "viewer", "email"),
            ("bo@acme.example", "", "king", "role"),
        ])
    func wrongInvitation(email: String, name: String, role: String, field: String) throws {
        let page = try browser.post("/dashboard/users/new", ["email": email, "name": name, "role": role])
        #expect(page.status == 422)
        #expect(page.html.contains("href=\"#\(field)\""))
        #expect(page.value(of: "email") == email)
    }

    @Test("An owner changes a role, which counts at once")
    func role() throws {
        let user = try test.user(.viewer)
        let other = try test.browser(user)
        #expect(try other.get("/dashboard/users").status == 403)
        let page = try browser.get("/dashboard/users/\(user.id)")
        #expect(page.heading == "Viewer")
        let answer = try browser.submit(page, to: "/dashboard/users/\(user.id)/role", ["role": "owner"])
        #expect(answer.location == "/dashboard/users/\(user.id)?done=saved")
        #expect(try other.get("/dashboard/users").status == 200)
    }

    @Test("Nobody changes their own role, and the last owner is not disabled")
    func lastOwner() throws {
        let owner = try test.user(.owner)
        let path = "/dashboard/users/\(owner.id)"
        #expect(try browser.get(path).html.contains("You cannot change your own role."))
        let role = try browser.post("\(path)/role", ["role": "viewer"])
        #expect(role.status == 409)
        #expect(role.faults == ["You cannot change your own role. Another owner can."])
        let disable = try browser.post("\(path)/disable")
        #expect(disable.status == 409)
        #expect(try stored(owner) == owner.with(lastLogin: try stored(owner)?.lastLoginAt))
    }

    @Test("A disabled user is logged out at once, and can be enabled again")
    func disable() throws {
        let user = try test.user(.viewer)
        let other = try test.browser(user)
        let path = "/dashboard/users/\(user.id)"
        #expect(try browser.submit(browser.get(path), to: "\(path)/disable").location == "\(path)?done=disabled")
        #expect(try other.get("/dashboard").status == 303)
        let page = try browser.get(path)
        #expect(!page.html.contains("Create reset link"))
        #expect(try browser.post("\(path)/reset").status == 409)
        #expect(try browser.submit(page, to: "\(path)/enable").location == "\(path)?done=enabled")
        #expect(try stored(user)?.isDisabled == false)
    }

    @Test("A reset link sets a password")
    func reset() throws {
        let user = try test.user(.viewer)
        let path = "/dashboard/users/\(user.id)"
        let page = try browser.submit(browser.get(path), to: "\(path)/reset")
        let link = try #require(page.first(#"id="link" value="([^"]*)""#))
        #expect(link.hasPrefix("https://status.test/dashboard/reset#"))
        #expect(page.texts(of: "label") == ["Reset link"])
        #expect(test.mails.all == ["reset to viewer@acme.example: \(link)"])
    }

    @Test("Owners see the links that still work, and revoke them")
    func openLinks() throws {
        let owner = try test.user(.owner)
        let user = try test.user(.viewer)
        #expect(try !browser.get("/dashboard/users").html.contains("Open links"))
        let publishing = test.publishing
        let (invitation, token) = try test.store.write(as: .test) {
            try publishing.invite(email: "bo@acme.example", name: nil, role: .publisher, in: $0)
        }
        _ = try browser.post("/dashboard/users/\(user.id)/reset")
        let page = try browser.get("/dashboard/users")
        let cells = page.texts(of: "td").suffix(12)
        // The reset link expires first.
        #expect(cells.prefix(4) == ["Viewer", "Reset link", "Viewer", owner.name])
        #expect(cells.suffix(6).prefix(4) == ["bo@acme.example", "Invitation", "Publisher", "Command line"])
        let path = "/dashboard/users/links/\(invitation.name)/revoke"
        let answer = try browser.submit(page, to: path)
        #expect(answer.location == "/dashboard/users?done=link_revoked")
        #expect(try test.audited(.accountLink).last == "revoked bo@acme.example")
        #expect(throws: UserRefusal.linkInvalid) {
            try test.store.read { try publishing.validLink(token, in: $0) }
        }
        #expect(try browser.post(path).status == 404)
        test.ids.advance(by: 3_600)
        #expect(try test.store.read { try $0.openAccountLinks(at: test.ids.now()) } == [])
    }

    @Test("Links lead to the dashboard's own host")
    func ownHost() throws {
        let test = try TestDashboard { $0.host = "admin.test" }
        let user = try test.user(.viewer)
        let browser = try test.browser(.owner)
        let page = try browser.post("/dashboard/users/\(user.id)/reset")
        #expect(page.html.contains("value=\"https://admin.test/dashboard/reset#"))
        #expect(test.dashboard.url == "https://admin.test/dashboard")
    }

    @Test("An owner resets a second factor, and ends sessions")
    func access() throws {
        let user = try test.user(.viewer)
        let other = try test.browser(user)
        let path = "/dashboard/users/\(user.id)"
        #expect(try browser.post("\(path)/reset-two-factor").status == 409)
        _ = try test.turnOnTwoFactor(of: user)
        let answer = try browser.submit(browser.get(path), to: "\(path)/reset-two-factor")
        #expect(answer.location == "\(path)?done=two_factor_reset")
        #expect(try stored(user)?.hasTwoFactor == false)
        #expect(try other.get("/dashboard").status == 200)
        #expect(try browser.submit(browser.get(path), to: "\(path)/sign-out").location == "\(path)?done=sessions_ended")
        #expect(try other.get("/dashboard").status == 303)
    }

    @Test(
        "Every change needs a fresh proof",
        arguments: [
            "new", "{id}/role", "{id}/reset", "{id}/reset-two-factor", "{id}/sign-out", "{id}/disable", "{id}/enable",
            "links/x/revoke",
        ])
    func confirmation(path: String) throws {
        let user = try test.user(.viewer)
        test.ids.advance(by: 15 * 60)
        let path = "/dashboard/users/\(path.replacing("{id}", with: "\(user.id)"))"
        #expect(try browser.post(path, ["role": "owner"]).heading == "Confirm it is you")
        #expect(try stored(user) == user)
    }

    @Test("The audit log has every change")
    func audit() throws {
        let user = try test.user(.viewer)
        let path = "/dashboard/users/\(user.id)"
        for act in ["role", "disable", "enable"] { _ = try browser.post("\(path)/\(act)", ["role": "editor"]) }
        #expect(try test.audited(.user).suffix(3) == ["changed Viewer", "disabled Viewer", "enabled Viewer"])
    }
}

extension User {
    fileprivate func with(lastLogin time: Timestamp?) -> User {
        var user = self
        user.lastLoginAt = time
        return user
    }
}
