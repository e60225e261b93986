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

/// Log-ins by a trusted proxy.
@Suite("Trusted header")
struct HeaderLoginTests {
    private let test: TestDashboard
    private static let email = field("Remote-Email")
    private static let name = field("Remote-Name")
    private static let groups = field("Remote-Groups")

    // swift-format-ignore: NeverForceUnwrap
    private static func field(_ name: String) -> HTTPField.Name { HTTPField.Name(name)! }

    init() throws { test = try Self.dashboard() }

    private static func dashboard(createsUsers: Bool = true, hasGroups: Bool = true) throws -> TestDashboard {
        try TestDashboard {
            $0.trustedHeader = TrustedHeader(
                email: email, name: name, groups: hasGroups ? groups : nil,
                roles: hasGroups ? ["ops": .owner, "on call": .publisher] : [:], createsUsers: createsUsers)
        }
    }

    private func browser(_ email: String?, groups: String? = "ops", isFromProxy: Bool = true) -> Browser {
        browser(in: test, email, groups: groups, isFromProxy: isFromProxy)
    }

    private func browser(
        in test: TestDashboard, _ email: String?, groups: String?, isFromProxy: Bool = true
    ) -> Browser {
        let browser = test.visitor()
        browser.isFromProxy.withLock { $0 = isFromProxy }
        browser.fields.withLock { fields in
            fields[Self.email] = email
            fields[Self.groups] = groups
        }
        return browser
    }

    @Test("A person whom the proxy names becomes a user with the best role of the groups")
    func newUser() throws {
        let browser = browser("ada@acme.example", groups: "staff, on call,ops")
        browser.fields.withLock { $0[Self.name] = "Ada" }
        let page = try browser.get("/dashboard/users")
        #expect(page.status == 200)
        #expect(browser.cookieNames == ["__Host-allclear"])
        let user = try #require(try test.store.read { try $0.user(email: "ada@acme.example") })
        #expect(user.name == "Ada")
        #expect(user.role == .owner)
        let sessions = try test.store.read { try $0.sessions(of: user.id) }
        #expect(sessions.map(\.method) == [.header])
        // The session stays the same.
        #expect(try browser.get("/dashboard/users").status == 200)
        #expect(try test.store.read { try $0.sessions(of: user.id) }.count == 1)
        // The dashboard asks for neither a password nor a fresh proof.
        test.ids.advance(by: 16 * 60)
        #expect(try browser.post("/dashboard/users/new", ["email": "x"]).status == 422)
        #expect(try browser.get("/dashboard/account/password").status == 404)
        #expect(try browser.get("/dashboard/account/two-factor").status == 404)
    }

    @Test("Only connections from a trusted proxy count")
    func otherConnection() throws {
        let browser = browser("ada@acme.example", isFromProxy: false)
        #expect(try browser.get("/dashboard").status == 303)
        #expect(try test.store.read { try $0.userCount() } == 0)
    }

    @Test("A proxy's session ends with a request that bypasses the proxy or lacks the field", arguments: [true, false])
    func end(isDirect: Bool) throws {
        let browser = browser("ada@acme.example")
        #expect(try browser.get("/dashboard").status == 200)
        if isDirect {
            browser.isFromProxy.withLock { $0 = false }
        } else {
            browser.fields.withLock { $0[Self.email] = nil }
        }
        #expect(try browser.get("/dashboard").location == "/dashboard/login")
        #expect(try test.audited(.session) == ["logged_in ada@acme.example", "logged_out ada@acme.example"])
    }

    @Test("Another address ends the session, and begins a new one")
    func otherUser() throws {
        let browser = browser("ada@acme.example")
        _ = try browser.get("/dashboard")
        browser.fields.withLock { $0[Self.email] = "bo@acme.example" }
        let page = try browser.get("/dashboard/account")
        #expect(page.html.contains("bo@acme.example"))
        let ada = try #require(try test.store.read { try $0.user(email: "ada@acme.example") })
        #expect(try test.store.read { try $0.sessions(of: ada.id) }.isEmpty)
    }

