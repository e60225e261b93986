import Testing

@testable import PublicPages
@testable import StatusPages

@Suite("Incidents and maintenances as Statuspage describes them")
struct StatuspageEventTests {
    /// Components 11 and 15, 12 in a group, 14 in a sub-page; 13 and 16 are hidden.
    private static let page = StatusPage.sample([
        .component(11), .group(50, [.numbered(12)]), .component(13, isHidden: true),
        .subPage(60, key: "eu", [.component(14)]), .component(15), .group(51, isHidden: true, [.numbered(16)]),
    ])

    private static func shown(_ incident: Incident, subPage: String? = nil) throws -> OrderedJSON {
        let ongoing = incident.status == .resolved ? [] : [incident]
        let documents = StatuspageDocuments(page, subPage: subPage, incidents: ongoing)
        return try #require(OrderedJSON(documents.incident(incident))?["incident"])
    }

    private static func shown(_ maintenance: Maintenance) throws -> OrderedJSON {
        let ongoing = maintenance.status == .complete ? [] : [maintenance]
        let documents = StatuspageDocuments(page, maintenances: ongoing)
        return try #require(
            OrderedJSON(documents.scheduledMaintenances([maintenance]))?["scheduled_maintenances"]?[0])
    }

    /// The affected components of each update, oldest first, such as "12 operational>major_outage".
    private static func changes(_ event: OrderedJSON) -> [[String]?] {
        (event["incident_updates"]?.items ?? []).reversed().map { update in
            guard let affected = update["affected_components"], affected != .null else { return nil }
            return affected.items.map { change in
                let name = change["name"]?.text?.suffix(2) ?? ""
                return "\(name) \(change["old_status"]?.text ?? "")>\(change["new_status"]?.text ?? "")"
            }
        }
    }

    @Test("An incident's own facts")
    func facts() throws {
        var incident = Incident.steps(
            7, IncidentStep(1, .investigating, [(12, .partialOutage)]), IncidentStep(2, .monitoring))
        incident.revisedAt = minute(9)
        let shown = try Self.shown(incident)
        let id = "00000000000000000000000007"
        #expect(shown["id"]?.text == id)
        #expect(shown["name"]?.text == "Incident 7")
        #expect(shown["status"]?.text == "monitoring")
        #expect(shown["created_at"]?.text == minute(1).rfc3339)
        #expect(shown["started_at"]?.text == minute(1).rfc3339)
        #expect(shown["updated_at"]?.text == minute(9).rfc3339)
        #expect(shown["shortlink"]?.text == "https://status.example/acme/incidents/\(id)")
        #expect(shown["page_id"]?.text == "00000000000000000000000001")
        #expect(shown["reminder_intervals"] == .null)
    }

    @Test("Updates are newest first, with one time, even if the text was edited")
    func updates() throws {
        var incident = Incident.steps(7, IncidentStep(1, .investigating), IncidentStep(2, .identified))
        try incident.updates[0].edit(message: "Mended", at: minute(8))
        let shown = try Self.shown(incident)
        let updates = try #require(shown["incident_updates"]?.items)
        #expect(updates.map { $0["id"]?.text?.suffix(2) } == ["NX", "NW"])
        #expect(updates.map { $0["body"]?.text } == ["Message 1", "Mended"])
        #expect(updates.map { $0["status"]?.text } == ["identified", "investigating"])
        #expect(updates.map { $0["deliver_notifications"] } == [.bool(false), .bool(true)])
        #expect(updates.allSatisfy { $0["incident_id"] == shown["id"] })
        for name in ["created_at", "updated_at", "display_at"] {
            #expect(updates.map { $0[name]?.text } == [minute(2).rfc3339, minute(1).rfc3339], "\(name)")
        }
        #expect(shown["updated_at"]?.text == minute(8).rfc3339)
    }

    @Test("An update lists every visible component that was named by then, before and after")
    func incidentChanges() throws {
        let incident = Incident.steps(
            7, IncidentStep(1, .investigating), IncidentStep(2, .investigating, [(13, .fullOutage)]),
            IncidentStep(3, .identified, [(15, .degradedPerformance), (12, .fullOutage), (99, .fullOutage)]),
            IncidentStep(4, .identified, [(12, .partialOutage), (11, .operational)]),
            IncidentStep(5, .monitoring),
            IncidentStep(6, .resolved, [11, 12, 13, 15].map { ($0, .operational) }))
        let shown = try Self.shown(incident)
        #expect(
            Self.changes(shown) == [
                nil, nil, ["12 operational>major_outage", "15 operational>degraded_performance"],
                [
                    "11 operational>operational", "12 major_outage>partial_outage",
                    "15 degraded_performance>degraded_performance",
                ],
                [
                    "11 operational>operational", "12 partial_outage>partial_outage",
                    "15 degraded_performance>degraded_performance",
                ],
                [
                    "11 operational>operational", "12 partial_outage>operational",
                    "15 degraded_performance>operational",
                ],
            ])
        let change = try #require(shown["incident_updates"]?[3]?["affected_components"]?[0])
        #expect(change["code"]?.text == "0000000000000000000000000C")
        #expect(change["name"]?.text == "Group 50 - Component 12")
    }

    @Test("Maintenance changes components only while it is in progress")
    func maintenanceChanges() throws {
        let maintenance = Maintenance.steps(
            7, MaintenanceStep(0, .scheduled, [(15, .underMaintenance), (12, .underMaintenance)]),
            MaintenanceStep(5, .scheduled), MaintenanceStep(60, .inProgress),
            MaintenanceStep(70, .inProgress, [(15, .operational), (11, .underMaintenance), (16, .underMaintenance)]),
            MaintenanceStep(80, .complete, [11, 12, 15, 16].map { ($0, .operational) }))
        #expect(
            Self.changes(try Self.shown(maintenance)) == [
                ["12 operational>operational", "15 operational>operational"],
                ["12 operational>operational", "15 operational>operational"],
                ["12 operational>under_maintenance", "15 operational>under_maintenance"],
                [
                    "11 operational>under_maintenance", "12 under_maintenance>under_maintenance",
                    "15 under_maintenance>operational",
                ],
                [
                    "11 under_maintenance>operational", "12 under_maintenance>operational",
                    "15 operational>operational",
                ],
            ])
    }

    @Test("A maintenance that returns to scheduled and starts again changes components both times")
    func backAndForth() throws {
        let maintenance = Maintenance.steps(
            7, MaintenanceStep(0, .inProgress, [(11, .underMaintenance)]), MaintenanceStep(1, .scheduled),
            MaintenanceStep(2, .inProgress))
        #expect(
            Self.changes(try Self.shown(maintenance)) == [
                ["11 operational>under_maintenance"], ["11 under_maintenance>operational"],
                ["11 operational>under_maintenance"],
            ])
    }

    @Test("A sub-page shows only its own components of an incident")
    func subPage() throws {
        let incident = Incident.steps(7, IncidentStep(1, .identified, [(11, .fullOutage), (14, .degradedPerformance)]))
        let shown = try Self.shown(incident, subPage: "eu")
        #expect(Self.changes(shown) == [["14 operational>degraded_performance"]])
        #expect(shown["components"]?.items.map { $0["name"]?.text } == ["Component 14"])
        #expect(shown["impact"]?.text == "minor")
        #expect(shown["shortlink"]?.text == "https://status.example/acme/eu/incidents/00000000000000000000000007")
        #expect(shown["page_id"] == shown["components"]?[0]?["page_id"])
    }

    @Test("The components are rows with their current status, in the page's order")
    func components() throws {
        let old = Incident.steps(
            7,
            IncidentStep(1, .identified, [(15, .fullOutage), (13, .fullOutage), (12, .fullOutage), (99, .fullOutage)]),
            IncidentStep(2, .resolved, [12, 13, 15, 99].map { ($0, .operational) }))
        let current = Incident.steps(8, IncidentStep(3, .identified, [(15, .degradedPerformance)]))
        let documents = StatuspageDocuments(Self.page, incidents: [current])
        let all = try #require(OrderedJSON(documents.components())?["components"]).items
        let shown = try #require(OrderedJSON(documents.incidents([old, current]))?["incidents"])
        #expect(shown[1]?["components"] == .array([all[2], all[4]]))
        #expect(shown[1]?["components"]?.items.map { $0["status"]?.text } == ["operational", "degraded_performance"])
        #expect(shown[0]?["components"] == .array([all[4]]))
    }

    @Test(
        "The impact is the worst that a visible component ever had",
        arguments: [
            ([], "none"), ([[]], "none"), ([[(11, .operational)]], "none"),
            ([[(11, .degradedPerformance)]], "minor"), ([[(11, .partialOutage)]], "major"),
            ([[(11, .fullOutage)]], "critical"), ([[(13, .fullOutage), (16, .fullOutage)]], "none"),
            ([[(99, .fullOutage), (15, .degradedPerformance)]], "minor"),
            ([[(11, .partialOutage)], [(11, .operational)], [(12, .degradedPerformance)]], "major"),
            ([[(11, .degradedPerformance)], [(12, .fullOutage)], [(12, .operational)]], "critical"),
        ] as [([[(UInt64, ComponentStatus)]], String)])
    func impact(_ changes: [[(UInt64, ComponentStatus)]], _ impact: String) throws {
        let steps = changes.enumerated().map { IncidentStep(Int64($0), .identified, $1) }
        #expect(try Self.shown(.steps(7, steps))["impact"]?.text == impact)
    }

    @Test(
        "monitoring_at is the last move to monitoring; resolved_at is the move to resolved, while the incident is resolved",
        arguments: [
            ([.investigating], nil, nil), ([.monitoring], 0, nil),
            ([.investigating, .monitoring, .monitoring], 1, nil),
            ([.monitoring, .identified], 0, nil), ([.monitoring, .identified, .monitoring], 2, nil),
            ([.investigating, .resolved], nil, 1), ([.monitoring, .resolved, .resolved], 0, 1),
            ([.resolved, .investigating], nil, nil), ([.resolved, .monitoring, .resolved], 1, 2), ([.resolved], nil, 0),
        ] as [([Incident.Status], Int64?, Int64?)])
    func moves(_ statuses: [Incident.Status], monitoring: Int64?, resolved: Int64?) throws {
        let shown = try Self.shown(.steps(7, statuses.enumerated().map { IncidentStep(Int64($0), $1) }))
        #expect(shown["monitoring_at"] == Self.time(monitoring))
        #expect(shown["resolved_at"] == Self.time(resolved))
    }

    @Test(
        "A maintenance shows its status, its window and its completion",
        arguments: [
            ([.scheduled], "scheduled", nil), ([.scheduled, .inProgress], "in_progress", nil),
            ([.scheduled, .inProgress, .complete], "completed", 2), ([.complete, .complete], "completed", 0),
            ([.complete, .inProgress], "in_progress", nil), ([.complete, .inProgress, .complete], "completed", 2),
        ] as [([Maintenance.Status], String, Int64?)])
    func maintenance(_ statuses: [Maintenance.Status], status: String, resolved: Int64?) throws {
        var maintenance = Maintenance.steps(7, window: (60, 90), MaintenanceStep(0, .scheduled))
        maintenance.updates = statuses.enumerated().flatMap {
            Maintenance.steps(7, MaintenanceStep(Int64($0), $1)).updates
        }
        maintenance.status = try #require(statuses.last)
        let shown = try Self.shown(maintenance)
        #expect(shown["status"]?.text == status)
        #expect(shown["impact"]?.text == "maintenance")
        #expect(shown["monitoring_at"] == .null)
        #expect(shown["resolved_at"] == Self.time(resolved))
        #expect(shown["scheduled_for"] == Self.time(60))
        #expect(shown["scheduled_until"] == Self.time(90))
        #expect(shown["shortlink"]?.text == "https://status.example/acme/maintenances/00000000000000000000000007")
    }

    private static func time(_ minutes: Int64?) -> OrderedJSON {
        minutes.map { .string(minute($0).rfc3339) } ?? .null
    }
}
