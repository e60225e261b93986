import Accounts
import Dispatch
import Locking
import StatusPages
import Storage
import Testing

@testable import Publishing

@Suite("Set-up links, invitations and reset links")
struct AccountLinkTests {
    private let test: TestAccounts

    init() throws { test = try TestAccounts() }

    private func setUp(_ token: SecretToken, _ email: String = "olga@example.com") throws -> User {
        try test.visit { publishing, transaction in
            try publishing.setUp(token, name: "Olga", email: email, passwordHash: somePassword, in: transaction)
        }
    }

    private func accept(_ token: SecretToken) throws -> User {
        try test.visit { try $0.accept(token, name: "Guest", passwordHash: somePassword, in: $1) }
    }

    private func reset(_ token: SecretToken) throws -> User {
        try test.visit { try $0.reset(token, passwordHash: otherPassword, in: $1) }
    }

    @Test("A set-up link creates the first owner, and the audit log names the owner as the actor")
    func settingUp() throws {
        let token = try test.write { try $0.makeSetUpLink(in: $1) }
        let event = try test.lastEvent()
        #expect(event.action == .created && event.subject.kind == .accountLink && event.actor.kind == .commandLine)
        let owner = try setUp(token)
        #expect(owner.role == .owner)
        #expect(try test.user(owner) == owner)
        let created = try test.lastEvent()
        #expect(created.actor == .user(owner, requestID: "r2", address: "192.0.2.2"))
        #expect(created.action == .created && created.subject == AuditSubject(owner))
        #expect(throws: UserRefusal.alreadySetUp) { try setUp(token, "other@example.com") }
        #expect(throws: UserRefusal.alreadySetUp) { try test.write { try $0.makeSetUpLink(in: $1) } }
    }

