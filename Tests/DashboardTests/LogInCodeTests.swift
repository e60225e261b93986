import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Accounts
@testable import Dashboard

@Suite("Log-in with a second factor")
struct LogInCodeTests {
    private let test: TestDashboard
    private let user: User
    private let recoveryCodes: [String]

    init() throws {
        test = try TestDashboard()
        user = try test.user(.editor)
        recoveryCodes = try test.turnOnTwoFactor(of: user)
    }

    /// Sends the correct password.
    private func begin(_ browser: Browser, _ fields: [(String, String)] = []) throws -> TestPage {
        try browser.send(
            .post, "/dashboard/login",
            form: [("email", user.email), ("password", TestDashboard.password)] + fields)
    }

    @Test("A correct password leads to the code, and a correct code logs in")
    func code() throws {
        let browser = test.visitor()
        let answer = try begin(browser, [("next", "/dashboard/pages/acme")])
        #expect(answer.location == "/dashboard/login/code?next=%2Fdashboard%2Fpages%2Facme")
        #expect(browser.cookieNames == ["__Host-allclear-login"])
        #expect(try browser.get("/dashboard").status == 303)
        let page = try browser.get(try #require(answer.location))
        #expect(page.heading == "Two-factor code")
        let done = try browser.submit(page, to: "/dashboard/login/code", ["code": test.code(of: TestDashboard.secret)])
        #expect(done.location == "/dashboard/pages/acme")
        #expect(browser.cookieNames == ["__Host-allclear"])
        #expect(try browser.get("/dashboard").status == 200)
    }

    @Test("A code works once")
    func usedCode() throws {
        let code = test.code(of: TestDashboard.secret)
        for status in [303, 422] {
            let browser = test.visitor()
            _ = try begin(browser)
            #expect(try browser.send(.post, "/dashboard/login/code", form: [("code", code)]).status == status)
        }
        // A correct password alone is not a log-in.
        #expect(test.dashboard.access.logIns == [.succeeded: 1, .wrongCode: 1])
        let line = test.log.lines.last { $0.message == "log-in failed" }
        #expect(line?.metadata["user"] == "\(user.id)")
        #expect(line?.metadata["reason"] == "wrong_code")
    }

    @Test("After five wrong codes, the password is needed again")
    func fiveCodes() throws {
        let browser = test.visitor()
        _ = try begin(browser)
        for number in 1...5 {
            let page = try browser.send(.post, "/dashboard/login/code", form: [("code", "000000")])
            #expect(page.status == 422)
            #expect(page.heading == (number < 5 ? "Two-factor code" : "Log in"))
        }
        let code = test.code(of: TestDashboard.secret)
        #expect(try browser.send(.post, "/dashboard/login/code", form: [("code", code)]).heading == "Log in")
    }

    @Test("A correct password does not reset the count of wrong codes")
    func guessingCodes() throws {
        for _ in 0..<5 {
            let browser = test.visitor()
            _ = try begin(browser)
            _ = try browser.send(.post, "/dashboard/login/code", form: [("code", "000000")])
        }
        let browser = test.visitor()
        _ = try begin(browser)
        let code = test.code(of: TestDashboard.secret)
        #expect(try browser.send(.post, "/dashboard/login/code", form: [("code", code)]).status == 429)
    }

    @Test("After five minutes, the password is needed again")
    func tooLate() throws {
        let browser = test.visitor()
        _ = try begin(browser)
        test.ids.advance(by: 301)
        #expect(try browser.get("/dashboard/login/code").location == "/dashboard/login")
        let code = test.code(of: TestDashboard.secret)
        let answer = try browser.send(.post, "/dashboard/login/code", form: [("code", code)])
        #expect(answer.status == 422)
        #expect(answer.heading == "Log in")
    }

    @Test("A recovery code replaces the code, once")
    func recovery() throws {
        for status in [303, 422] {
            let browser = test.visitor()
            _ = try begin(browser)
            let page = try browser.get("/dashboard/login/code")
            let other = try browser.submit(page, to: "/dashboard/login/code", ["use": "recovery"])
            #expect(other.status == 200)
            // Nothing that was typed counts as an attempt.
            let back = try browser.submit(
                other, to: "/dashboard/login/code", ["recovery_code": "typed", "use": "app"])
            #expect(back.status == 200)
            let answer = try browser.submit(
                other, to: "/dashboard/login/code", ["recovery_code": recoveryCodes[3].lowercased(), "use": "entered"])
            #expect(answer.status == status)
        }
    }

    @Test("A form that was sent without a session is kept through both steps")
    func keptForm() throws {
        let browser = test.visitor()
        let kept = [("to", TestDashboard.incidents), ("kept", "name=Kept&status=investigating&message=Text")]
        let page = try begin(browser, kept)
        #expect(page.status == 200)
        #expect(page.heading == "Two-factor code")
        let answer = try browser.submit(
            page, to: "/dashboard/login/code", ["code": test.code(of: TestDashboard.secret)])
        #expect(answer.location == "\(TestDashboard.incidents)/new?done=draft_saved")
        #expect(browser.cookieNames == ["__Host-allclear"])
        #expect(try browser.get("\(TestDashboard.incidents)/new").value(of: "name") == "Kept")
    }

    @Test("A new password or second factor while a code is checked ends the log-in", arguments: [true, false])
    func changeMeanwhile(isPassword: Bool) throws {
        let browser = test.visitor()
        _ = try begin(browser)
        let (publishing, id) = (test.publishing, user.id)
        let answer = try test.race { transaction in
            if isPassword {
                _ = try publishing.changePassword(of: id, to: .decoy, keeping: nil, in: transaction)
            } else {
                _ = try publishing.resetTwoFactor(of: id, in: transaction)
                _ = try publishing.turnOnTwoFactor(
                    of: id, secret: [UInt8](repeating: 1, count: 20), step: 1, in: transaction)
            }
        } against: {
            try browser.send(
                .post, "/dashboard/login/code", form: [("code", test.code(of: TestDashboard.secret))])
        }
        #expect(answer.status == 409)
        #expect(try test.store.read { try $0.sessions(of: id) }.isEmpty)
    }

    @Test("A new password ends log-ins that wait for a code")
    func changedPassword() throws {
        let browser = test.visitor()
        _ = try begin(browser)
        let (publishing, id) = (test.publishing, user.id)
        try test.store.write(as: .test) { transaction in
            _ = try publishing.changePassword(of: id, to: .decoy, keeping: nil, in: transaction)
        }
        let code = test.code(of: TestDashboard.secret)
        #expect(try browser.send(.post, "/dashboard/login/code", form: [("code", code)]).heading == "Log in")
    }
}

extension TestDashboard {
    static let secret = Array("12345678901234567890".utf8)

    /// The code that an app shows now.
    func code(of secret: [UInt8]) -> String { TOTP.code(of: ids.now().milliseconds / 30_000, secret: secret) }

    /// - Returns: the recovery codes.
    func turnOnTwoFactor(of user: User) throws -> [String] {
        try store.write(as: .test) { transaction in
            try publishing.turnOnTwoFactor(of: user.id, secret: Self.secret, step: 1, in: transaction)
        }
    }
}
