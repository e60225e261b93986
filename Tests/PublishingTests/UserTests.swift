import Accounts
import StatusPages
import Storage
import Testing

@testable import Publishing

@Suite("Managing users")
struct UserTests {
    private let test: TestAccounts
    private let owner: User

    init() throws {
        test = try TestAccounts()
        owner = try test.add("Olga", .owner)
    }

    @Test("A new user is recorded with its values, and the password only as changed")
    func creation() throws {
        let ed = try test.write(as: owner) { publishing, transaction in
            try publishing.makeUser(
                email: "Ed@example.com", name: "Ed", role: .editor, passwordHash: somePassword, in: transaction)
        }
        #expect(try test.user(ed) == ed)
        #expect(try test.read { try test.publishing.findUser(email: "eD@EXAMPLE.com", in: $0) } == ed)
        let event = try test.lastEvent()
        #expect(event.actor == .user(owner, requestID: "r1", address: "192.0.2.1"))
        #expect(event.action == .created && event.subject == AuditSubject(ed))
        #expect(
            event.changes
                == AuditChanges([
                    "name": .values(before: .none, after: .text("Ed")),
                    "email": .values(before: .none, after: .text("Ed@example.com")),
                    "role": .values(before: .none, after: .text("editor")), "password": .hidden,
                ]))
    }

    @Test(
        "A user needs a name and an address that nobody has",
        arguments: [
            ("ed@example.com", " ", UserRefusal.nameInvalid("The name must not be empty.")),
            ("ed", "Ed", .emailInvalid), ("OLGA@example.com", "Ed", .emailTaken),
        ])
    func refusedCreation(email: String, name: String, refusal: UserRefusal) throws {
        #expect(throws: refusal) {
            try test.write { publishing, transaction in
                try publishing.makeUser(email: email, name: name, role: .viewer, in: transaction)
            }
        }
        #expect(try test.read { try $0.userCount() } == 1)
    }

    @Test("Nobody can demote or disable the last owner")
    func lastOwner() throws {
        let second = try test.add("Otto", .owner)
        _ = try test.write { try $0.disable(second.id, in: $1) }
        for actor in [nil, owner] {
            #expect(throws: UserRefusal.lastOwner) { try test.write(as: actor) { try $0.disable(owner.id, in: $1) } }
        }
        #expect(throws: UserRefusal.lastOwner) {
            try test.write { try $0.changeRole(of: owner.id, to: .editor, in: $1) }
        }
        // A disabled owner counts again only after being enabled.
        _ = try test.write { try $0.enable(second.id, in: $1) }
        _ = try test.write { try $0.changeRole(of: owner.id, to: .editor, in: $1) }
        #expect(try test.user(owner).role == .editor)
    }

    @Test("Users cannot change their own role")
    func ownRole() throws {
        let second = try test.add("Otto", .owner)
        #expect(throws: UserRefusal.ownRole) {
            try test.write(as: second) { try $0.changeRole(of: second.id, to: .viewer, in: $1) }
        }
        let changed = try test.write(as: owner) { try $0.changeRole(of: second.id, to: .viewer, in: $1) }
        #expect(changed.role == .viewer)
        #expect(
            try test.lastEvent().changes.fields == ["role": .values(before: .text("owner"), after: .text("viewer"))])
    }

    @Test("Only owners manage users, and only while they still have the role", arguments: User.Role.allCases)
    func authority(role: User.Role) throws {
        let actor = try test.add("Ann", role)
        let other = try test.add("Bob", .viewer)
        let acts: [(Publishing, WriteTransaction) throws -> Void] = [
            { _ = try $0.makeUser(email: "new@example.com", name: "New", role: .owner, in: $1) },
            { _ = try $0.invite(email: "x@example.com", name: nil, role: .owner, in: $1) },
            { _ = try $0.changeRole(of: other.id, to: .editor, in: $1) },
            { _ = try $0.makeResetLink(for: other.id, in: $1) },
            { _ = try $0.signOutEverywhere(other.id, in: $1) },
            { _ = try $0.disable(other.id, in: $1) }, { _ = try $0.enable(other.id, in: $1) },
        ]
        for act in acts {
            if role == .owner {
                #expect(throws: Never.self) { try test.write(as: actor, act) }
            } else {
                #expect(throws: UserRefusal.missingRole(.apiKeysManage)) { try test.write(as: actor, act) }
            }
        }
        _ = try test.write { try $0.disable(actor.id, in: $1) }
        for act in acts { #expect(throws: UserRefusal.disabled) { try test.write(as: actor, act) } }
    }

    @Test("The user's role and state are checked again in the transaction")
    func required() throws {
        let ann = try test.add("Ann", .publisher)
        func require(_ id: ID<User>, _ role: APIKey.Role) throws -> User {
            try test.read { try test.publishing.requireUser(id, holding: role, in: $0) }
        }
        #expect(try require(ann.id, .statusPagePublisher) == ann)
        #expect(throws: UserRefusal.missingRole(.manageSettings)) { try require(ann.id, .manageSettings) }
        #expect(throws: UserRefusal.unknown) { try require(ID(ULID(high: 9, low: 9)), .statusPageViewer) }
        _ = try test.write { try $0.changeRole(of: ann.id, to: .viewer, in: $1) }
        #expect(throws: UserRefusal.missingRole(.statusPagePublisher)) { try require(ann.id, .statusPagePublisher) }
    }

    @Test("Disabling ends the sessions, and the links that the user made or got")
    func disabling() throws {
        let second = try test.add("Otto", .owner)
        _ = try test.logIn(second)
        let (invitation, _) = try test.write(as: second) {
            try $0.invite(email: "guest@example.com", name: nil, role: .owner, in: $1)
        }
        let (reset, _) = try test.write { try $0.makeResetLink(for: second.id, in: $1) }
        let disabled = try test.write(as: owner) { try $0.disable(second.id, in: $1) }
        #expect(disabled.isDisabled)
        #expect(try test.user(second) == disabled)
        #expect(try test.sessions(of: second).isEmpty)
        for link in [invitation, reset] { #expect(try test.read { try $0.accountLink(hash: link.hash) } == nil) }
        let event = try test.lastEvent()
        #expect(event.action == .disabled && event.subject == AuditSubject(second))
        #expect(event.changes.fields == ["sessions": .values(before: .number(1), after: .number(0))])
        #expect(throws: UserRefusal.disabled) { try test.logIn(second) }
        #expect(throws: UserRefusal.disabled) { try test.write { try $0.makeResetLink(for: second.id, in: $1) } }
        _ = try test.write { try $0.enable(second.id, in: $1) }
        #expect(try test.lastEvent().action == .enabled)
        #expect(throws: Never.self) { try test.logIn(second) }
    }

    @Test("Demoting an owner invalidates the owner's invitations")
    func demotion() throws {
        let second = try test.add("Otto", .owner)
        let (_, token) = try test.write(as: second) {
            try $0.invite(email: "guest@example.com", name: nil, role: .owner, in: $1)
        }
        _ = try test.write(as: owner) { try $0.changeRole(of: second.id, to: .viewer, in: $1) }
        #expect(throws: UserRefusal.linkInvalid) {
            try test.visit { try $0.accept(token, name: "Guest", passwordHash: somePassword, in: $1) }
        }
    }

    @Test("Requests that change nothing leave no event")
    func nothing() throws {
        let ann = try test.add("Ann", .viewer)
        let count = try test.eventCount()
        try test.write(as: owner) { publishing, transaction in
            _ = try publishing.changeRole(of: ann.id, to: .viewer, in: transaction)
            _ = try publishing.enable(ann.id, in: transaction)
            _ = try publishing.signOutEverywhere(ann.id, in: transaction)
            _ = try publishing.changeAccount(
                of: ann.id, name: ann.name, timeZone: ann.timeZone, theme: ann.theme, in: transaction)
        }
        #expect(try test.eventCount() == count)
    }
}