    @Test("Only one of many concurrent set-ups creates an owner")
    func simultaneousSetUps() throws {
        let token = try test.write { try $0.makeSetUpLink(in: $1) }
        let owners = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            if (try? setUp(token, "user\(number)@example.com")) != nil { owners.withLock { $0 += 1 } }
        }
        #expect(owners.withLock { $0 } == 1)
        #expect(try test.read { try $0.userCount() } == 1)
    }

    @Test("An invalid set-up does not use up the link")
    func refusedSetUp() throws {
        let token = try test.write { try $0.makeSetUpLink(in: $1) }
        #expect(throws: UserRefusal.emailInvalid) { try setUp(token, "olga") }
        #expect(throws: Never.self) { try setUp(token) }
    }

    @Test("An invitation makes a user with its address and role, once")
    func invitation() throws {
        let owner = try test.add("Olga", .owner)
        let (link, token) = try test.write(as: owner) {
            try $0.invite(email: "guest@example.com", name: "Guest", role: .publisher, in: $1)
        }
        #expect(link.createdBy == owner.id)
        #expect(try test.read { try test.publishing.validLink(token, in: $0) } == link)
        let guest = try accept(token)
        #expect(guest.email == "guest@example.com" && guest.role == .publisher)
        #expect(throws: UserRefusal.linkInvalid) { try accept(token) }
        #expect(throws: UserRefusal.emailTaken) {
            try test.write { try $0.invite(email: "GUEST@example.com", name: nil, role: .viewer, in: $1) }
        }
    }

    @Test("A new link replaces the earlier one with the same purpose only")
    func replacing() throws {
        let setup = try (0..<2).map { _ in try test.write { try $0.makeSetUpLink(in: $1) } }
        #expect(throws: UserRefusal.linkInvalid) { try setUp(setup[0]) }
        let owner = try setUp(setup[1])
        let invitations = try ["a@example.com", "b@example.com", "A@example.com"].map { email in
            try test.write { try $0.invite(email: email, name: nil, role: .viewer, in: $1).1 }
        }
        let resets = try (0..<2).map { _ in try test.write { try $0.makeResetLink(for: owner.id, in: $1).1 } }
        #expect(throws: UserRefusal.linkInvalid) { try accept(invitations[0]) }
        #expect(throws: UserRefusal.linkInvalid) { try reset(resets[0]) }
        for token in invitations[1...] { #expect(throws: Never.self) { try accept(token) } }
        #expect(throws: Never.self) { try reset(resets[1]) }
    }

    @Test("A link works only for its own purpose")
    func purposes() throws {
        let setup = try test.write { try $0.makeSetUpLink(in: $1) }
        #expect(throws: UserRefusal.linkInvalid) { try accept(setup) }
        #expect(throws: UserRefusal.linkInvalid) { try reset(setup) }
        let unknown = try SecretToken.generate()
        #expect(throws: UserRefusal.linkInvalid) { try setUp(unknown) }
        let owner = try setUp(setup)
        let invitation = try test.write { try $0.invite(email: "a@example.com", name: nil, role: .viewer, in: $1).1 }
        let forReset = try test.write { try $0.makeResetLink(for: owner.id, in: $1).1 }
        #expect(throws: UserRefusal.linkInvalid) { try reset(invitation) }
        #expect(throws: UserRefusal.linkInvalid) { try accept(forReset) }
        #expect(throws: UserRefusal.linkInvalid) { try accept(unknown) }
    }

    @Test("A revoked link does not work, and only owners revoke links")
    func revoking() throws {
        let owner = try test.add("Olga", .owner)
        let ann = try test.add("Ann", .editor)
        let (invitation, first) = try test.write {
            try $0.invite(email: "a@example.com", name: nil, role: .viewer, in: $1)
        }
        let (forReset, second) = try test.write(as: owner) { try $0.makeResetLink(for: ann.id, in: $1) }
        for (link, name, kind) in [(invitation, "a@example.com", "invitation"), (forReset, "Ann", "reset")] {
            #expect(throws: UserRefusal.missingRole(.apiKeysManage)) {
                try test.write(as: ann) { try $0.revokeLink(link.name, in: $1) }
            }
            try test.write(as: owner) { try $0.revokeLink(link.name, in: $1) }
            let event = try test.lastEvent()
            #expect(event.action == .revoked && event.subject == AuditSubject(link, name: name))
            #expect(event.changes.fields == ["kind": .values(before: .text(kind), after: .text(kind))])
            #expect(throws: NotFound.self) { try test.write { try $0.revokeLink(link.name, in: $1) } }
        }
        #expect(throws: UserRefusal.linkInvalid) { try accept(first) }
        #expect(throws: UserRefusal.linkInvalid) { try reset(second) }
    }

    @Test("A used link cannot be revoked")
    func revokingUsed() throws {
        let (link, token) = try test.write {
            try $0.invite(email: "a@example.com", name: nil, role: .owner, in: $1)
        }
        _ = try accept(token)
        #expect(throws: NotFound.self) { try test.write { try $0.revokeLink(link.name, in: $1) } }
    }

    @Test("Links expire: after one hour, and invitations after seven days")
    func expiry() throws {
        let setup = try test.write { try $0.makeSetUpLink(in: $1) }
        test.set(second(3_600))
        #expect(throws: UserRefusal.linkInvalid) { try setUp(setup) }
        let owner = try test.add("Olga", .owner)
        let invitation = try test.write { try $0.invite(email: "a@example.com", name: nil, role: .viewer, in: $1).1 }
        let forReset = try test.write { try $0.makeResetLink(for: owner.id, in: $1).1 }
        test.set(second(3_600 + 3_600))
        #expect(throws: UserRefusal.linkInvalid) { try reset(forReset) }
        test.set(second(3_600 + 7 * 86_400))
        #expect(throws: UserRefusal.linkInvalid) { try accept(invitation) }
    }

    @Test("A reset sets the password and ends all sessions; the second factor stays")
    func resetting() throws {
        let owner = try test.add("Olga", .owner)
        try test.write { _ = try $0.turnOnTwoFactor(of: owner.id, secret: secret, step: 1, in: $1) }
        _ = try test.logIn(owner)
        let token = try test.write { try $0.makeResetLink(for: owner.id, in: $1).1 }
        let changed = try reset(token)
        #expect(changed.passwordHash == otherPassword.phc && changed.hasTwoFactor)
        #expect(try test.sessions(of: owner).isEmpty)
        let event = try test.lastEvent()
        #expect(event.changes.fields == ["password": .hidden])
        #expect(event.actor == .user(owner, requestID: "r2", address: "192.0.2.2"))
        #expect(throws: UserRefusal.linkInvalid) { try reset(token) }
    }

    @Test("Only enabled users get a link for a forgotten password")
    func forgotten() throws {
        let owner = try test.add("Olga", .owner)
        let ann = try test.add("Ann", .viewer)
        _ = try test.write { try $0.disable(ann.id, in: $1) }
        func ask(_ email: String) throws -> (user: User, token: SecretToken)? {
            try test.visit { try $0.makeForgottenPasswordLink(email: email, in: $1) }
        }
        #expect(try ask("nobody@example.com") == nil)
        #expect(try ask("ann@example.com") == nil)
        let made = try #require(try ask("OLGA@example.com"))
        #expect(made.user == owner)
        #expect(try reset(made.token).id == owner.id)
    }
}
