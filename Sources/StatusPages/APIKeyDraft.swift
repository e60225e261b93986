/// A command to make or change a key, as far as it could be read. It has not been checked yet.
public struct APIKeyDraft: Sendable {
    public var name: String?
    public var roleNames: [String]?
    /// This server has no teams: only an empty list is valid.
    public var teamIDs: [String]?
    public var teamRoleNames: [String]?
    /// Nil leaves the comments unchanged, and empty text removes them.
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

    /// Adds everything that is wrong with the draft to `faults`.
    /// - Parameter grantable: the roles that may be listed. They include the roles that the key already has, because
    ///   listing those again grants nothing.
    /// - Returns: the name and the valid roles.
    func checked(
        granting grantable: Set<APIKey.Role>, faults: inout [Fault]
    ) -> (name: String?, roles: [APIKey.Role]) {
        if let fault = TextRule.name.fault(name, .name) { faults.append(fault) }
        if let fault = TextRule.comments.fault(ofOptional: comments, .comments) { faults.append(fault) }
        let roles = checkedRoles(granting: grantable, faults: &faults)
        check(teamIDs, .teamIDs, faults: &faults)
        check(teamRoleNames, .teamRoleNames, faults: &faults)
        return (name, roles)
    }

    /// The comments after the change.
    /// - Parameter present: the comments before the change.
    func comments(after present: String?) -> String? {
        guard let comments else { return present }
        return TextRule.isBlank(comments) ? nil : comments
    }

    private func checkedRoles(granting grantable: Set<APIKey.Role>, faults: inout [Fault]) -> [APIKey.Role] {
        guard let roleNames else {
            faults.append(Fault(.required, [.field(.roleNames)], "The role names are required; the list may be empty."))
            return []
        }
        var roles: [APIKey.Role] = []
        for (index, name) in roleNames.enumerated() {
            if let role = APIKey.Role(rawValue: name), grantable.contains(role), !roles.contains(role) {
                roles.append(role)
            } else {
                faults.append(
                    Fault(
                        .invalidValue, [.field(.roleNames), .index(index)],
                        Self.problem(with: name, granting: grantable)))
            }
        }
        return roles
    }

    private static func problem(with name: String, granting grantable: Set<APIKey.Role>) -> String {
        guard let role = APIKey.Role(rawValue: name) else { return "There is no role \"\(name.prefix(40))\"." }
        return grantable.contains(role)
            ? "The role \(name) is listed more than once."
            : "The role \(name) can only be granted on the command line or by an owner in the dashboard."
    }

    private func check(_ teams: [String]?, _ field: Fault.Field, faults: inout [Fault]) {
        guard let teams else {
            return faults.append(Fault(.required, [.field(field)], "This list is required and must be empty."))
        }
        if !teams.isEmpty {
            faults.append(Fault(.invalidValue, [.field(field)], "Teams are not supported: this list must be empty."))
        }
    }
}
