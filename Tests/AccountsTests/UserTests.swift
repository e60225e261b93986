import StatusPages
import Testing

@testable import Accounts

@Suite("Users and sessions")
struct UserTests {
    @Test(
        "Each role holds its API roles and those of lower roles; a disabled user holds none",
        arguments: [
            (User.Role.viewer, [APIKey.Role.statusPageViewer]),
            (.publisher, [.statusPageViewer, .statusPagePublisher]),
            (.editor, [.statusPageViewer, .statusPagePublisher, .manageSettings, .subscribersManage]),
            (.owner, APIKey.Role.allCases),
        ])
    func roles(role: User.Role, expected: [APIKey.Role]) {
        for apiRole in APIKey.Role.allCases {
            #expect(role.holds(apiRole) == expected.contains(apiRole))
            #expect(user(role).holds(apiRole) == expected.contains(apiRole))
            #expect(!user(role, disabledAt: second(1)).holds(apiRole))
        }
    }

    @Test("The names of roles in the API are incident.io's")
    func wireNames() {
        #expect(User.Role.allCases.map(\.wireName) == ["owner", "administrator", "responder", "viewer"])
    }

    @Test("A code works once, and only while the second factor is on")
    func codes() {
        var user = user()
        var areUsed = [user.useCode(of: 5)]
        user.turnOnTwoFactor(secret: [UInt8](repeating: 1, count: 20), step: 5)
        areUsed += [5, 4, 6, 6].map { user.useCode(of: $0) }
        user.turnOffTwoFactor()
        areUsed.append(user.useCode(of: 7))
        #expect(areUsed == [false, false, false, true, false, false])
        #expect(!user.hasTwoFactor && user.totpLastStep == nil)
    }

    private func session(lastSeen: Int64 = 0, confirmed: Int64 = 0, _ method: Session.Method = .password) -> Session {
        Session(
            hash: [UInt8](repeating: 0xA7, count: 32), userID: user().id, createdAt: second(0),
            lastSeenAt: second(lastSeen), confirmedAt: second(confirmed), method: method, userAgent: "", address: "")
    }

    private static let day: Int64 = 86_400

    @Test(
        "A session ends 14 days after its last use, and 30 days after its start",
        arguments: [
            (0, 14 * day - 1, true), (0, 14 * day, false), (10 * day, 24 * day - 1, true), (10 * day, 24 * day, false),
            (29 * day, 30 * day - 1, true), (29 * day, 30 * day, false),
        ] as [(Int64, Int64, Bool)])
    func expiry(lastSeen: Int64, now: Int64, isValid: Bool) {
        #expect(SessionRules().isValid(session(lastSeen: lastSeen), at: second(now)) == isValid)
    }

    @Test("The rules of sessions can be changed")
    func otherRules() {
        let rules = SessionRules(idle: 5_000, absolute: 8_000)
        let times = [(0, 4), (0, 5), (4, 7), (4, 8)] as [(Int64, Int64)]
        #expect(times.map { rules.isValid(session(lastSeen: $0), at: second($1)) } == [true, false, true, false])
    }

    @Test(
        "A proof counts for 15 minutes; a proxy proves the user on every request",
        arguments: [
            (Session.Method.password, 899, false), (.password, 900, true), (.totp, 899, false), (.totp, 900, true),
            (.header, 900, false),
        ] as [(Session.Method, Int64, Bool)])
    func confirmation(method: Session.Method, now: Int64, isNeeded: Bool) {
        #expect(SessionRules().needsConfirmation(session(method), at: second(now)) == isNeeded)
    }

    @Test("A confirmed session has a new token, and keeps its start")
    func confirmed() throws {
        let token = try SecretToken.generate()
        let old = session(lastSeen: 50)
        let new = old.confirmed(token: token, at: second(100))
        #expect(new.hash == token.hash && new.confirmedAt == second(100) && new.lastSeenAt == second(100))
        #expect(new.createdAt == old.createdAt && new.userID == old.userID && new.method == old.method)
        #expect(old.name == "a7a7a7a7a7a7a7a7")
    }

    @Test("The name of a browser is cut")
    func userAgent() throws {
        let text = String(repeating: "é", count: 300)
        let session = Session(
            token: try SecretToken.generate(), user: user(), method: .totp, userAgent: text, address: "192.0.2.1",
            at: second(0))
        #expect(session.userAgent == String(repeating: "é", count: 200))
    }

    @Test(
        "A link works until it is used or expires",
        arguments: [
            (AccountLink.Purpose.setup, 3_600),
            (.invitation(email: "a@example.com", name: nil, role: .viewer), 7 * day),
            (.reset(ID(ULID(high: 0, low: 1))), 3_600),
        ] as [(AccountLink.Purpose, Int64)])
    func links(purpose: AccountLink.Purpose, lifetime: Int64) throws {
        let token = try SecretToken.generate()
        let link = AccountLink(token: token, for: purpose, by: nil, at: second(0))
        #expect(link.isValid(at: second(0)) && link.isValid(at: second(lifetime - 1)))
        #expect(!link.isValid(at: second(lifetime)))
        let used = AccountLink(
            hash: link.hash, purpose: purpose, createdBy: nil, expiresAt: link.expiresAt, usedAt: second(1))
        #expect(!used.isValid(at: second(2)))
        #expect(AccountLink.path(link.kind, token) == "/dashboard/\(purpose.kind.rawValue)#\(token.text)")
    }
}
