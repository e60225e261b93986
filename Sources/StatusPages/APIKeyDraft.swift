/// What a key is to be, as a client sent it: what could be read of it, not yet checked. Making a key and changing one
/// take the same.
public struct APIKeyDraft: Sendable {
    public var name: String?
    public var roleNames: [String]?
    /// There are no teams here: nothing but an empty list is right.
    public var teamIDs: [String]?
    public var teamRoleNames: [String]?
    /// Nil leaves them as they are, and empty text clears them.
    public var comments: String?

    public init(
        name: String?, roleNames: [String]?, teamIDs: [String]?, teamRoleNames: [String]?, comments: String?
    ) {
        self.name = name
        self.roleNames = roleNames
        self.teamIDs = teamIDs
        self.teamRoleNames = teamRoleNames
        self.comments = comments
    }

    /// Notes all that is wrong with the draft.
    /// - Parameter held: the roles of the key that is changed. To list them keeps them, which gives nothing.
    /// - Returns: the name and the roles that are sound.
    func checked(keeping held: [APIKey.Role] = [], faults: inout [Fault]) -> (name: String?, roles: [APIKey.Role]) {
        if let fault = TextRule.name.fault(name, .name) { faults.append(fault) }
        if let fault = TextRule.comments.fault(ofOptional: comments, .comments) { faults.append(fault) }
        let roles = checkedRoles(keeping: held, faults: &faults)
        check(teamIDs, .teamIDs, faults: &faults)
        check(teamRoleNames, .teamRoleNames, faults: &faults)
        return (name, roles)
    }

    /// What the comments are to be.
    /// - Parameter present: what they are.
    func comments(after present: String?) -> String? {
        guard let comments else { return present }
        return TextRule.isBlank(comments) ? nil : comments
    }

    private func checkedRoles(keeping held: [APIKey.Role], faults: inout [Fault]) -> [APIKey.Role] {
        guard let roleNames else {
            faults.append(Fault(.required, [.field(.roleNames)], "The role names are required; they may be empty."))
            return []
        }
        var roles: [APIKey.Role] = []
        for (index, name) in roleNames.enumerated() {
            if let role = APIKey.Role(rawValue: name), role != .apiKeysManage || held.contains(role),
                !roles.contains(role)
            {
                roles.append(role)
            } else {
                faults.append(Fault(.invalidValue, [.field(.roleNames), .index(index)], Self.problem(with: name)))
            }
        }
        return roles
    }

    private static func problem(with name: String) -> String {
        switch APIKey.Role(rawValue: name) {
        case nil: "There is no role \(name.prefix(40))."
        case .apiKeysManage: "The role \(name) is given on the command line only."
        default: "The role \(name) is listed more than once."
        }
    }

    private func check(_ teams: [String]?, _ field: Fault.Field, faults: inout [Fault]) {
        guard let teams else {
            return faults.append(Fault(.required, [.field(field)], "This list is required, and has to be empty."))
        }
        if !teams.isEmpty {
            faults.append(Fault(.invalidValue, [.field(field)], "There are no teams here: this list has to be empty."))
        }
    }
}
