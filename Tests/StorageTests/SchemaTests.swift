import Accounts
import GRDB
import StatusPages
import Testing

@testable import Storage

@Suite("Schema")
struct SchemaTests {
    private let test: TestStore

    init() throws {
        test = try TestStore()
        try test.declare(Fixture.page)
    }

    @Test("Every table is strict about types")
    func strict() throws {
        let tables = try rows(
            """
            SELECT name, strict FROM pragma_table_list
            WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'grdb_migrations'
            """
        ).map { (name: $0["name"] as String, isStrict: $0["strict"] as Bool) }
        #expect(tables.count >= 10)
        #expect(tables.filter { !$0.isStrict }.map(\.name) == [])
    }

    @Test(
        "Inconsistent rows are rejected by constraints",
        arguments: [
            // Checks: lengths of ids, allowed values, flags, empty texts.
            "INSERT INTO api_keys (id, name, created_at) VALUES ('short', 'n', 0)",
            "INSERT INTO api_keys (id, name, created_at) VALUES ('00000000000000000000000001', '', 0)",
            "UPDATE pages SET kind = 'private'", "UPDATE pages SET widget = 2",
            "UPDATE pages SET display_uptime_mode = 'all'", "UPDATE pages SET domain_scheme = 'ftp'",
            "UPDATE pages SET cache_max_age = -1", "UPDATE components SET managed_by = 'nobody'",
            "UPDATE pages SET managed_by = 'nobody'", "UPDATE pages SET revision = -1",
            "INSERT INTO claims VALUES ('api_key', 'x', '[]')",
            "UPDATE structure_items SET kind = 'other'", "UPDATE structure_items SET hidden = -1",
            "UPDATE structure_items SET component_id = NULL WHERE kind = 'component'",
            "UPDATE incidents SET status = 'closed'", "UPDATE incidents SET name = ''",
            "UPDATE incident_updates SET edited_at = published_at - 1",
            "UPDATE idempotent_responses SET request_hash = x'00'", "UPDATE incident_updates SET message = ''",
            "UPDATE incident_updates SET position = -1",
            "UPDATE incident_update_components SET status = 'under_maintenance'",
            "UPDATE incident_impacts SET status = 'operational'", "UPDATE incident_impacts SET end_at = start_at",
            "UPDATE api_key_roles SET role = 'owner'", "UPDATE api_key_tokens SET hash = x'00'",
            "UPDATE api_keys SET comments = ''", "UPDATE idempotent_responses SET kind = 'other'",
            "UPDATE subscribers SET channel = 'fax'", "UPDATE subscribers SET state = 'away'",
            "UPDATE subscribers SET address_key = ''", "UPDATE deliveries SET state = 'lost'",
            "UPDATE deliveries SET kind = 'other'", "UPDATE deliveries SET next_attempt_at = NULL",
            "UPDATE deliveries SET state = 'sent'", "UPDATE secrets SET value = x'00'",
            "UPDATE delivery_status SET paused = 2", "INSERT INTO delivery_status (id) VALUES (2)",
            "INSERT INTO heartbeat (id, server, at) VALUES (2, 's', 0)",
            "INSERT INTO heartbeat (id, server, at) VALUES (1, '', 0)",
            "UPDATE subscriber_counts SET number = -1", "INSERT INTO cancelled_events VALUES ('short')",
            "INSERT INTO cancelled_events VALUES (NULL)", "INSERT INTO audit_retention (id) VALUES (2)",
            insertingEvent("page_id", "'short'"), insertingEvent("changes", "'{'"),
            insertingEvent("actor_id", "NULL"), insertingEvent("actor_id", "'short'"),
            "UPDATE users SET role = 'administrator'", "UPDATE users SET email = ''", "UPDATE users SET name = ''",
            "UPDATE users SET password = ''", "UPDATE users SET totp_secret = x'00'",
            "UPDATE users SET totp_secret = NULL", "UPDATE users SET theme = 'blue'",
            "UPDATE users SET time_zone = ''", "UPDATE sessions SET hash = x'00'",
            "UPDATE sessions SET method = 'oidc'", "UPDATE account_links SET hash = x'00'",
            "UPDATE account_links SET kind = 'other'", "UPDATE account_links SET kind = 'setup'",
            "UPDATE account_links SET user_id = NULL", "UPDATE account_links SET email = 'a@example.com'",
            "UPDATE account_links SET role = 'viewer'", "UPDATE recovery_codes SET hash = x'00'",
            "UPDATE api_keys SET creator_id = id, creator_user_id = (SELECT id FROM users)",
            "UPDATE templates SET kind = 'other'", "UPDATE templates SET name = ''",
            "UPDATE templates SET component_statuses = '[]'", "UPDATE templates SET notify = 2",
            "UPDATE templates SET duration_minutes = 0", "UPDATE templates SET automate = 2",
            "UPDATE drafts SET kind = 'other'", "UPDATE drafts SET fields = '[]'",
            "UPDATE structure_drafts SET tree = '{'", "UPDATE form_submissions SET key = 'short'",
            "UPDATE incident_updates SET author_kind = ''", "UPDATE incident_updates SET author_id = 'short'",
            "UPDATE pages SET time_zone = ''", "UPDATE maintenance_updates SET author_kind = ''",
            "UPDATE maintenance_updates SET author_id = 'short'", "UPDATE maintenances SET notifies_automatically = 2",
            "UPDATE sessions SET user_agent = NULL", "UPDATE sessions SET address = NULL",
            "UPDATE drafts SET event_id = NULL", "UPDATE structure_drafts SET base_revision = NULL",
            "UPDATE form_submissions SET location = NULL", "UPDATE page_favicons SET bytes = NULL",
            // Types.
            "UPDATE incidents SET published_at = 'yesterday'", "UPDATE incidents SET name = NULL",
            "UPDATE idempotent_responses SET body = 'text'", "UPDATE page_favicons SET bytes = 'text'",
            "UPDATE notifications SET held_until = 'soon'", "UPDATE templates SET archived_at = 'now'",
            "UPDATE recovery_codes SET used_at = 'now'",
            // Uniqueness.
            "INSERT INTO pages (id, slug, name, kind, widget, display_uptime_mode, created_at) "
                + "SELECT '00000000000000000000000001', slug, name, kind, widget, display_uptime_mode, created_at FROM pages",
            "INSERT INTO idempotent_responses SELECT * FROM idempotent_responses",
            "INSERT INTO users (id, email, name, role, created_at) "
                + "SELECT '00000000000000000000000001', upper(email), name, role, created_at FROM users",
            "INSERT INTO api_key_tokens SELECT zeroblob(32), api_key_id, issued_at, NULL FROM api_key_tokens",
            "INSERT INTO sessions SELECT * FROM sessions", "INSERT INTO account_links SELECT * FROM account_links",
            "INSERT INTO recovery_codes SELECT * FROM recovery_codes", "INSERT INTO drafts SELECT * FROM drafts",
            "INSERT INTO structure_drafts SELECT * FROM structure_drafts",
            "INSERT INTO form_submissions SELECT * FROM form_submissions",
            "INSERT INTO page_favicons SELECT * FROM page_favicons",
            // Foreign keys.
            "UPDATE incidents SET page_id = '00000000000000000000000001'",
            "UPDATE incident_updates SET incident_id = '00000000000000000000000009'",
            "UPDATE incident_update_components SET component_id = '00000000000000000000000001'",
            "UPDATE incident_impacts SET component_id = '00000000000000000000000001'",
            "UPDATE structure_items SET page_id = '00000000000000000000000001'",
            "UPDATE api_key_tokens SET api_key_id = '00000000000000000000000001'",
            "UPDATE api_keys SET creator_id = '00000000000000000000000001'",
            "UPDATE deliveries SET subscriber_id = '00000000000000000000000001'",
            "UPDATE deliveries SET notification_id = '00000000000000000000000001'",
            "UPDATE api_keys SET creator_user_id = '00000000000000000000000001'",
            "UPDATE account_links SET created_by = '00000000000000000000000001'",
            "DELETE FROM pages", "DELETE FROM components", "DELETE FROM users",
        ]
            + ["sessions", "account_links", "recovery_codes", "drafts", "structure_drafts", "form_submissions"].map {
                "UPDATE \($0) SET user_id = '00000000000000000000000001'"
            }
            + ["templates", "drafts", "structure_drafts", "page_favicons"].map {
                "UPDATE \($0) SET page_id = '00000000000000000000000001'"

            })
    func constraints(sql: String) throws {
        try fill()
        let error = try #require(throws: DatabaseError.self) { try test.store.pool.write { try $0.execute(sql: sql) } }
        #expect(error.resultCode == .SQLITE_CONSTRAINT)
    }

