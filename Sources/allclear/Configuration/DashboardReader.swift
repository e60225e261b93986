import Accounts
import Dashboard
import HTTPServer
import HTTPTypes
import JSONInput

/// Reads `dashboard`, the settings of the screens for people who publish.
extension ConfigurationReader {
    func readDashboard(_ reader: JSONReader, into settings: inout DashboardSettings) {
        settings.isEnabled = reader.bool("enabled") ?? settings.isEnabled
        settings.host = reader.parsed(
            "host", Self.host, rule: "must be a host name such as \"status-admin.acme.example\", without a port")
        settings.allowsHTTP = reader.bool("allow_http") ?? settings.allowsHTTP
        settings.requiresTwoFactor = reader.bool("require_two_factor") ?? settings.requiresTwoFactor
        let day: Int64 = 86_400_000
        if let days = reader.integer("session_idle_days", in: 1...365) { settings.sessions.idle = Int64(days) * day }
        if let days = reader.integer("session_days", in: 1...365) { settings.sessions.absolute = Int64(days) * day }
        settings.trustedHeader = reader.object("trusted_header").flatMap(readTrustedHeader) ?? settings.trustedHeader
        reader.refuseUnknownMembers()
    }

    /// - Returns: nil without a valid field for the address.
    private func readTrustedHeader(_ reader: JSONReader) -> TrustedHeader? {
        let rule = "must be the name of a header field, such as \"Remote-Email\""
        let email = reader.parsed("email", Self.fieldName, rule: rule)
        let name = reader.parsed("name", Self.fieldName, rule: rule)
        let groups = reader.parsed("groups", Self.fieldName, rule: rule)
        let roles = readRoles(reader)
        let createsUsers = reader.bool("create_users") ?? false
        if !reader.has("email") { reader.refuse("email", .missing, "is required") }
        if reader.has("groups"), !reader.has("roles") {
            reader.refuse("roles", .missing, "is required with groups: it gives their members roles")
        }
        if reader.has("roles"), !reader.has("groups") {
            reader.refuse("groups", .missing, "is required with roles: it names the field with the user's groups")
        }
        if createsUsers, !reader.has("groups") {
            reader.refuse("create_users", .value, "needs groups and roles, because new users need a role")
        }
        reader.refuseUnknownMembers()
        return email.map {
            TrustedHeader(email: $0, name: name, groups: groups, roles: roles, createsUsers: createsUsers)
        }
    }

    /// The roles by the names of groups.
    private func readRoles(_ reader: JSONReader) -> [String: User.Role] {
        guard let roles = reader.object("roles") else { return [:] }
        return Dictionary(
            roles.names.compactMap { group in roles.choice(group, User.Role.self).map { (group, $0) } }
        ) { first, _ in first }
    }

    private static func fieldName(_ text: String) -> HTTPField.Name? { HTTPField.Name(text) }

    private static func host(_ text: String) -> String? {
        guard let url = try? WebURL("https://\(text)"), url.port == nil, url.path.isEmpty else { return nil }
        return HostName.key(url.host)
    }
}

extension JSONReader {
    fileprivate func refuse(_ name: String, _ code: JSONFault.Code, _ message: String) {
        faults.note(JSONFault(code, pointer.appending(name), message))
    }
}
