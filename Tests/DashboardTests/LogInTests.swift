import Accounts
import Cryptography
import Foundation
import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Dashboard

@Suite("Log-in")
struct LogInTests {
    private let test: TestDashboard

    init() throws { test = try TestDashboard() }

    private func logIn(_ browser: Browser, _ email: String, _ password: String = TestDashboard.password) throws
        -> TestPage
    {
        try browser.send(.post, "/dashboard/login", form: [("email", email), ("password", password)])
    }

    @Test("The correct password logs in, and leads to the requested screen")
    func password() throws {
        let user = try test.user(.viewer)
        let browser = test.visitor()
        let page = try browser.get("/dashboard/login?next=%2Fdashboard%2Fpages%2Facme")
        #expect(page.heading == "Log in")
        let answer = try browser.submit(
            page, to: "/dashboard/login", ["email": user.email.uppercased(), "password": TestDashboard.password])
        #expect(answer.status == 303)
        #expect(answer.location == "/dashboard/pages/acme")
        #expect(try browser.get("/dashboard/pages/acme").status == 200)
    }

    @Test(
        "A log-in never leads to another site, or out of the dashboard",
        arguments: [
            "https://evil.example/", "//evil.example", "/dashboard/../x y", "/dashboard//x", "/other", "/dashboard/..",
            "/dashboard/../v1?a", "/dashboard/a/%2E.", "/dashboard/.%2e/%2e%2e/x",
        ])
    func otherPlaces(next: String) throws {
        let user = try test.user(.viewer)
        let answer = try test.visitor().send(
            .post, "/dashboard/login",
            form: [("email", user.email), ("password", TestDashboard.password), ("next", next)])
        #expect(answer.location == "/dashboard")
    }

    @Test("Unknown address, wrong password, disabled user, user without a password: all get the same error")
    func wrong() throws {
        let disabled = try test.makeUser(.viewer, "disabled@acme.example")
        let bare = try test.makeUser(.viewer, "bare@acme.example", hasPassword: false)
        let (publishing, known) = (test.publishing, try test.user(.viewer))
        try test.store.write(as: .test) { _ = try publishing.disable(disabled.id, in: $0) }
        let answers = try [
            logIn(test.visitor(), "nobody@acme.example"), logIn(test.visitor(), known.email, "wrong"),
            logIn(test.visitor(), disabled.email), logIn(test.visitor(), bare.email),
        ]
        for answer in answers {
            #expect(answer.status == 422)
            #expect(answer.faults == ["The email or the password is wrong."])
        }
    }