    @Test("Deleting an incident, key or subscriber deletes its rows in other tables")
    func cascades() throws {
        try fill()
        try test.store.pool.write { db in
            try db.execute(sql: "DELETE FROM incidents")
            try db.execute(sql: "DELETE FROM api_keys")
            try db.execute(sql: "DELETE FROM subscribers")
        }
        for table in [
            "incident_updates", "incident_update_components", "incident_impacts", "api_key_roles", "api_key_tokens",
            "deliveries",
        ] {
            #expect(try test.count(table) == 0, "\(table)")
        }
    }

    @Test("Lists of incidents are read from an index, in its order")
    func indices() throws {
        let plan = try plan(
            """
            SELECT id FROM incidents WHERE page_id = 'p' AND (published_at, id) < (1, 'i')
            ORDER BY published_at DESC, id DESC LIMIT 25
            """)
        #expect(plan.allSatisfy { $0.contains("incidents_by_page") && !$0.contains("TEMP B-TREE") })
    }

    @Test("New rows go to the end of every index")
    func order() throws {
        let descending = try rows(
            """
            SELECT name FROM sqlite_schema WHERE type = 'index'
                AND EXISTS (SELECT 1 FROM pragma_index_xinfo(name) AS columns WHERE columns.desc = 1)
            """)
        #expect(descending == [])
    }

