import Accounts
import Dashboard
import HTTPServer
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
        reader.refuseUnknownMembers()
    }

    private static func host(_ text: String) -> String? {
        guard let url = try? WebURL("https://\(text)"), url.port == nil, url.path.isEmpty else { return nil }
        return HostName.key(url.host)
    }
}