    @Test("After five wrong passwords, the next attempt has to wait, even with the correct password")
    func guessing() throws {
        let user = try test.user(.viewer)
        for _ in 0..<5 { #expect(try logIn(test.visitor(), user.email, "wrong").status == 422) }
        let answer = try logIn(test.visitor(from: "192.0.2.2"), user.email)
        #expect(answer.status == 429)
        #expect(answer.fields[.retryAfter] == "2")
        test.ids.advance(by: 2)
        #expect(try logIn(test.visitor(), user.email).status == 303)
    }

    @Test("An attempt whose password was not checked, because too many others waited, does not count as failed")
    func fullQueue() throws {
        let user = try test.user(.viewer)
        let (hasBegun, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let work = { @Sendable in
            hasBegun.signal()
            _ = mayEnd.wait(timeout: .now() + 20)
            mayEnd.signal()
        }
        try #require(test.dashboard.passwords.submit(work))
        try #require(hasBegun.wait(timeout: .now() + 20) == .success)
        while test.dashboard.passwords.submit(work) {}
        for _ in 0..<6 { #expect(try logIn(test.visitor(), user.email).status == 503) }
        mayEnd.signal()
        let (isEmpty, others) = (DispatchSemaphore(value: 0), test.dashboard.passwords)
        while !others.submit({ isEmpty.signal() }) { Thread.sleep(forTimeInterval: 0.01) }
        try #require(isEmpty.wait(timeout: .now() + 20) == .success)
        #expect(try logIn(test.visitor(), user.email).status == 303)
    }

    @Test("Log-ins are counted, and failed ones are logged without what was typed")
    func record() throws {
        let disabled = try test.makeUser(.viewer, "disabled@acme.example")
        let (publishing, known) = (test.publishing, try test.user(.viewer))
        try test.store.write(as: .test) { _ = try publishing.disable(disabled.id, in: $0) }
        #expect(try logIn(test.visitor(), known.email).status == 303)
        let failures: [(email: String, password: String, reason: String, user: User?)] = [
            ("nobody@acme.example", "wrong", "unknown_user", nil), (known.email, "wrong", "wrong_password", known),
            (disabled.email, TestDashboard.password, "disabled", disabled),
        ]
        for failure in failures { _ = try logIn(test.visitor(), failure.email, failure.password) }
        for _ in 0..<4 { _ = try logIn(test.visitor(), known.email, "wrong") }
        #expect(try logIn(test.visitor(), known.email).status == 429)
        let expected: [AccessRecord.Outcome: Int] = [
            .succeeded: 1, .unknownUser: 1, .wrongPassword: 5, .disabled: 1, .throttled: 1,
        ]
        #expect(test.dashboard.access.logIns == expected)
        let lines = test.log.lines.filter { $0.message == "log-in failed" }
        #expect(lines.count == 8)
        for (line, failure) in zip(lines, failures) {
            #expect("\(line.level)" == "notice")
            #expect(Set(line.metadata.keys).subtracting(["user"]) == ["request_id", "remote", "reason"])
            #expect(line.metadata["remote"] == "192.0.2.1")
            #expect(line.metadata["reason"] == failure.reason)
            #expect(line.metadata["user"] == failure.user.map { "\($0.id)" })
        }
        #expect(lines.last?.metadata["reason"] == "throttled")
    }

    @Test("A failed confirmation is logged, and is not counted as a log-in")
    func confirmation() throws {
        let browser = try test.browser(.owner)
        #expect(try browser.post("/dashboard/confirm", ["password": "wrong"]).status == 422)
        let line = try #require(test.log.lines.last)
        #expect(line.message == "confirmation failed")
        #expect(line.metadata["reason"] == "wrong_password")
        #expect(line.metadata["user"] == "\(try test.user(.owner).id)")
        #expect(test.dashboard.access.logIns == [:])
    }

    @Test("A form sent without a session gets the log-in, and has no effect")
    func expired() throws {
        let user = try test.user(.viewer)
        let answer = try test.visitor().send(.post, "/dashboard/account", form: [("name", "Other")])
        #expect(answer.status == 200)
        #expect(answer.heading == "Log in")
        #expect(answer.html.contains("Nothing was changed."))
        #expect(try test.store.read { try $0.user(user.id) }?.name == user.name)
    }

    @Test("Without TLS, nobody can send a password, unless the configuration allows it", arguments: [false, true])
    func withoutTLS(isAllowed: Bool) throws {
        let test = try TestDashboard(publicURL: "http://status.test") { $0.allowsHTTP = isAllowed }
        let user = try test.user(.viewer)
        let answer = try logIn(test.visitor(), user.email)
        #expect(answer.status == (isAllowed ? 303 : 403))
        // Rejecting the form would be too late: the browser would have sent the password already.
        for path in ["/dashboard/login", "/dashboard/invitation", "/dashboard/reset"] {
            #expect(try test.visitor().get(path).status == (isAllowed ? 200 : 403))
        }
    }

    @Test(
        "A log-in does not submit the form that it carries, but keeps an incident's text as a draft",
        arguments: [
            ("/dashboard/account", "name=Other&time_zone=UTC&theme=dark", "/dashboard"),
            ("/dashboard/logout", "", "/dashboard"),
            ("/dashboard/forgotten-password", "email=publisher%40acme.example", "/dashboard"),
            (
                TestDashboard.incidents,
                "name=Late&status=investigating&message=Text&key=01ARZ3NDEKTSV4RRFFQ69G5FAV",
                "\(TestDashboard.incidents)/new?done=draft_saved"
            ),
        ])
    func carriedForm(path: String, kept: String, location: String) throws {
        let user = try test.user(.publisher)
        let browser = test.visitor()
        let form = [("email", user.email), ("password", TestDashboard.password), ("to", path), ("kept", kept)]
        #expect(try browser.send(.post, "/dashboard/login", form: form).location == location)
        #expect(try browser.get("/dashboard").status == 200)
        #expect(try test.store.read { try $0.user(user.id) }?.name == user.name)
        #expect(try test.incidents().isEmpty)
        #expect(test.mails.all.isEmpty)
    }

    @Test("A log-in ends the session that the browser had")
    func secondLogIn() throws {
        let user = try test.user(.viewer)
        let browser = try test.browser(user)
        let other = try test.browser(user)
        #expect(try logIn(browser, user.email).status == 303)
        #expect(try test.store.read { try $0.sessions(of: user.id) }.count == 2)
        #expect(try browser.get("/dashboard").status == 200)
        #expect(try other.get("/dashboard").status == 200)
    }

    @Test("Failed log-ins of others do not block a user's codes, confirmations and emails", arguments: guesses)
    func otherGuesses(prefix: String) throws {
        let user = try test.user(.viewer)
        let counts = LoginGuard()
        func attempt(_ guess: LoginGuard.Guess) throws {
            try counts.attempt(guess, address: nil, at: test.ids.now())
        }
        for _ in 0..<5 { try attempt(.password(email: prefix + user.email)) }
        #expect(throws: FormProblem.self) { try attempt(.password(email: prefix + user.email)) }
        for guess in [.code(of: user), .confirmation(of: user), .mail(email: user.email)] as [LoginGuard.Guess] {
            #expect(throws: Never.self) { try attempt(guess) }
        }
    }

    /// Text that an attacker may put before the address, so that the attempt counts as another kind.
    private static let guesses = ["", "code ", "code of ", "confirmation ", "mail ", "mail to "]

    @Test("The screen names the command for the first owner while there is no user")
    func hint() throws {
        #expect(try test.visitor().get("/dashboard/login").html.contains("allclear users setup-link"))
        _ = try test.user(.viewer)
        #expect(try !test.visitor().get("/dashboard/login").html.contains("setup-link"))
    }

    @Test("A hash with other parameters is replaced at the log-in")
    func rehash() throws {
        let salt = [UInt8](repeating: 7, count: 16)
        let hash = try Scrypt(logN: 4, r: 8, p: 1).hash(Array(TestDashboard.password.utf8), salt: salt, count: 32)
        let phc = "$scrypt$ln=4,r=8,p=1$\(Base64URL.encode(salt).base64)$\(Base64URL.encode(hash).base64)"
        let user = try test.makeUser(.viewer, "old@acme.example", hasPassword: false)
        let (publishing, old) = (test.publishing, try #require(PasswordHash(phc: phc)))
        try test.store.write(as: .test) { transaction in
            _ = try publishing.changePassword(of: user.id, to: old, keeping: nil, in: transaction)
        }
        #expect(try logIn(test.visitor(), user.email).status == 303)
        let stored = try test.store.read { try $0.user(user.id) }?.passwordHash
        #expect(stored?.hasPrefix("$scrypt$ln=15,r=8,p=3$") == true)
        #expect(try logIn(test.visitor(), user.email).status == 303)
    }
}

extension String {
    /// In the usual alphabet of base 64.
    fileprivate var base64: String { String(map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }) }
}
