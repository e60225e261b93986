/// A role that a key would need for what it asks, and does not hold.
public struct MissingRole: Equatable, Sendable {
    public let role: APIKey.Role
    /// What in the command asks for it; empty when the command as a whole does.
    public let path: [Fault.Step]

    public init(_ role: APIKey.Role, _ path: [Fault.Step] = []) {
        self.role = role
        self.path = path
    }
}

extension APIKey {
    /// How many valid keys there may be.
    public static let most = 5_000

    /// What keeps this key from giving away what a draft lists: a key gives only roles that it holds itself.
    /// - Parameter key: the one that is changed, if it is no new one. What it holds it is not given.
    public func rolesMissing(toGive draft: APIKeyDraft, to key: APIKey? = nil) -> [MissingRole] {
        (draft.roleNames ?? []).enumerated().compactMap { index, name in
            // The role to manage keys is nobody's to give; the draft's own check says so.
            guard let role = Role(rawValue: name), role != .apiKeysManage, !holds(role), key?.holds(role) != true else {
                return nil
            }
            return MissingRole(role, [.field(.roleNames), .index(index)])
        }
    }

    /// Makes a key.
    /// - Parameters:
    ///   - creator: the key that asks for it, and may give what the draft lists.
    ///   - count: how many valid keys there are.
    /// - Throws: everything that is wrong with the draft.
    public static func issue(
        _ draft: APIKeyDraft, by creator: APIKey, among count: Int, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> APIKey {
        var faults: [Fault] = []
        let (name, roles) = draft.checked(faults: &faults)
        if count >= most { faults.append(Fault(.tooManyKeys, [], "There can be at most \(most) API keys.")) }
        guard faults.isEmpty, let name else { throw Faults(faults) }
        return APIKey(
            id: ID(newID()), name: name, comments: draft.comments(after: nil), createdAt: now,
            creator: Creator(id: creator.id, name: creator.name), roles: roles)
    }

    /// Replaces the key's name and roles, and its comments if there are any in the draft.
    /// - Throws: everything that is wrong with the draft; the key is as it was.
    public mutating func revise(_ draft: APIKeyDraft) throws(Faults) {
        var faults: [Fault] = []
        let (name, roles) = draft.checked(keeping: self.roles, faults: &faults)
        guard faults.isEmpty, let name else { throw Faults(faults) }
        self.name = name
        comments = draft.comments(after: comments)
        give(roles)
    }
}