    /// A copy of the only event of the audit log, with another value in one column.
    private static func insertingEvent(_ column: String, _ value: String) -> String {
        let columns = [
            "at", "actor_kind", "actor_id", "actor_name", "action", "subject_kind", "subject_id", "subject_name",
            "page_id", "changes",
        ]
        return """
            INSERT INTO audit_events (\(columns.joined(separator: ", ")))
            SELECT \(columns.map { $0 == column ? value : $0 }.joined(separator: ", ")) FROM audit_events
            """
    }

    private func rows(_ sql: String) throws -> [Row] {
        try test.store.pool.read { try Row.fetchAll($0, sql: sql) }
    }

    /// The steps of SQLite's query plan.
    private func plan(_ query: String) throws -> [String] {
        try rows("EXPLAIN QUERY PLAN \(query)").map { $0["detail"] }
    }

    /// Adds a row to every table.
    private func fill() throws {
        let page = try #require(try test.store.read { try $0.pages() }.first)
        let component = try #require(page.structure.placements.first?.component.id)
        try test.insert(Fixture.incident(1, on: page.id, [[change(component, .fullOutage)], []]))
        try test.insert(Fixture.maintenance(8, on: page.id))
        let key = APIKey(id: id(2), name: "key", createdAt: second(0), roles: [])
        try test.store.write(as: .key(key, requestID: "r", address: "192.0.2.1")) { transaction in
            try transaction.insert(key, tokenHash: Array(repeating: 1, count: 32))
            try transaction.audit(.created, AuditSubject(.apiKey, key.id, key.name), page: page.id, at: second(0))
            try transaction.remember(
                IdempotentResponse(status: 201, body: [1], requestHash: nil),
                for: IdempotencyScope(page: page.id, kind: .incident, key: "k"), at: second(0))
            let subscriber = Subscriber(
                id: id(3), pageID: page.id, channel: .email, state: .active, address: "a@example.com", source: .api,
                createdAt: second(0))
            try transaction.insert(subscriber)
            try transaction.insert(
                Delivery(
                    id: id(4), pageID: page.id, subscriberID: subscriber.id, channel: .email, kind: .manage,
                    createdAt: second(0)))
            let user = User(
                id: id(5), email: "ann@example.com", name: "Ann", role: .owner,
                totpSecret: Array(repeating: 1, count: 20), totpLastStep: 1, createdAt: second(0))
            try transaction.insert(user)
            try transaction.insert(
                Session(
                    hash: Array(repeating: 2, count: 32), userID: user.id, createdAt: second(0), lastSeenAt: second(0),
                    confirmedAt: second(0), method: .totp, userAgent: "", address: ""))
            try transaction.insert(
                AccountLink(
                    hash: Array(repeating: 3, count: 32), purpose: .reset(user.id), createdBy: nil,
                    expiresAt: second(9)))
            try transaction.replaceRecoveryCodes(of: user.id, with: [Array(repeating: 4, count: 32)])
        }
        try test.store.pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO templates (id, page_id, kind, name, title, message, component_statuses, position)
                    SELECT '00000000000000000000000006', id, 'incident', 'n', '', '', '{}', 0 FROM pages;
                    INSERT INTO drafts (user_id, page_id, kind, event_id, fields, updated_at)
                    SELECT users.id, pages.id, 'incident', '', '{}', 0 FROM users, pages;
                    INSERT INTO structure_drafts (page_id, user_id, base_revision, tree, updated_at)
                    SELECT pages.id, users.id, 0, '[]', 0 FROM users, pages;
                    INSERT INTO form_submissions (key, user_id, location, created_at) SELECT id, id, '/', 0 FROM users;
                    INSERT INTO page_favicons (page_id, bytes) SELECT id, x'00' FROM pages;
                    INSERT INTO notifications (id, page_id, event_id, update_id, created_at, announcement)
                    SELECT '00000000000000000000000007', id, id, id, 0, '{}' FROM pages
                    """)
        }
    }

    @Test(
        "The queries of a write do not slow down as the page's history grows",
        arguments: [
            ("incidents", "status <> 'resolved' ORDER BY published_at DESC, id DESC", "incidents_ongoing"),
            ("maintenances", "status <> 'maintenance_complete' ORDER BY start_at, id", "maintenances_unfinished"),
        ])
    func plans(table: String, condition: String, index: String) throws {
        let plan = try plan("SELECT * FROM \(table) WHERE page_id = 'x' AND \(condition)")
        #expect(plan == ["SEARCH \(table) USING INDEX \(index) (page_id=?)"])
    }
}
