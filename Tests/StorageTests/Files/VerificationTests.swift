import Foundation
import GRDB
import StatusPages
import TestSupport
import Testing

@testable import Storage

@Suite("Verifying")
struct VerificationTests {
    private let test: FileFixture

    init() throws { test = try FileFixture() }

    @Test("A valid database has no problems, and its contents are summarized")
    func sound() throws {
        let verification = try test.database.verify()
        #expect(verification.problems == [])
        let size = try bytes(test.path).count
        #expect(
            verification.contents?.description == "\(size) bytes, 1 page, 2 incidents, 1 maintenance, 1 API key")
    }

    @Test("Data that is only in the WAL is checked as well")
    func log() throws {
        let store = try Store(path: test.directory.file("open.db"))
        let contents = try #require(try DatabaseFile(test.directory.file("open.db")).verify().contents)
        #expect(contents.size > 10 * 4_096)
        try store.close()
        #expect(try bytes(test.directory.file("open.db")).count == contents.size)
    }

    @Test("Verification changes nothing and leaves no files, with or without a WAL")
    func changesNothing() throws {
        let before = try bytes(test.path)
        _ = try test.database.verify()
        #expect(test.files == ["test.db"])
        #expect(try bytes(test.path) == before)

        let store = try Store(path: test.path)
        try store.write { try $0.insert(Fixture.incident(7, on: $0.reading.pages()[0].id)) }
        let log = try bytes(test.path + "-wal")
        #expect(try test.database.verify().contents?.incidents == 3)
        #expect(try bytes(test.path) == before)
        #expect(try bytes(test.path + "-wal") == log)
        try store.close()
    }

    @Test(
        "A violated rule is reported with the ids that violate it",
        arguments: [
            (
                "DELETE FROM incident_update_components; DELETE FROM incident_updates WHERE incident_id = ID1",
                "incidents without an update: ID1"
            ),
            (
                """
                UPDATE incident_updates SET position = 5 WHERE position = 1 AND incident_id = ID1;
                UPDATE incident_update_components SET update_position = 5 WHERE update_position = 1 AND incident_id = ID1
                """,
                "incidents whose updates are not numbered 0, 1, 2, …: ID1"
            ),
            (
                """
                UPDATE incident_updates SET id = (SELECT id FROM incident_updates WHERE incident_id = ID2 AND position = 0)
                WHERE position = 0 AND incident_id = ID1
                """,
                "incidents with a duplicate update id: ID1, ID2"
            ),
            (
                "UPDATE incident_updates SET published_at = published_at - 120000 WHERE position = 1",
                "incidents whose updates are not in chronological order: ID1, ID2"
            ),
            (
                "UPDATE incidents SET published_at = published_at - 1 WHERE id = ID1",
                "incidents whose publication time is not that of the first update: ID1"
            ),
            (
                "UPDATE incidents SET status = 'monitoring' WHERE id = ID2",
                "incidents whose status differs from the last update's: ID2"
            ),
            (
                "INSERT INTO incident_impacts SELECT incident_id, 9, component_id, status, start_at + 1, NULL "
                    + "FROM incident_impacts", "incidents with overlapping incident_impacts of one component: ID1, ID2"
            ),
            ("UPDATE incident_impacts SET end_at = NULL", "resolved incidents with an open impact: ID1"),
            (
                "UPDATE incident_reaches SET reach = 86400000 WHERE incident_id = ID1",
                "incidents missing from lists that are filtered by component or time: ID1"
            ),
            (
                "DELETE FROM incident_reaches WHERE component_id IS NULL",
                "incidents missing from lists that are filtered by component or time: ID1, ID2"
            ),
            (
                "INSERT INTO maintenance_reaches SELECT maintenance_id, (SELECT max(id) FROM components), page_id, "
                    + "published_at, reach FROM maintenance_reaches WHERE component_id IS NULL",
                "maintenances missing from lists that are filtered by component or time: ID3"
            ),
            (
                """
                INSERT INTO incident_updates
                    (incident_id, position, id, published_at, status, notify_subscribers, message)
                WITH RECURSIVE numbers (number) AS (VALUES (2) UNION ALL SELECT number + 1 FROM numbers LIMIT 99)
                SELECT incident_id, number, printf('%026d', number), published_at, status, 0, 'More'
                FROM numbers JOIN incident_updates ON incident_id = ID2 AND position = 1
                """, "incidents with too many updates: ID2"
            ),
            (
                """
                INSERT INTO maintenance_updates
                    (maintenance_id, position, id, published_at, status, notify_subscribers, message)
                WITH RECURSIVE numbers (number) AS (VALUES (2) UNION ALL SELECT number + 1 FROM numbers LIMIT 99)
                SELECT maintenance_id, number, printf('%026d', number), published_at, status, 0, 'More'
                FROM numbers JOIN maintenance_updates ON maintenance_id = ID3 AND position = 1
                """, "maintenances with too many updates: ID3"
            ),
            (
                "DELETE FROM maintenance_update_components; DELETE FROM maintenance_updates",
                "maintenances without an update: ID3"
            ),
            (
                "UPDATE maintenances SET status = 'maintenance_in_progress'",
                "maintenances whose status differs from the last update's: ID3"
            ),
            (
                "UPDATE maintenance_periods SET start_at = start_at - 20000 WHERE position = 1",
                "maintenances with overlapping maintenance_periods of one component: ID3"
            ),
            (
                "UPDATE maintenances SET status = 'maintenance_complete'",
                "complete maintenances with an open period: ID3"
            ),
            (
                "UPDATE maintenances SET due_at = due_at + 1",
                "maintenances whose next automatic update does not match their window: ID3"
            ),
            (
                "UPDATE maintenances SET due_at = NULL",
                "maintenances whose next automatic update does not match their window: ID3"
            ),
            (
                "UPDATE structure_items SET parent_id = (SELECT id FROM structure_items WHERE key = 'website') "
                    + "WHERE key = 'login'", "structure items whose parent is not a group or sub-page of their page: "
            ),
            (
                "UPDATE pages SET archived_at = 5",
                "structure items that are shown although their page, group or component is archived: "
            ),
            (
                """
                INSERT INTO audit_events
                    (at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, subject_name, page_id, changes)
                SELECT at, actor_kind, '0123456789ABCDEFGHJKMNPQRS', actor_name, action, subject_kind, subject_id, subject_name, page_id, '{}'
                FROM audit_events
                """, "audit events by an unknown API key: 2"
            ),
            (
                """
                INSERT INTO audit_events
                    (at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, subject_name, page_id, changes)
                SELECT at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, subject_name, '0123456789ABCDEFGHJKMNPQRS', '{}'
                FROM audit_events
                """, "audit events on an unknown page: 2"
            ),
            (
                "INSERT INTO audit_events (at, actor_kind, actor_name, action, subject_kind, subject_id, subject_name, "
                    + "changes) VALUES (0, 'user', 'visitor', 'created', 'user', 'x', 'x', '{}')",
                "audit events by an unknown user: 2"
            ),
            ("DELETE FROM api_key_tokens", "API keys without a permanent token: ID4"),
            ("UPDATE api_keys SET revoked_at = 5", "revoked API keys with a token: ID4"),
            (
                "UPDATE api_keys SET id = replace(id, '4', 'U'); UPDATE api_key_tokens SET api_key_id = "
                    + "replace(api_key_id, '4', 'U'); UPDATE api_key_roles SET api_key_id = replace(api_key_id, '4', 'U')",
                "api_keys whose id is not a ULID: 0000000000000000000000000U"
            ),
        ])
    func rules(sql: String, problem: String) throws {
        func withIDs(_ text: String, quoted: Bool) -> String {
            (1...4).reduce(text) { text, number in
                let id = "\(id(UInt64(number)) as ID<Incident>)"
                return text.replacingOccurrences(of: "ID\(number)", with: quoted ? "'\(id)'" : id)
            }
        }
        try test.tamper(withIDs(sql, quoted: true))
        let verification = try test.database.verify()
        #expect(
            verification.problems.contains { $0.hasPrefix(withIDs(problem, quoted: false)) }, "\(verification.problems)"
        )
        #expect(verification.contents == nil)
        // A database that breaks rules can still be backed up, because there may be no better copy.
        #expect(throws: Never.self) { try test.database.backUp(to: test.copy, replacing: false) }
    }

    @Test(
        "A database that breaks a rule about users fails the check",
        arguments: [
            ("viewer", "NULL", "", "users of a database in which no owner can log in"),
            ("owner", "5", "", "users of a database in which no owner can log in"),
            (
                "owner", "NULL", "INSERT INTO recovery_codes (hash, user_id) SELECT zeroblob(32), id FROM users",
                "users with recovery codes but without a second factor"
            ),
            ("owner", "5", insertingSessions(1), "disabled users with a session"),
            ("owner", "NULL", "UPDATE users SET password = 'secret'", "users whose password is not stored as a hash"),
            (
                "owner", "NULL",
                """
                UPDATE users SET totp_secret = zeroblob(20);
                \(numbers(11)) INSERT INTO recovery_codes (hash, user_id)
                SELECT CAST(printf('%032d', number) AS BLOB), id FROM numbers, users
                """, "users with more than 10 recovery codes"
            ),
            (
                "owner", "NULL",
                """
                \(numbers(51)) INSERT INTO drafts (user_id, page_id, kind, event_id, fields, updated_at)
                SELECT users.id, pages.id, 'incident', number, '{}', 0 FROM numbers, users, pages
                """, "users with more than 50 drafts"
            ),
            ("owner", "NULL", insertingSessions(21), "users with more than 20 sessions"),
        ] as [(String, String, String, String)])
    func userRules(role: String, disabledAt: String, rest: String, problem: String) throws {
        try test.tamper(
            """
            INSERT INTO users (id, email, name, role, created_at, disabled_at)
            VALUES ('00000000000000000000000009', 'ann@example.com', 'Ann', '\(role)', 0, \(disabledAt));
            \(rest)
            """)
        let problems = try test.database.verify().problems
        #expect(problems.contains("\(problem): 00000000000000000000000009"), "\(problems)")
    }

    @Test(
        "A database that breaks a rule about drafts, templates or pictures fails the check",
        arguments: [
            (
                "INSERT INTO form_submissions SELECT '8' || substr(id, 2), id, '/dashboard', 0 FROM users",
                "submitted forms whose key is not a ULID: 80000000000000000000000009"
            ),
            (insertingSubmission("//evil.example"), "submitted forms that lead to another site: "),
            (insertingSubmission("/\\evil.example"), "submitted forms that lead to another site: "),
            (insertingSubmission("https://evil.example"), "submitted forms that lead to another site: "),
            (
                """
                INSERT INTO structure_drafts (page_id, user_id, base_revision, tree, updated_at)
                SELECT pages.id, users.id, revision + 1, '[]', 0 FROM users, pages
                """, "pages with a structure draft made from a later revision than the page's: "
            ),
            (
                insertingTemplate("status", "'maintenance_complete'"),
                "templates with a status of another kind of event: "
            ),
            (
                insertingTemplate("kind, status", "'maintenance', 'resolved'"),
                "templates with a status of another kind of event: "
            ),
            (insertingTemplate("duration_minutes", "60"), "incident templates with a maintenance window: "),
            (insertingTemplate("automate", "1"), "incident templates with a maintenance window: "),
            (
                insertingTemplate("page_id, component_statuses", "pages.id, '{\"x\":\"full_outage\"}'"),
                "templates that name an unknown component: "
            ),
            (
                insertingTemplate(
                    "component_statuses",
                    "json_object((SELECT id FROM components LIMIT 1), 'full_outage')"),
                "templates for every page that name a component: "
            ),
            (
                "INSERT INTO page_favicons SELECT id, CAST('text' AS BLOB) FROM pages",
                "pages with page_favicons that are not pictures: "
            ),
            (
                "INSERT INTO page_favicons SELECT id, CAST('<svg>' || printf('%.*c', 262144, 'x') AS BLOB) FROM pages",
                "pages with page_favicons that are not pictures: "
            ),
            (
                "INSERT INTO page_logos SELECT id, 'light', x'' FROM pages",
                "pages with page_logos that are not pictures: "
            ),
            (
                "UPDATE incident_updates SET author_kind = 'user', author_id = '0123456789ABCDEFGHJKMNPQRS'",
                "incidents with an update by an unknown user or API key: "
            ),
            (
                "UPDATE maintenance_updates SET author_kind = 'api_key', author_id = NULL",
                "maintenances with an update by an unknown user or API key: "
            ),
        ])
    func dashboardRules(sql: String, problem: String) throws {
        try test.tamper(Self.insertingOwner)
        #expect(try test.database.verify().problems == [])
        try test.tamper(sql)
        let problems = try test.database.verify().problems
        #expect(problems.contains { $0.hasPrefix(problem) }, "\(problems)")
    }

    @Test("Valid forms, templates, pictures and authors break no rule")
    func prepared() throws {
        let component = "json_object((SELECT id FROM components LIMIT 1), 'full_outage')"
        try test.tamper(
            """
            \(Self.insertingOwner);
            \(Self.insertingSubmission("/dashboard/pages/acme"));
            \(Self.insertingTemplate("page_id, status, component_statuses", "pages.id, 'resolved', \(component)"));
            INSERT INTO page_favicons SELECT id, x'89504E470D0A1A0A00' FROM pages;
            INSERT INTO page_logos SELECT id, 'light', CAST('<?xml version="1.0"?><svg/>' AS BLOB) FROM pages;
            INSERT INTO page_logos SELECT id, 'dark', CAST('RIFF1234WEBP' AS BLOB) FROM pages;
            UPDATE incident_updates SET author_kind = 'user', author_id = (SELECT id FROM users);
            UPDATE maintenance_updates SET author_kind = 'clock'
            """)
        #expect(try test.database.verify().problems == [])
    }

    private static let insertingOwner = """
        INSERT INTO users (id, email, name, role, password, created_at)
        VALUES ('00000000000000000000000009', 'ann@example.com', 'Ann', 'owner', '$scrypt$x', 0)
        """

    private static func insertingSubmission(_ location: String) -> String {
        "INSERT INTO form_submissions (key, user_id, location, created_at) SELECT id, id, '\(location)', 0 FROM users"
    }

    /// - Parameters:
    ///   - columns: the columns whose values differ from an empty template for incidents.
    ///   - values: the values of these columns, in SQL.
    private static func insertingTemplate(_ columns: String, _ values: String) -> String {
        let defaults = [("kind", "'incident'"), ("component_statuses", "'{}'")].filter { !columns.contains($0.0) }
        let others = defaults.map { ", \($0.0)" }.joined()
        return """
            INSERT INTO templates (id, name, title, message, position, \(columns)\(others))
            SELECT users.id, 'n', '', '', 0, \(values)\(defaults.map { ", \($0.1)" }.joined()) FROM users, pages
            """
    }

    /// The beginning of a statement that can select from `numbers`, which has the numbers from 1 to `count`.
    private static func numbers(_ count: Int) -> String {
        "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT \(count))"
    }

    private static func insertingSessions(_ count: Int) -> String {
        """
        \(numbers(count))
        INSERT INTO sessions (hash, user_id, created_at, last_seen_at, confirmed_at, method, user_agent, address)
        SELECT CAST(printf('%032d', number) AS BLOB), id, 0, 0, 0, 'password', '', '' FROM numbers, users;
        """
    }

    @Test("The report names the first violations of a rule, and counts the rest")
    func many() throws {
        try test.tamper(
            """
            WITH RECURSIVE numbers(number) AS (SELECT 100 UNION ALL SELECT number + 1 FROM numbers LIMIT 12)
            INSERT INTO incidents (id, page_id, name, status, published_at) SELECT printf('%026d', number), pages.id, 'n', 'resolved', 0 FROM numbers, pages
            """)
        let problems = try test.database.verify().problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasSuffix("0104 and 7 more") == true, "\(problems)")
    }

    @Test(
        "Problems found by SQLite are reported",
        arguments: [
            ("DELETE FROM pages", "incidents: 2 rows refer to pages that do not exist"),
            ("UPDATE incidents SET name = ''", "CHECK constraint failed in incidents"),
            ("DROP INDEX incidents_by_page", "the index incidents_by_page is missing"),
            ("DROP TRIGGER audit_events_are_kept", "the trigger audit_events_are_kept is missing"),
            ("DROP TABLE idempotent_responses", "the table idempotent_responses is missing"),
        ])
    func soundness(sql: String, problem: String) throws {
        try test.tamper(sql)
        let problems = try test.database.verify().problems
        #expect(problems.contains(problem), "\(problems)")
    }

    @Test(
        "Damage is reported, not thrown, as far as the file can be read",
        arguments: ["incidents", "pages", "incidents_by_page"])
    func damaged(name: String) throws {
        try test.scribble(over: name)
        let problems = try test.database.verify().problems
        #expect(!problems.isEmpty)
        #expect(problems.allSatisfy { !$0.contains("\n") })
    }

    @Test("Tables of other tools are not a problem")
    func others() throws {
        try test.tamper("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)")
        #expect(try test.database.verify().problems == [])
    }

    @Test("A file that is missing or not from allclear is rejected")
    func refused() throws {
        #expect(throws: StorageError.cannotOpen(path: "/nowhere.db", reason: "the file does not exist")) {
            try DatabaseFile("/nowhere.db").verify()
        }
        let error = try #require(throws: StorageError.self) { try DatabaseFile(test.directory.path).verify() }
        #expect("\(error)".hasSuffix("it is a directory; name a file in it"))
        let foreign = test.directory.file("foreign.db")
        try test.makeForeign(foreign)
        #expect(throws: StorageError.notOurs(path: foreign)) { try DatabaseFile(foreign).verify() }
    }
}
