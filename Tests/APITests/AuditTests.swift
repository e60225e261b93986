import Foundation
import GRDB
import Glibc
import HTTPTypes
import ManagementAPI
import Publishing
import StatusPages
import TestSupport
import Testing

@testable import Storage
@testable import allclear

@Suite("The audit log of writes", .timeLimit(.patientMinutes(3)))
struct AuditTests {
    /// A request that changes something, and what the log must say about it.
    private struct Write {
        let method: HTTPRequest.Method
        let path: String
        let body: String
        let action: AuditEvent.Action
        let kind: AuditSubject.Kind
        /// The names of the fields that change.
        let fields: String
        var isOnPage = true

        init(
            _ method: HTTPRequest.Method, _ path: String, _ body: String, _ action: AuditEvent.Action,
            _ kind: AuditSubject.Kind, _ fields: String, isOnPage: Bool = true
        ) {
            (self.method, self.path, self.body) = (method, path, body)
            (self.action, self.kind, self.fields) = (action, kind, fields)
            self.isOnPage = isOnPage
        }
    }

    /// A successful request for every route that writes, in an order that works.
    private static func writes(_ server: TestServer, _ token: String) throws -> [Write] {
        let incident = try server.declare(key: "a")
        let maintenance = try server.schedule(key: "b")
        let update = try #require(try server.show(incident).string("/status_page_incident/updates/0/id"))
        let note = try #require(
            try server.showMaintenance(maintenance).string("/status_page_maintenance/updates/0/id"))
        let made = try server.call(.post, "/v2/status_page_components", token: token, body: #"{"name": "Search"}"#)
        let component = try #require(made.string("/status_page_component/id"))
        let key = try server.createKey(Body.key(roles: "manage_settings"), by: TestKey(id: "", token: token)).id
        let record = """
            {"status_page_id": "{acme}", "name": "Then", "idempotency_key": "c", "updates": [
             {"incident_status": "investigating", "message": "Text C.", "published_at": "2025-01-01T00:00:00Z"},
             {"incident_status": "resolved", "message": "Text D.", "published_at": "2025-01-01T01:00:00Z"}]}
            """
        let window = #""start_at": "2990-02-01T10:00:00Z", "end_at": "2990-02-01T12:00:00Z""#
        let incidents = "/v2/status_page_incidents"
        let components = "/v2/status_page_components"
        let subscribers = try server.subscriberRequests().filter { $0.method != .get }
        let expected: [String: (AuditEvent.Action, AuditSubject.Kind, String)] = [
            "status_page_subscribers": (.created, .subscriber, "state"),
            "import": (.imported, .page, "confirmed imported"),
            "resend_confirmation": (.asked, .subscriber, ""), "reactivate": (.reactivated, .subscriber, "state"),
            "report_bounce": (.bounced, .subscriber, "failures"), "rotate_secret": (.rotated, .subscriber, "secret"),
            "test": (.tested, .subscriber, ""), "status_page_delivery_status": (.paused, .sending, ""),
        ]
        let subscriberWrites = subscribers.compactMap { method, path, body -> Write? in
            let body = (body ?? "").replacingOccurrences(of: #""paused": false"#, with: #""paused": true"#)
            let last = String(path.split(separator: "/").last ?? "")
            let (action, kind, fields): (AuditEvent.Action, AuditSubject.Kind, String)
            switch (method, last) {
            case (.put, "status_page_delivery_status"),
                (.post, _) where expected[last] != nil:
                (action, kind, fields) = expected[last] ?? (.tested, .subscriber, "")
            case (.post, "retry") where path.hasSuffix("deliveries/actions/retry"):
                // The write before this one has retried the only failed delivery.
                return nil
            case (.post, "retry"): (action, kind, fields) = (.retried, .delivery, "")
            case (.put, _): (action, kind, fields) = (.changed, .subscriber, "name scope")
            default: (action, kind, fields) = (.deleted, .subscriber, "")
            }
            return Write(method, path, body, action, kind, fields, isOnPage: kind != .sending)
        }
        return [
            Write(
                .post, incidents, Body.incident(key: "d", message: "Text A."), .created, .incident,
                "name notify_subscribers status update_id"),
            Write(
                .post, "/v2/status_page_incident_updates",
                Body.update(of: incident, #""incident_status": "identified""#), .published, .incident,
                "notify_subscribers status update_id"),
            Write(.put, "\(incidents)/\(incident)", #"{"name": "Other"}"#, .changed, .incident, "name"),
            Write(
                .put, "\(incidents)/\(incident)", #"{"name": "Third", "message": "Text B."}"#, .published, .incident,
                "name notify_subscribers update_id"),
            Write(
                .put, "/v2/status_page_incident_updates/\(update)", #"{"message": "Better."}"#, .edited, .incident,
                "message update_id"),
            Write(.delete, "\(incidents)/\(incident)", "", .deleted, .incident, ""),
            Write(.post, "/v2/status_page_retrospective_incidents", record, .recorded, .incident, "name status"),
            Write(
                .post, maintenancesPath, Body.maintenance(key: "e"), .created, .maintenance,
                "automated end_at name notify_subscribers start_at status update_id"),
            Write(
                .post, "/v2/status_page_maintenance_updates", Body.maintenanceUpdate(of: maintenance), .published,
                .maintenance, "notify_subscribers update_id"),
            Write(
                .put, "\(maintenancesPath)/\(maintenance)", #"{"name": "Other", \#(window)}"#, .changed, .maintenance,
                "end_at name start_at"),
            Write(
                .put, "/v2/status_page_maintenance_updates/\(note)", #"{"message": "Better."}"#, .edited, .maintenance,
                "message update_id"),
            Write(.delete, "\(maintenancesPath)/\(maintenance)", "", .deleted, .maintenance, ""),
            Write(
                .post, components, #"{"name": "Other", "description": "Another"}"#, .created, .component,
                "description name", isOnPage: false),
            Write(
                .put, "\(components)/\(component)", #"{"name": "Third"}"#, .changed, .component, "name",
                isOnPage: false),
            Write(
                .post, "/v2/managed_resources",
                #"{"resource_type": "status_page_component", "resource_id": "\#(component)", "annotations": {"a": "b"}}"#,
                .claimed, .component, "annotations", isOnPage: false),
            Write(
                .post, "/v2/managed_resources",
                #"{"resource_type": "status_page_component", "resource_id": "\#(component)", "annotations": {}}"#,
                .handedBack, .component, "annotations", isOnPage: false),
            Write(.delete, "\(components)/\(component)", "", .archived, .component, "", isOnPage: false),
            Write(.post, "/v1/api_keys", Body.key(), .created, .apiKey, "name roles", isOnPage: false),
            Write(
                .put, "/v1/api_keys/\(key)", Body.key("New", members: #""comments": "For CI""#), .changed, .apiKey,
                "comments name roles", isOnPage: false),
            Write(
                .post, "/v1/api_keys/\(key)/actions/rotate", "", .rotated, .apiKey, "grace_period_minutes token",
                isOnPage: false),
            Write(.delete, "/v1/api_keys/\(key)", "", .revoked, .apiKey, "", isOnPage: false),
        ] + subscriberWrites
    }

    private static func manager(_ server: TestServer) throws -> TestKey {
        try server.makeKey(
            .statusPagePublisher, .manageSettings, .apiKeysManage, .subscribersManage, name: "all \"roles\"")
    }

    private static func events(_ server: TestServer) throws -> [AuditEvent] {
        try server.application.store.read { try $0.auditEvents(matching: everything, limit: 10_000) ?? [] }
    }

    private static var everything: AuditFilter {
        var filter = AuditFilter()
        filter.showsInternalPages = true
        return filter
    }

    /// Everything in the database.
    private static func contents(_ server: TestServer) throws -> [String] {
        try server.application.store.pool.read { db in
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
            return try tables.map { try "\($0) \(Row.fetchAll(db, sql: "SELECT * FROM \($0)"))" }
        }
    }

    /// Makes the log refuse new events, until `body` returns.
    private static func withoutLog<Result>(_ server: TestServer, _ body: () throws -> Result) throws -> Result {
        let pool = try server.application.store.pool
        try pool.write { db in
            try db.execute(
                sql: """
                    CREATE TEMP TRIGGER refusing BEFORE INSERT ON main.audit_events BEGIN
                        SELECT RAISE(ABORT, 'no events');
                    END
                    """)
        }
        defer { try? pool.write { try $0.execute(sql: "DROP TRIGGER temp.refusing") } }
        return try body()
    }

    @Test("Every write of the API leaves an event, in its own transaction")
    func writes() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let key = try Self.manager(server)
        let api = try server.described()
        // These have separate tests.
        let others = ["/v2/status_page_deliveries/actions/retry", "/v2/status_page_structures/{status_page_id}"]
        var left = Set(
            api.apiOperations.filter { $0.method != "get" && !others.contains($0.path) }.map(\.name))
        for write in try Self.writes(server, key.token) {
            let place = "\(write.method) \(write.path)"
            func call() throws -> TestResponse {
                try server.call(
                    write.method, write.path, token: key.token, from: "192.0.2.7", body: write.body)
            }
            let before = try Self.contents(server)
            let refused = try Self.withoutLog(server, call)
            #expect(refused.status == 500, "\(place): \(refused.text)")
            #expect(try Self.contents(server) == before, "\(place)")
            let count = try Self.events(server).count
            let answer = try call()
            #expect((200..<300).contains(answer.status), "\(place): \(answer.text)")
            let events = try Self.events(server)
            #expect(events.count == count + 1, "\(place)")
            let event = try #require(events.first)
            #expect(event.actor.kind == .apiKey && event.actor.id?.description == key.id, "\(place)")
            #expect(event.actor.name == "all \"roles\"")
            #expect(event.actor.requestID == answer.field("X-Request-ID"), "\(place)")
            #expect(event.actor.address == "192.0.2.7")
            #expect(event.action == write.action && event.subject.kind == write.kind, "\(place): \(event)")
            #expect(event.changes.fields.keys.sorted().joined(separator: " ") == write.fields, "\(place)")
            #expect(event.pageID?.description == (write.isOnPage ? server.ids["acme"] : nil), "\(place)")
            if let operation = api.operation(write.method, write.path) { left.remove(operation.name) }
        }
        #expect(left.isEmpty, "add a write to each of these: \(left.sorted().joined(separator: ", "))")
        try Self.expectNothingPersonal(server)
    }

    /// The log has no secrets, no addresses and no published texts, except the old and the new text of an edit.
    private static func expectNothingPersonal(_ server: TestServer) throws {
        let text = try server.application.store.pool.read { db in
            try String.fetchAll(db, sql: "SELECT json_array(\(columns)) FROM audit_events").joined(separator: "\n")
        }
        #expect(text.contains("\"changed\""))
        for part in [
            "@example.com", "hooks.example.com", "whsec_", "allclear_", "Operations", "mailbox full", "Text A",
            "Text B",
            "Text C", "News.",
        ] {
            #expect(!text.contains(part), "\(part)")
        }
    }

    private static let columns =
        "actor_id, actor_name, action, subject_id, subject_name, page_id, changes, request_id, address"

    @Test("A new structure leaves an event for each item; setting the same structure again leaves none")
    func structures() throws {
        let server = try TestServer()
        defer { server.remove() }
        let key = try Self.manager(server)
        let page = try server.makePage("made")
        let made = try server.call(.post, "/v2/status_page_components", token: key.token, body: #"{"name": "Search"}"#)
        let component = try #require(made.string("/status_page_component/id") as String?)
        let body = """
            {"items": [{"component": {"component_id": "\(component)"}}], "display_uptime_mode": "nothing"}
            """
        let count = try Self.events(server).count
        for _ in 0..<2 {
            let path = "/v2/status_page_structures/\(page)"
            let answer = try server.call(.put, path, token: key.token, body: body)
            #expect(answer.status == 200, "\(answer.text)")
            let events = try Self.events(server).prefix(try Self.events(server).count - count)
            #expect(Set(events.map(\.subject.kind)) == [.page, .component])
            #expect(events.count == 2)
            #expect(events.allSatisfy { $0.pageID?.description == page && $0.actor.id?.description == key.id })
        }
    }

    @Test("A component is created, renamed and archived once, however many pages place it")
    func placements() throws {
        let server = try TestServer()
        defer { server.remove() }
        let key = try Self.manager(server)
        let pages = [try server.makePage("one"), try server.makePage("two")]
        func call(_ method: HTTPRequest.Method, _ path: String, _ body: String = "") throws -> TestResponse {
            let answer = try server.call(method, path, token: key.token, body: body)
            #expect((200..<300).contains(answer.status), "\(method) \(path): \(answer.text)")
            return answer
        }
        func make(_ name: String) throws -> String {
            try #require(
                try call(.post, "/v2/status_page_components", #"{"name": "\#(name)"}"#)
                    .string("/status_page_component/id"))
        }
        func place(_ components: String..., on page: String) throws {
            let items = components.map { #"{"component": {"component_id": "\#($0)"}}"# }.joined(separator: ", ")
            _ = try call(.put, "/v2/status_page_structures/\(page)", "{\"items\": [\(items)]}")
        }
        let (first, second) = (try make("First"), try make("Second"))
        for page in pages { try place(first, second, on: page) }
        _ = try call(.put, "/v2/status_page_components/\(first)", #"{"name": "New"}"#)
        for page in pages { try place(second, on: page) }
        try place(second, first, on: pages[0])
        try place(second, on: pages[0])
        _ = try call(.delete, "/v2/status_page_components/\(first)")
        let events = try Self.events(server).filter { $0.subject.id == first }.reversed()
        #expect(
            events.map { "\($0.action.rawValue) \(pages.firstIndex(of: $0.pageID?.description ?? "") ?? -1)" } == [
                "created -1", "placed 0", "placed 1", "changed -1", "removed 0", "removed 1", "placed 0", "removed 0",
                "archived -1",
            ])
        #expect(events.count { $0.changes.fields["name"] == .values(before: .text("First"), after: .text("New")) } == 1)
    }

    @Test("A claim is recorded with the tool's name, and an unchanged claim is not recorded again")
    func claims() throws {
        let server = try TestServer()
        defer { server.remove() }
        let key = try Self.manager(server)
        let page = try server.makePage("made")
        let count = try Self.events(server).count
        for annotations in [
            #"{"incident.io/terraform/version": "1"}"#, #"{"incident.io/terraform/version": "1"}"#,
            #"{"incident.io/terraform/version": "2"}"#, "{}", "{}",
        ] {
            let body = """
                {"resource_type": "status_page_structure", "resource_id": "\(page)", "annotations": \(annotations)}
                """
            #expect(try server.call(.post, "/v2/managed_resources", token: key.token, body: body).status == 200)
        }
        let events = try Self.events(server).prefix(try Self.events(server).count - count)
        #expect(events.map(\.action) == [.handedBack, .claimed, .claimed])
        #expect(events.allSatisfy { $0.pageID?.description == page && $0.changes.fields["annotations"] == .hidden })
        #expect(
            events.map { $0.changes.fields["managed_by"] } == [
                .values(before: .text("terraform"), after: .text("dashboard")), nil,
                .values(before: .text("dashboard"), after: .text("terraform")),
            ])
    }

    @Test("A change that also ends a claim leaves two events: first the end of the claim, then the change")
    func endsOfClaims() throws {
        let server = try TestServer()
        defer { server.remove() }
        let key = try Self.manager(server)
        func claim(_ type: String, _ id: String) throws {
            let body = """
                {"resource_type": "\(type)", "resource_id": "\(id)",
                 "annotations": {"incident.io/terraform/version": "1"}}
                """
            let answer = try server.call(.post, "/v2/managed_resources", token: key.token, body: body)
            #expect(answer.status == 200, "\(answer.text)")
        }
        func expectEnd(of id: String, with action: AuditEvent.Action) throws {
            let events = try Self.events(server).filter { $0.subject.id == id }.prefix(2)
            #expect(events.map(\.action) == [action, .handedBack], "\(id)")
            #expect(
                events.last?.changes.fields == [
                    "managed_by": .values(before: .text("terraform"), after: .text("dashboard")),
                    "annotations": .hidden,
                ])
        }
        let made = try server.call(.post, "/v2/status_page_components", token: key.token, body: #"{"name": "Search"}"#)
        let component = try #require(made.string("/status_page_component/id"))
        try claim("status_page_component", component)
        let components = "/v2/status_page_components"
        #expect(try server.call(.delete, "\(components)/\(component)", token: key.token).status == 204)
        try expectEnd(of: component, with: .archived)

        let other = try server.createKey(Body.key(roles: "manage_settings"), by: key).id
        try claim("api_key", other)
        #expect(try server.call(.delete, "/v1/api_keys/\(other)", token: key.token).status == 204)
        try expectEnd(of: other, with: .revoked)

        let (adopted, archived) = (try server.makePage("adopted"), try server.makePage("old"))
        for page in [adopted, archived] { try claim("status_page_structure", page) }
        #expect(server.reload { $0.pages?.append(PageDeclaration(slug: "adopted", adopts: true, name: "Made")) })
        try expectEnd(of: adopted, with: .changed)
        try server.application.store.write(as: .commandLine) { transaction in
            try server.application.publishing.archivePage(
                try #require(ID(archived)), withOngoingEvents: false, in: transaction)
        }
        try expectEnd(of: archived, with: .archived)
    }

    @Test("A rejected write, a replay, and a write that changes nothing leave no event")
    func noEvents() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let key = try Self.manager(server)
        let incident = try server.declare(key: "a")
        let update = try #require(try server.show(incident).string("/status_page_incident/updates/0/id"))
        let made = try server.call(.post, "/v2/status_page_components", token: key.token, body: #"{"name": "Search"}"#)
        let component = try #require(made.string("/status_page_component/id"))
        let subscriber = try server.subscribe("jo@example.com").id
        let before = try Self.events(server)
        let subscribers = "/v2/status_page_subscribers"
        let requests: [(HTTPRequest.Method, String, String, Int)] = [
            (.post, "/v2/status_page_incidents", Body.incident(key: "a"), 201),
            (.post, "/v2/status_page_incidents", Body.incident(key: "a", message: "Different"), 201),
            (.post, "/v2/status_page_incidents", Body.incident(key: "b", name: ""), 422),
            (.post, "/v2/status_page_incident_updates", Body.update(of: incident, #""component_statuses": 5"#), 422),
            (.put, "/v2/status_page_incidents/\(incident)", #"{"name": "Login fails"}"#, 200),
            (.put, "/v2/status_page_incidents/\(incident)", #"{"name": ""}"#, 422),
            (.put, "/v2/status_page_incident_updates/\(update)", #"{"message": "We are looking into it."}"#, 200),
            (.delete, "/v2/status_page_incidents/{acme}", "", 404),
            (.post, "/v2/status_page_components", #"{"name": 5}"#, 422),
            (.put, "/v2/status_page_components/\(component)", #"{"name": "Search"}"#, 200),
            (
                .post, "/v2/managed_resources",
                #"{"resource_type": "status_page_component", "resource_id": "\#(component)", "annotations": {}}"#, 200
            ),
            (.put, "/v2/status_page_components/{Login}", #"{"name": "Search"}"#, 409),
            (.delete, "/v2/status_page_components/{Login}", "", 409),
            (.post, "/v1/api_keys", Body.key(roles: "api_keys_manage"), 422),
            (.put, "/v1/api_keys/\(key.id)", Body.key(), 403), (.delete, "/v1/api_keys/{acme}", "", 404),
            (.post, "/v1/api_keys/\(key.id)/actions/rotate", #"{"grace_period_minutes": -1}"#, 422),
            (
                .post, subscribers,
                #"{"status_page_id": "{acme}", "channel": "email", "email": "jo@example.com"}"#, 409
            ),
            (.put, "\(subscribers)/\(subscriber)", #"{"name": null}"#, 200),
            (.post, "\(subscribers)/\(subscriber)/actions/reactivate", "", 409),
            (
                .post, "\(subscribers)/actions/import",
                #"{"status_page_id": "{acme}", "confirmed": true, "subscribers": [{"email": "x"}]}"#, 200
            ),
            (
                .post, "/v2/status_page_deliveries/actions/retry",
                #"{"status_page_id": "{acme}", "since": "2020-01-01T00:00:00Z"}"#, 200
            ),
            (.put, "/v2/status_page_delivery_status", #"{"paused": false}"#, 200),
        ]
        for (method, path, body, status) in requests {
            let answer = try server.call(method, path, token: key.token, body: body)
            #expect(answer.status == status, "\(method) \(path): \(answer.text)")
            #expect(try Self.events(server) == before, "\(method) \(path)")
        }
    }

    @Test("Actions of subscribers themselves are not recorded")
    func strangers() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let before = try Self.events(server).count
        #expect(try server.send("email=jo%40example.com").status < 400)
        let subscriber = try #require(try server.subscriber("jo@example.com"))
        let confirm = try server.linkToken(.confirm, of: subscriber, hours: 1)
        #expect(try server.send("", to: "/acme/subscriptions/\(confirm)/confirm").status == 200)
        let unsubscribe = try server.linkToken(.unsubscribe, of: subscriber)
        #expect(try server.send("", to: "/acme/subscriptions/\(unsubscribe)/unsubscribe").status == 200)
        #expect(try server.subscriber("jo@example.com")?.state == .unsubscribed)
        #expect(try Self.events(server).count == before)
    }

    @Test("A retry of many deliveries is one event")
    func retries() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        _ = try server.subscriberRequests()
        let body = #"{"status_page_id": "{acme}", "since": "2020-01-01T00:00:00Z"}"#
        let answer = try server.call(
            .post, "/v2/status_page_deliveries/actions/retry", token: try server.token(.subscribersManage), body: body)
        #expect(answer.text == #"{"retried":1}"#)
        let event = try #require(try Self.events(server).first)
        #expect(event.action == .retried && event.subject.kind == .page)
        #expect(event.changes.fields["retried"] == .values(before: .number(0), after: .number(1)))
    }

    @Test("Changes list the values before and after, and name an update by its id")
    func changes() throws {
        let server = try TestServer()
        defer { server.remove() }
        let incident = try server.declare(key: "a")
        let answer = try server.update(incident, #""incident_status": "resolved""#)
        let update = try #require(answer.string("/status_page_incident_update/id"))
        let edit = try server.publish(.put, "/v2/status_page_incident_updates/\(update)", #"{"message": "Done."}"#)
        #expect(edit.status == 200)
        let events = try Self.events(server)
        #expect(
            events[1].changes.fields == [
                "status": .values(before: .text("investigating"), after: .text("resolved")),
                "update_id": .values(before: .none, after: .text(update)),
                "notify_subscribers": .values(before: .none, after: .flag(false)),
            ])
        #expect(events[1].subject == AuditSubject(.incident, id: incident, name: "Login fails"))
        // Only the log keeps the old text.
        #expect(
            events[0].changes.fields == [
                "message": .values(before: .text("News."), after: .text("Done.")),
                "update_id": .values(before: .text(update), after: .text(update)),
            ])
    }

    @Test("Updates that the clock publishes are recorded")
    func clock() throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let now = Clock.now()
        let id = try server.schedule(
            key: "a",
            [
                "automate_maintenance_status": "true",
                "start_at": "\"\(now.advanced(byMilliseconds: 1_000).rfc3339)\"",
                "end_at": "\"\(now.advanced(byMilliseconds: 1_001).rfc3339)\"",
            ])
        var events: [AuditEvent] = []
        for _ in 0..<1_200 {
            events = try Self.events(server).filter { $0.actor.kind == .clock }
            if events.count == 2 { break }
            usleep(50_000)
        }
        #expect(events.map(\.subject.id) == [id, id])
        #expect(events.map(\.action) == [.published, .published])
        #expect(
            events.map { $0.changes.fields["status"] } == [
                .values(before: .text("maintenance_in_progress"), after: .text("maintenance_complete")),
                .values(before: .text("maintenance_scheduled"), after: .text("maintenance_in_progress")),
            ])
    }

    @Test("The configuration's changes are recorded, and a reload without changes leaves no event")
    func configuration() throws {
        let server = try TestServer()
        defer { server.remove() }
        let start = try Self.events(server)
        #expect(start.allSatisfy { $0.actor == .configuration && $0.action == .created })
        #expect(start.count { $0.subject.kind == .page } == testPages.count)
        #expect(server.reload { $0.rateLimits.requestsPerMinute = 7 })
        #expect(try Self.events(server) == start)
        #expect(server.reload { $0.pages?[0].name = "Acme" })
        let event = try #require(try Self.events(server).first)
        #expect(try Self.events(server).count == start.count + 1)
        #expect(event.subject.id == server.ids["acme"] && event.action == .changed && event.actor == .configuration)
        #expect(event.changes.fields == ["name": .values(before: .text("Acme Status"), after: .text("Acme"))])
        // A rejected configuration changes nothing.
        _ = try server.declare(key: "a")
        let before = try Self.events(server)
        #expect(!server.reload { $0.pages?.removeFirst() })
        #expect(try Self.events(server) == before)
    }
}
