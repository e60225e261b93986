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

@Suite("Set-up, invitations and resets")
struct LinkTests {
    private let test: TestDashboard
    private static let password = "quite another long one"

    init() throws { test = try TestDashboard() }

    private func setUpToken() throws -> String {
        let publishing = test.publishing
        return try test.store.write(as: .test) { try publishing.makeSetUpLink(in: $0) }.text
    }

    private func setUp(
        _ token: String, email: String = "ada@acme.example", password: String = password, name: String = "Ada"
    ) throws -> (Browser, TestPage) {
        let browser = test.visitor()
        let form = [("token", token), ("name", name), ("email", email), ("password", password)]
        return (browser, try browser.send(.post, "/dashboard/setup", form: form))
    }

    @Test("The token creates the first owner and logs in; then the screen is gone")
    func firstOwner() throws {
        let token = try setUpToken()
        let form = try test.visitor().get("/dashboard/setup")
        #expect(form.heading == "Set up Allclear")
        #expect(form.texts(of: "label") == ["Set-up token", "Name", "Email", "Password"])
        #expect(form.html.contains("data-fragment=\"token\""))
        let (browser, answer) = try setUp(token)
        #expect(answer.location == "/dashboard")
        #expect(try browser.get("/dashboard").status == 200)
        let users = try test.store.read { try $0.users() }
        #expect(users.map(\.role) == [.owner])
        #expect(users.map(\.email) == ["ada@acme.example"])
        #expect(try test.visitor().get("/dashboard/setup").status == 404)
        #expect(try setUp(token).1.status == 404)
        #expect(try test.audited(.user) == ["created Ada"])
    }

