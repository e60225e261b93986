/// A role that a key needs for a command, but does not have.
public struct MissingRole: Equatable, Sendable {
    public let role: APIKey.Role
    /// The part of the command that needs the role; empty for the command as a whole.
    public let path: [Fault.Step]

    public init(_ role: APIKey.Role, _ path: [Fault.Step] = []) {
        self.role = role
        self.path = path
    }
}

extension APIKey {
    /// The maximum number of valid keys.
    public static let most = 5_000

    /// The roles that a key can grant, if it has them. Only a person can make a key that manages keys.
    public static let grantableByKeys = Set(Role.allCases).subtracting([.apiKeysManage])

    /// The roles in a draft that this key cannot grant, because it does not have them itself.
    /// - Parameter key: the key to change; nil for a new one. Roles that it already has do not count.
    public func rolesMissing(toGive draft: APIKeyDraft, to key: APIKey? = nil) -> [MissingRole] {
        (draft.roleNames ?? []).enumerated().compactMap { index, name in
            // No key can grant the role that manages keys. The check of the draft reports that.
            guard let role = Role(rawValue: name), role != .apiKeysManage, !holds(role), key?.holds(role) != true else {
                return nil
            }
            return MissingRole(role, [.field(.roleNames), .index(index)])
        }
    }

    /// Makes a key.
    /// - Parameters:
    ///   - creator: the maker of the key, who must be allowed to grant the roles in the draft.
    ///   - grantable: the roles that the maker may grant. Keys cannot grant the role that manages keys.
    ///   - count: how many valid keys there are.
    /// - Throws: everything that is wrong with the draft.
    public static func issue(
        _ draft: APIKeyDraft, by creator: Creator, granting grantable: Set<Role> = grantableByKeys, among count: Int,
        at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> APIKey {
        var faults: [Fault] = []
        let (name, roles) = draft.checked(granting: grantable, faults: &faults)
        if count >= most {
            faults.append(Fault(.tooManyKeys, [], "There can be at most \(most) API keys. Revoke one first."))
        }
        guard faults.isEmpty, let name else { throw Faults(faults) }
        return APIKey(
            id: ID(newID()), name: name, comments: draft.comments(after: nil), createdAt: now,
            creator: creator, roles: roles)
    }

    /// Replaces the key's name and roles, and its comments if the draft has any.
    /// - Parameter grantable: the roles that the maker of the change may grant.
    /// - Throws: everything that is wrong with the draft. The key then stays unchanged.
    public mutating func revise(
        _ draft: APIKeyDraft, granting grantable: Set<Role> = grantableByKeys
    ) throws(Faults) {
        var faults: [Fault] = []
        let (name, roles) = draft.checked(granting: grantable.union(self.roles), faults: &faults)
        guard faults.isEmpty, let name else { throw Faults(faults) }
        self.name = name
        comments = draft.comments(after: comments)
        give(roles)
    }
}
