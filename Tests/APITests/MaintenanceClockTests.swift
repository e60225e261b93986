import Foundation
import Glibc
import HTTPTypes
import JSONInput
import StatusPages
import TestSupport
import Testing

@testable import allclear

@Suite(.timeLimit(.patientMinutes(2))) struct MaintenanceClockTests {
    /// Members for an automated maintenance. Its window begins and ends this many milliseconds from now.
    private static func window(_ start: Int64, _ end: Int64) -> KeyValuePairs<String, String> {
        let now = Clock.now()
        return [
            "automate_maintenance_status": "true",
            "start_at": "\"\(now.advanced(byMilliseconds: start).rfc3339)\"",
            "end_at": "\"\(now.advanced(byMilliseconds: end).rfc3339)\"",
        ]
    }

    /// Polls the widget until it shows these numbers of scheduled maintenances and of those in progress. Some states
    /// last only seconds, so a separate thread polls: other tests cannot delay it.
    private static func widget(
        of server: TestServer, scheduled: Int, inProgress: Int
    ) async throws -> TestResponse {
        try await OwnThread.run { try look(for: scheduled, inProgress, at: server) }
    }

    private static func look(for scheduled: Int, _ inProgress: Int, at server: TestServer) throws -> TestResponse {
        for _ in 0..<1_200 {
            let widget = try server.widget()
            if widget.count("/scheduled_maintenances") == scheduled,
                widget.count("/in_progress_maintenances") == inProgress
            {
                return widget
            }
            usleep(50_000)
        }
        Issue.record("the widget never showed \(scheduled) scheduled and \(inProgress) in progress")
        return try server.widget()
    }

    @Test("An automated maintenance starts and completes, and readers see it")
    func window() async throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let created = try server.publish(.post, maintenancesPath, Body.maintenance(Self.window(1_000, 8_000)))
        let id = try #require(created.string("/status_page_maintenance/id"))
        let start = try #require(created.string("/status_page_maintenance/component_maintenance_periods/0/start_at"))
        let end = try #require(created.string("/status_page_maintenance/component_maintenance_periods/0/end_at"))

        let widget = try await Self.widget(of: server, scheduled: 0, inProgress: 1)
        #expect(Clock.now() >= (try #require(Timestamp(rfc3339: start))))
        #expect(widget.string("/in_progress_maintenances/0/id") == id)
        #expect(widget.string("/in_progress_maintenances/0/started_at") == start)
        #expect(widget.string("/in_progress_maintenances/0/scheduled_end_at") == end)
        let component = "/in_progress_maintenances/0/affected_components/0"
        #expect(widget.string("\(component)/current_status") == "under_maintenance")

        _ = try await Self.widget(of: server, scheduled: 0, inProgress: 0)
        #expect(Clock.now() >= (try #require(Timestamp(rfc3339: end))))
        try Self.expectCourse(of: id, on: server, from: start, to: end)
    }

    @Test("A server that was down during the window publishes both updates when it starts, in order")
    func downtime() throws {
        let directory = try TemporaryDirectory()
        // This server's clock does not run, so the maintenance waits until the other server starts.
        let before = try TestServer(.inProcess, directory: directory)
        let created = try before.publish(.post, maintenancesPath, Body.maintenance(Self.window(-7_200_000, 4_000)))
        let id = try #require(created.string("/status_page_maintenance/id"))
        #expect(try before.widget().count("/scheduled_maintenances") == 1)
        let period = "/status_page_maintenance/component_maintenance_periods/0"
        let start = try #require(created.string("\(period)/start_at"))
        let end = try #require(created.string("\(period)/end_at"))
        try before.stop()
        while Clock.now() < (try #require(Timestamp(rfc3339: end))) { usleep(50_000) }

        let after = try TestServer(.inProcess, directory: directory)
        #expect(try after.widget().count("/scheduled_maintenances") == 0)
        #expect(try after.widget().count("/in_progress_maintenances") == 0)
        try Self.expectCourse(of: id, on: after, from: start, to: end)
        try after.stop()

        // Another start changes nothing.
        let again = try TestServer(.inProcess, directory: directory)
        defer { again.remove() }
        try Self.expectCourse(of: id, on: again, from: start, to: end)
    }

    @Test("A published status ends the automation, and a deleted maintenance gets no updates")
    func outOfItsHands() async throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let ahead = Self.window(3_600_000, 7_200_000)
        let manual = try server.schedule(key: "manual", ahead)
        try server.updateMaintenance(manual, #""maintenance_status": "maintenance_scheduled""#)
        let over = #"{"name": "Over", "start_at": "2026-01-01T10:00:00Z", "end_at": "2026-01-01T12:00:00Z"}"#
        #expect(try server.publish(.put, "\(maintenancesPath)/\(manual)", over).status == 200)
        let deleted = try server.schedule(key: "deleted", ahead)
        let path = "\(maintenancesPath)/\(deleted)"
        #expect(try server.call(.delete, path, token: try server.token(.statusPagePublisher)).status == 204)
        // This maintenance is due last. So when it has started, the clock has passed over the others.
        let automated = try server.schedule(key: "automated", Self.window(-2_000, 3_600_000))
        _ = try await Self.widget(of: server, scheduled: 1, inProgress: 1)
        #expect(try server.showMaintenance(automated).count("/status_page_maintenance/updates") == 2)
        let shown = try server.showMaintenance(manual)
        #expect(shown.string("/status_page_maintenance/maintenance_status") == "maintenance_scheduled")
        #expect(shown.json("/status_page_maintenance/automate_maintenance_status") == .bool(false))
        #expect(shown.count("/status_page_maintenance/updates") == 2)
        #expect(try server.showMaintenance(deleted).status == 404)
    }

    /// Expects three updates, in order, and periods that ended with the window.
    private static func expectCourse(of id: String, on server: TestServer, from start: String, to end: String) throws {
        let shown = try server.showMaintenance(id)
        let maintenance = "/status_page_maintenance"
        #expect(shown.count("\(maintenance)/updates") == 3)
        let statuses = (0...2).map { shown.string("\(maintenance)/updates/\($0)/maintenance_status") }
        #expect(statuses == ["maintenance_scheduled", "maintenance_in_progress", "maintenance_complete"])
        #expect(shown.json("\(maintenance)/updates/1/component_statuses") == .array([]))
        #expect(shown.count("\(maintenance)/updates/2/component_statuses") == 2)
        #expect(shown.string("\(maintenance)/maintenance_status") == "maintenance_complete")
        #expect(shown.json("\(maintenance)/automate_maintenance_status") == .bool(true))
        for index in 0...1 {
            let period = "\(maintenance)/component_maintenance_periods/\(index)"
            #expect(shown.string("\(period)/start_at") == start)
            #expect(shown.string("\(period)/end_at") == end)
        }
    }
}