    @Test(
        "A wrong, an old and a replaced token get the same error", arguments: ["", "x", "wrong", "old", "replaced"])
    func wrongToken(kind: String) throws {
        let token = try setUpToken()
        var typed = kind
        switch kind {
        case "wrong": typed = try SecretToken.generate().text
        case "old":
            typed = token
            test.ids.advance(by: 3_601)
        case "replaced":
            typed = token
            _ = try setUpToken()
        default: break
        }
        let (_, answer) = try setUp(typed)
        #expect(answer.status == 422)
        #expect(
            answer.faults == [
                "The token is invalid, was used before, or has expired. Create one with: allclear users setup-link"
            ])
        #expect(try test.store.read { try $0.userCount() } == 0)
    }

    @Test(
        "Every problem of the form is shown, and the input stays",
        arguments: [
            ("ada", password, "Ada", "email"), ("ada@acme.example", "short", "Ada", "password"),
            ("ada@acme.example", "acme status acme status", "Ada", "password"),
            ("ada@acme.example", password, "", "name"),
        ])
    func faults(email: String, password: String, name: String, field: String) throws {
        let (_, answer) = try setUp(try setUpToken(), email: email, password: password, name: name)
        #expect(answer.status == 422)
        #expect(answer.faults.count == 1)
        #expect(answer.html.contains("href=\"#\(field)\""))
        #expect(answer.value(of: "email") == email)
        #expect(answer.value(of: "name") == name)
        #expect(!answer.html.contains("value=\"\(password)\""))
    }

    private func invite(_ email: String, name: String? = nil) throws -> String {
        let publishing = test.publishing
        return try test.store.write(as: .test) { transaction in
            try publishing.invite(email: email, name: name, role: .publisher, in: transaction).1
        }.text
    }

    @Test(
        "An invitation makes a user with its role",
        arguments: [(nil, "Bo", "Bo"), ("Bo", "", "Bo"), ("Bo", "Bob", "Bob")])
    func invitation(given: String?, typed: String, name: String) throws {
        let token = try invite("bo@acme.example", name: given)
        let browser = test.visitor()
        let page = try browser.get("/dashboard/invitation")
        #expect(page.heading == "Accept invitation")
        let answer = try browser.submit(
            page, to: "/dashboard/invitation", ["token": token, "name": typed, "password": Self.password])
        #expect(answer.location == "/dashboard")
        let user = try #require(try test.store.read { try $0.user(email: "bo@acme.example") })
        #expect(user.name == name)
        #expect(user.role == .publisher)
        #expect(try browser.get("/dashboard").status == 200)
        let again = try test.visitor().submit(
            page, to: "/dashboard/invitation", ["token": token, "name": "X", "password": Self.password])
        #expect(again.status == 422)
    }

    @Test("A token works only on its own screen")
    func otherScreen() throws {
        let token = try invite("bo@acme.example")
        for path in ["/dashboard/setup", "/dashboard/reset"] {
            let form = [("token", token), ("name", "Bo"), ("email", "bo@acme.example"), ("password", Self.password)]
            #expect(try test.visitor().send(.post, path, form: form).status == 422)
        }
        #expect(try test.store.read { try $0.userCount() } == 0)
    }

    @Test("A reset sets the password, ends all sessions, and leaves the second factor on")
    func reset() throws {
        let user = try test.user(.viewer)
        let session = try test.browser(user)
        _ = try test.turnOnTwoFactor(of: user)
        let publishing = test.publishing
        let token = try test.store.write(as: .test) { try publishing.makeResetLink(for: user.id, in: $0).1 }.text
        let browser = test.visitor()
        let page = try browser.get("/dashboard/reset")
        #expect(page.heading == "Reset password")
        let answer = try browser.submit(page, to: "/dashboard/reset", ["token": token, "password": Self.password])
        #expect(answer.location == "/dashboard/login?done=password_set")
        #expect(try session.get("/dashboard").status == 303)
        let next = try browser.send(
            .post, "/dashboard/login", form: [("email", user.email), ("password", Self.password)])
        #expect(next.location == "/dashboard/login/code")
    }

    @Test("The link Forgot password? is shown only if mail is configured")
    func withoutMail() throws {
        #expect(try test.visitor().get("/dashboard/login").html.contains("Forgot password?"))
        test.mails.isSetUp.withLock { $0 = false }
        #expect(try !test.visitor().get("/dashboard/login").html.contains("Forgot password?"))
        #expect(try test.visitor().get("/dashboard/forgotten-password").status == 404)
    }

    @Test("A forgotten password gets the same answer for any address, but only users get an email")
    func forgotten() throws {
        let user = try test.user(.viewer)
        var answers: [String?] = []
        for email in [user.email, "nobody@acme.example"] {
            let answer = try test.visitor().send(.post, "/dashboard/forgotten-password", form: [("email", email)])
            answers.append(answer.location)
        }
        #expect(answers == ["/dashboard/login?done=link_sent", "/dashboard/login?done=link_sent"])
        test.writer.waitUntilIdle()
        let mails = test.mails.all
        #expect(mails.count == 1)
        let mail = try #require(mails.first)
        #expect(mail.hasPrefix("reset to \(user.email): https://status.test/dashboard/reset#"))
        let token = String(mail.drop { $0 != "#" }.dropFirst())
        let form = [("token", token), ("password", Self.password)]
        #expect(try test.visitor().send(.post, "/dashboard/reset", form: form).status == 303)
    }

    @Test("A new password invalidates earlier reset links")
    func passwordAfterLink() throws {
        let user = try test.user(.viewer)
        let publishing = test.publishing
        let token = try test.store.write(as: .test) { transaction in
            let token = try publishing.makeResetLink(for: user.id, in: transaction).1
            _ = try publishing.changePassword(of: user.id, to: .decoy, keeping: nil, in: transaction)
            return token
        }
        let form = [("token", token.text), ("password", Self.password)]
        #expect(try test.visitor().send(.post, "/dashboard/reset", form: form).status == 422)
    }

    @Test("Users who log in only through a proxy get no link for a password")
    func forgottenWithoutPassword() throws {
        let user = try test.makeUser(.viewer, "ada@acme.example", hasPassword: false)
        let answer = try test.visitor().send(.post, "/dashboard/forgotten-password", form: [("email", user.email)])
        #expect(answer.location == "/dashboard/login?done=link_sent")
        test.writer.waitUntilIdle()
        #expect(test.mails.all.isEmpty)
    }

    @Test("Repeated requests cannot fill a mailbox")
    func manyMails() throws {
        let user = try test.user(.viewer)
        var statuses: [Int] = []
        for number in 0..<7 {
            let visitor = test.visitor(from: "192.0.2.\(number)")
            let form = [("email", user.email)]
            statuses.append(try visitor.send(.post, "/dashboard/forgotten-password", form: form).status)
        }
        #expect(statuses == [303, 303, 303, 303, 303, 429, 429])
    }
}
