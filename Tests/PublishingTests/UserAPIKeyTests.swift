import Accounts
import StatusPages
import Storage
import Testing

@testable import Publishing

@Suite("API keys that users make")
struct UserAPIKeyTests {
    private let test: TestAccounts
    private let owner: User

    init() throws {
        test = try TestAccounts()
        owner = try test.add("Olga", .owner)
    }

    private func draft(_ roles: String...) -> APIKeyDraft {
        APIKeyDraft(name: "CI", roleNames: roles, teamIDs: [], teamRoleNames: [], comments: nil)
    }

    private func hash(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    private func issue(_ draft: APIKeyDraft) throws -> APIKey {
        try test.write(as: owner) { try $0.issueKey(draft, byUser: owner.id, tokenHash: hash(1), in: $1) }
    }

    @Test("An owner can grant every role, even api_keys_manage, and is named as creator")
    func issuing() throws {
        let key = try issue(draft("api_keys_manage", "subscribers_manage"))
        #expect(key.roles == [.statusPageViewer, .apiKeysManage, .subscribersManage])
        let creator = APIKey.UserCreator(id: owner.id.ulid, name: "Olga", email: "olga@example.com", role: "owner")
        #expect(key.creator == .user(creator))
        #expect(try test.store.apiKey(tokenHash: hash(1), at: second(0)) == key)
        let event = try test.lastEvent()
        #expect(event.subject == AuditSubject(.apiKey, key.id, "CI") && event.actor.id == owner.id.ulid)
    }

    @Test("Later changes to the creator show on the key at once")
    func creator() throws {
        let key = try issue(draft())
        _ = try test.add("Otto", .owner)
        _ = try test.write { try $0.changeRole(of: owner.id, to: .editor, in: $1) }
        guard case .user(let creator)? = try test.store.apiKey(tokenHash: hash(1), at: second(0))?.creator else {
            Issue.record("the key \(key.id) has no creator")
            return
        }
        #expect(creator.role == "administrator")
    }

    @Test(
        "Other problems are reported as in the API", arguments: [["nothing"], ["manage_settings", "manage_settings"]])
    func faults(roles: [String]) throws {
        var draft = draft()
        draft.roleNames = roles
        #expect(throws: Faults.self) { try issue(draft) }
    }

    @Test("An owner changes, rotates and revokes any key")
    func managing() throws {
        let key = try test.write { try $0.makeKey(name: "old", roles: [.manageSettings], tokenHash: hash(1), in: $1) }
        let changed = try test.write(as: owner) {
            try $0.change(key.id, with: draft("api_keys_manage"), byUser: owner.id, in: $1)
        }
        #expect(changed.name == "CI" && changed.roles == [.statusPageViewer, .apiKeysManage])
        let command = APIKeyRotation(gracePeriodMinutes: 0)
        _ = try test.write(as: owner) {
            try $0.rotate(key.id, command, byUser: owner.id, tokenHash: hash(2), in: $1)
        }
        #expect(try test.store.apiKey(tokenHash: hash(1), at: second(1)) == nil)
        #expect(try test.store.apiKey(tokenHash: hash(2), at: second(1))?.id == key.id)
        try test.write(as: owner) { try $0.revoke(key.id, byUser: owner.id, in: $1) }
        #expect(try test.read { try $0.apiKeys() }.isEmpty)
        #expect(throws: NotFound.self) { try test.write(as: owner) { try $0.revoke(key.id, byUser: owner.id, in: $1) } }
    }

    @Test("Nobody else manages keys", arguments: User.Role.allCases.dropFirst())
    func authority(role: User.Role) throws {
        let ann = try test.add("Ann", role)
        let key = try issue(draft())
        let acts: [(Publishing, WriteTransaction) throws -> Void] = [
            { _ = try $0.issueKey(draft(), byUser: ann.id, tokenHash: hash(2), in: $1) },
            { _ = try $0.change(key.id, with: draft(), byUser: ann.id, in: $1) },
            {
                let command = APIKeyRotation(gracePeriodMinutes: 0)
                _ = try $0.rotate(key.id, command, byUser: ann.id, tokenHash: hash(2), in: $1)
            },
            { try $0.revoke(key.id, byUser: ann.id, in: $1) },
        ]
        for act in acts {
            #expect(throws: UserRefusal.missingRole(.apiKeysManage)) { try test.write(as: ann, act) }
        }
    }
}
