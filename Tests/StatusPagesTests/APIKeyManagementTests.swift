import StatusPages
import Testing

@Suite("Managing API keys")
struct APIKeyManagementTests {
    private static let manager = APIKey(
        id: id(1), name: "Manager", createdAt: second(0), roles: [.apiKeysManage, .statusPagePublisher])
    private static let sound = APIKeyDraft(
        name: "Bot", roleNames: ["status_page_publisher"], teamIDs: [], teamRoleNames: [], comments: "For CI.")

    private func issue(_ draft: APIKeyDraft, among count: Int = 1) throws(Faults) -> APIKey {
        try APIKey.issue(draft, by: APIKey.Creator(Self.manager), among: count, at: second(5), newID: Sequencer().next)
    }

    /// The problems of the valid draft after a change.
    private func faults(_ change: (inout APIKeyDraft) -> Void) throws -> [Fault] {
        var draft = Self.sound
        change(&draft)
        let issued = try #require(throws: Faults.self) { try issue(draft) }.all
        let reader = APIKey(id: id(9), name: "Reader", createdAt: second(0), roles: [])
        var key = reader
        #expect(try #require(throws: Faults.self) { try key.revise(draft) }.all == issued)
        #expect(key == reader)
        return issued
    }

    @Test("A new key has its creator and its roles, and every key can read")
    func issue() throws {
        let key = try issue(Self.sound)
        #expect(
            key
                == APIKey(
                    id: id(1_001), name: "Bot", comments: "For CI.", createdAt: second(5),
                    creator: .key(id(1), name: "Manager"),
                    roles: [.statusPageViewer, .statusPagePublisher]))
        #expect(key.tokenIssuedAt == second(5))
        #expect(key.lastUsedAt == nil)
    }

    @Test("All problems are reported at once")
    func allAtOnce() throws {
        let empty = APIKeyDraft(name: nil, roleNames: nil, teamIDs: nil, teamRoleNames: nil, comments: nil)
        let all = try faults { $0 = empty }
        #expect(all.map(\.code) == [.required, .required, .required, .required])
        #expect(
            all.map(\.path) == [
                [.field(.name)], [.field(.roleNames)], [.field(.teamIDs)], [.field(.teamRoleNames)],
            ])
    }

    @Test(
        "Unknown, ungrantable and repeated roles are rejected at their position",
        arguments: [
            (["owner"], [0]), (["viewer", "status_page_viewer", ""], [0, 2]), (["api_keys_manage"], [0]),
            (["manage_settings", "api_keys_manage"], [1]), (["manage_settings", "manage_settings"], [1]),
        ])
    func roles(names: [String], wrong: [Int]) throws {
        let all = try faults { $0.roleNames = names }
        #expect(all.map(\.path) == wrong.map { [.field(.roleNames), .index($0)] })
        #expect(all.allSatisfy { $0.code == .invalidValue })
    }

    @Test("Names and comments are limited, and team lists must be empty")
    func limits() throws {
        #expect(try faults { $0.name = " " }.map(\.code) == [.tooShort])
        #expect(try faults { $0.comments = String(repeating: "c", count: 4_097) }.map(\.code) == [.tooLong])
        #expect(try faults { $0.comments = "a\0b" }.map(\.path) == [[.field(.comments)]])
        #expect(try faults { $0.teamIDs = ["t"] }.map(\.path) == [[.field(.teamIDs)]])
        #expect(try faults { $0.teamRoleNames = ["t"] }.map(\.path) == [[.field(.teamRoleNames)]])
    }

    @Test("The error for too many keys names no field")
    func most() throws {
        #expect(try issue(Self.sound, among: 4_999).name == "Bot")
        let faults = try #require(throws: Faults.self) { try issue(Self.sound, among: 5_000) }.all
        #expect(faults.map(\.code) == [.tooManyKeys])
        #expect(faults.map(\.path) == [[]])
    }

    @Test("A change replaces name and roles, and also the comments if the request has any")
    func revision() throws {
        var key = try issue(Self.sound)
        var draft = Self.sound
        draft.name = "Other"
        draft.roleNames = []
        for (sent, comments) in [(nil, "For CI."), ("New.", "New."), (" ", nil)] as [(String?, String?)] {
            draft.comments = sent
            try key.revise(draft)
            #expect(key.comments == comments)
        }
        #expect(key.name == "Other")
        #expect(key.roles == [.statusPageViewer])
    }

    @Test("A change of a key keeps api_keys_manage only if it lists the role")
    func keepingRoles() throws {
        var key = Self.manager
        var draft = Self.sound
        draft.roleNames = ["api_keys_manage", "status_page_publisher"]
        try key.revise(draft)
        #expect(key.name == "Bot")
        #expect(key.holds(.apiKeysManage) && key.holds(.statusPagePublisher))
        draft.roleNames = []
        try key.revise(draft)
        #expect(!key.holds(.apiKeysManage))
        draft.roleNames = ["api_keys_manage"]
        #expect(throws: Faults.self) { try key.revise(draft) }
    }

    @Test("A role that a key already has is not granted again")
    func keepingIsNotGiving() {
        var draft = Self.sound
        draft.roleNames = ["manage_settings", "status_page_publisher"]
        let settings = APIKey(id: id(2), name: "S", createdAt: second(0), roles: [.manageSettings])
        #expect(Self.manager.rolesMissing(toGive: draft, to: settings) == [])
        #expect(Self.manager.rolesMissing(toGive: draft).map(\.role) == [.manageSettings])
    }

    @Test("A key grants only its own roles")
    func giving() {
        var draft = Self.sound
        #expect(Self.manager.rolesMissing(toGive: draft) == [])
        draft.roleNames = ["status_page_viewer", "nonsense", "manage_settings", "api_keys_manage"]
        #expect(
            Self.manager.rolesMissing(toGive: draft) == [
                MissingRole(.manageSettings, [.field(.roleNames), .index(2)])
            ])
    }

    @Test("A key rotates only keys whose roles it has itself")
    func rotating() {
        let settings = APIKey(id: id(2), name: "S", createdAt: second(0), roles: [.manageSettings])
        #expect(Self.manager.rolesMissing(toRotate: settings) == [MissingRole(.manageSettings)])
        #expect(settings.rolesMissing(toRotate: settings) == [])
        #expect(
            settings.rolesMissing(toRotate: Self.manager) == [
                MissingRole(.statusPagePublisher), MissingRole(.apiKeysManage),
            ])
    }

    @Test("Old tokens work for the requested time, by default 30 minutes", arguments: [(nil, 30), (0, 0), (60, 60)])
    func gracePeriod(minutes: Int?, lived: Int64) throws {
        var key = Self.manager
        #expect(try key.rotate(APIKeyRotation(gracePeriodMinutes: minutes), at: second(9)) == second(9 + lived * 60))
        #expect(key.tokenIssuedAt == second(9))
    }

    @Test("A grace period is from 0 to 60 minutes", arguments: [-1, 61, .max, .min])
    func gracePeriodRange(minutes: Int) throws {
        var key = Self.manager
        let faults = try #require(throws: Faults.self) {
            try key.rotate(APIKeyRotation(gracePeriodMinutes: minutes), at: second(9))
        }
        #expect(faults.all.map(\.path) == [[.field(.gracePeriodMinutes)]])
        #expect(key == Self.manager)
    }
}