    @Test("The role follows the groups")
    func role() throws {
        _ = try browser("boss@acme.example").get("/dashboard")
        let browser = browser("ada@acme.example")
        #expect(try browser.get("/dashboard/users").status == 200)
        browser.fields.withLock { $0[Self.groups] = "on call" }
        #expect(try browser.get("/dashboard/users").status == 403)
        #expect(try test.store.read { try $0.user(email: "ada@acme.example") }?.role == .publisher)
        browser.fields.withLock { $0[Self.groups] = "on call|ops" }
        #expect(try browser.get("/dashboard/users").status == 200)
    }

    @Test("The last owner keeps the owner role")
    func lastOwner() throws {
        let browser = browser("ada@acme.example")
        _ = try browser.get("/dashboard")
        browser.fields.withLock { $0[Self.groups] = "on call" }
        #expect(try browser.get("/dashboard/users").status == 200)
        #expect(try test.store.read { try $0.user(email: "ada@acme.example") }?.role == .owner)
    }

    @Test("A user without a group that has a role has no access", arguments: [nil, "", "staff", "op", "on"])
    func noGroup(groups: String?) throws {
        let page = try browser("ada@acme.example", groups: groups).get("/dashboard")
        #expect(page.status == 403)
        #expect(page.heading == "You have no access")
        #expect(try test.store.read { try $0.userCount() } == 0)
    }

    @Test("A disabled user has no access")
    func disabled() throws {
        let user = try test.user(.viewer)
        let publishing = test.publishing
        try test.store.write(as: .test) { _ = try publishing.disable(user.id, in: $0) }
        #expect(try browser(user.email).get("/dashboard").status == 403)
    }

    @Test("Strangers become users only if the configuration says so")
    func strangers() throws {
        let test = try Self.dashboard(createsUsers: false)
        #expect(try browser(in: test, "ada@acme.example", groups: "ops").get("/dashboard").status == 403)
        #expect(try test.store.read { try $0.userCount() } == 0)
    }

    @Test("Without groups, users keep their roles")
    func withoutGroups() throws {
        let test = try Self.dashboard(createsUsers: false, hasGroups: false)
        let user = try test.user(.editor)
        #expect(try browser(in: test, user.email.uppercased(), groups: nil).get("/dashboard").status == 200)
        #expect(try test.store.read { try $0.user(user.id) }?.role == .editor)
    }

    @Test("A repeated field, or one that is not an address, is rejected", arguments: [true, false])
    func ambiguous(isTwice: Bool) throws {
        let browser = browser(isTwice ? "ada@acme.example" : "ada")
        if isTwice {
            browser.fields.withLock { $0.append(HTTPField(name: Self.email, value: "bo@acme.example")) }
        }
        #expect(try browser.get("/dashboard").status == 403)
        #expect(try test.store.read { try $0.userCount() } == 0)
    }

    @Test("A form of an ended session has no effect in the next one")
    func oldForm() throws {
        let browser = browser("ada@acme.example")
        let form = try browser.get("/dashboard/account")
        test.ids.advance(by: 31 * 86_400)
        let answer = try browser.submit(form, to: "/dashboard/account", ["name": "Other"])
        #expect(answer.status == 403)
        #expect(answer.heading == "This form is from another session")
        #expect(try test.store.read { try $0.user(email: "ada@acme.example") }?.name == "ada@acme.example")
        #expect(try browser.get("/dashboard").status == 200)
    }

    @Test("A second factor that the server requires is the proxy's task")
    func requiredTwoFactor() throws {
        let test = try TestDashboard {
            $0.requiresTwoFactor = true
            $0.trustedHeader = TrustedHeader(email: Self.email)
        }
        let user = try test.user(.viewer)
        #expect(try browser(in: test, user.email, groups: nil).get("/dashboard").status == 200)
    }
}
