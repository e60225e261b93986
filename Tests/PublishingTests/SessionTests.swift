import Accounts
import StatusPages
import Storage
import Testing

@testable import Publishing

@Suite("Sessions")
struct SessionTests {
    private let test: TestAccounts
    private let owner: User
    private let ann: User

    init() throws {
        test = try TestAccounts()
        owner = try test.add("Olga", .owner)
        ann = try test.add("Ann", .viewer)
    }

    private func find(_ token: SecretToken) throws -> (session: Session, user: User)? {
        try test.read { try $0.session(hash: token.hash) }
    }

    @Test("A log-in makes a session, and is recorded without its token")
    func loggingIn() throws {
        test.set(second(5))
        let (session, token) = try test.logIn(ann)
        let found = try #require(try find(token))
        #expect(found.session == session)
        #expect(try found.user == test.user(ann))
        #expect(found.user.lastLoginAt == second(5))
        #expect(session.createdAt == second(5) && session.confirmedAt == second(5) && session.method == .password)
        let event = try test.lastEvent()
        #expect(event.action == .loggedIn && event.subject == AuditSubject(session, of: ann))
        #expect(event.actor == .user(ann, requestID: "r2", address: "192.0.2.2"))
        #expect(event.changes.fields == ["method": .values(before: .none, after: .text("password"))])
    }

    @Test("A code of the second factor works for one log-in or confirmation")
    func codes() throws {
        #expect(throws: UserRefusal.codeInvalid) { try test.logIn(ann, codeOf: 5) }
        try test.write { _ = try $0.turnOnTwoFactor(of: ann.id, secret: secret, step: 5, in: $1) }
        let count = try test.eventCount()
        #expect(throws: UserRefusal.codeInvalid) { try test.logIn(ann, codeOf: 5) }
        #expect(try test.eventCount() == count)
        #expect(try test.sessions(of: ann).isEmpty)
        let session = try test.logIn(ann, codeOf: 6).session
        #expect(throws: UserRefusal.codeInvalid) { try test.write { try $0.confirm(session.hash, codeOf: 6, in: $1) } }
        let confirmed = try test.write { try $0.confirm(session.hash, codeOf: 7, in: $1) }.0
        #expect(throws: UserRefusal.codeInvalid) {
            try test.write { try $0.confirm(confirmed.hash, codeOf: 7, in: $1) }
        }
    }

    @Test("A user has at most 20 sessions: the oldest ends")
    func mostSessions() throws {
        let others = try test.logIn(owner).session
        var made: [Session] = []
        for number in 0..<22 {
            test.set(second(Int64(number)))
            made.append(try test.logIn(ann).session)
        }
        #expect(try test.sessions(of: ann).map(\.hash) == made.suffix(20).reversed().map(\.hash))
        #expect(try test.sessions(of: owner) == [others])
    }

    @Test("A confirmation gives the session a new token")
    func confirmation() throws {
        let (session, token) = try test.logIn(ann)
        test.set(second(1_000))
        let (confirmed, fresh) = try test.write { try $0.confirm(session.hash, in: $1) }
        #expect(try find(token) == nil)
        #expect(try find(fresh)?.session == confirmed)
        #expect(confirmed.confirmedAt == second(1_000) && confirmed.createdAt == session.createdAt)
        #expect(try test.lastEvent().action == .confirmed)
        #expect(throws: UserRefusal.sessionEnded) { try test.write { try $0.confirm(session.hash, in: $1) } }
    }

    @Test("A log-out ends its session, and is recorded once")
    func loggingOut() throws {
        let first = try test.logIn(ann).session
        let second = try test.logIn(ann).session
        let count = try test.eventCount()
        for _ in 0..<2 { try test.visit { try $0.logOut(first.hash, in: $1) } }
        #expect(try test.sessions(of: ann) == [second])
        #expect(try test.eventCount() == count + 1)
        #expect(try test.lastEvent().action == .loggedOut)
    }

    @Test("A user can end their own sessions one by one, but cannot find those of others")
    func revoking() throws {
        let first = try test.logIn(ann).session
        let second = try test.logIn(ann).session
        let others = try test.logIn(owner).session
        #expect(throws: NotFound.self) {
            try test.write(as: ann) { try $0.revokeSession(others.name, of: ann.id, in: $1) }
        }
        try test.write(as: ann) { try $0.revokeSession(first.name, of: ann.id, in: $1) }
        #expect(try test.sessions(of: ann) == [second])
        #expect(try test.lastEvent().action == .revoked)
    }

    @Test("Users can end all their other sessions, and owners can end anybody's")
    func everywhere() throws {
        let kept = try test.logIn(ann).session
        _ = try test.logIn(ann)
        _ = try test.logIn(owner)
        #expect(throws: UserRefusal.missingRole(.apiKeysManage)) {
            try test.write(as: ann) { try $0.signOutEverywhere(owner.id, in: $1) }
        }
        #expect(try test.write(as: ann) { try $0.signOutEverywhere(ann.id, except: kept.hash, in: $1) } == 1)
        #expect(try test.sessions(of: ann) == [kept])
        #expect(try test.write(as: owner) { try $0.signOutEverywhere(ann.id, in: $1) } == 1)
        #expect(try test.sessions(of: ann).isEmpty)
        #expect(try test.sessions(of: owner).count == 1)
        let event = try test.lastEvent()
        #expect(event.action == .loggedOut && event.subject == AuditSubject(ann))
    }

    @Test("Uses of sessions are noted in memory, and stored together; ended sessions do not come back")
    func uses() throws {
        let first = try test.logIn(ann).session
        let second = try test.logIn(ann).session
        let uses = SessionUses()
        let time = PublishingTests.second(60)
        uses.note(first, at: time)
        uses.note(second, at: time)
        #expect(uses.completed(first).lastSeenAt == time)
        let unstored = uses.unstored
        uses.note(first, at: PublishingTests.second(90))
        try test.visit { try $0.logOut(second.hash, in: $1) }
        try test.write { try $1.recordUses(unstored) }
        uses.forget(unstored)
        #expect(try test.sessions(of: ann).map(\.lastSeenAt) == [time])
        #expect(uses.unstored == [first.hash: PublishingTests.second(90)])
        // An earlier time changes nothing.
        try test.write { try $1.recordUses([first.hash: PublishingTests.second(1)]) }
        #expect(try test.sessions(of: ann).map(\.lastSeenAt) == [time])
    }
}
