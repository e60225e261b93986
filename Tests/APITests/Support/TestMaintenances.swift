import HTTPTypes
import StatusPages
import Testing

@testable import allclear

let maintenancesPath = "/v2/status_page_maintenances"

extension Body {
    /// The body of a valid maintenance: scheduled far ahead, on Login and Core. `changes` replace members.
    static func maintenance(key: String = "key-1", _ changes: KeyValuePairs<String, String> = [:]) -> String {
        var members = [
            "status_page_id": #""{acme}""#, "name": #""Upgrade""#, "maintenance_status": #""maintenance_scheduled""#,
            "message": #""We upgrade.""#, "idempotency_key": "\"\(key)\"", "notify_subscribers": "false",
            "affected_component_ids": #"["{Login}", "{Core}"]"#, "start_at": #""2990-01-01T10:00:00Z""#,
            "end_at": #""2990-01-01T12:00:00Z""#,
        ]
        for (name, value) in changes { members[name] = value }
        return "{" + members.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ") + "}"
    }

    static func maintenanceUpdate(of maintenance: String, _ members: String = "") -> String {
        let extra = members.isEmpty ? "" : ", \(members)"
        return """
            {"status_page_maintenance_id": "\(maintenance)", "message": "News.", "notify_subscribers": false\(extra)}
            """
    }
}

extension TestServer {
    /// - Returns: the maintenance's ID.
    func schedule(key: String, _ changes: KeyValuePairs<String, String> = [:]) throws -> String {
        let response = try publish(.post, maintenancesPath, Body.maintenance(key: key, changes))
        return try #require(response.string("/status_page_maintenance/id"), "\(response.text)")
    }

    /// Publishes an update and requires that it succeeds.
    @discardableResult
    func updateMaintenance(_ maintenance: String, _ members: String = "") throws -> TestResponse {
        let response = try publish(
            .post, "/v2/status_page_maintenance_updates", Body.maintenanceUpdate(of: maintenance, members))
        try #require(response.status == 201, "\(response.text)")
        return response
    }

    func showMaintenance(_ maintenance: String) throws -> TestResponse { try get("\(maintenancesPath)/\(maintenance)") }

    /// The IDs of the maintenances that a query lists.
    func listMaintenances(_ query: String = "") throws -> [String] {
        let response = try get("\(maintenancesPath)?status_page_id={acme}&\(query)")
        return (0..<(response.count("/status_page_maintenances") ?? 0)).compactMap {
            response.string("/status_page_maintenances/\($0)/id")
        }
    }
}
