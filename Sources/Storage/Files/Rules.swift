import Accounts
import GRDB
import StatusPages

/// Rules that the domain keeps and that no table constraint can express. If one is broken, another program changed the
/// database, or this one has a bug.
enum Rules {
    /// One rule: a description of the records that break it, and a query for their ids.
    private struct Rule {
        let breach: String
        let query: String
    }

    /// The maximum number of ids listed for one rule.
    private static let mostNamed = 5

    /// The broken rules, one line for each.
    static func problems(in db: Database) -> [String] {
        all.compactMap { rule in
            do {
                let ids = try db.query("SELECT DISTINCT * FROM (\(rule.query)) ORDER BY 1") {
                    try $0.value(0) as String
                }
                if ids.isEmpty { return nil }
                let rest = ids.count > mostNamed ? " and \(ids.count - mostNamed) more" : ""
                return "\(rule.breach): \(ids.prefix(mostNamed).joined(separator: ", "))\(rest)"
            } catch {
                return "\(rule.breach): this check failed: \(error)"
            }
        }
    }

    private static var all: [Rule] {
        ids + events("incident", .incidents, .incidents) + events("maintenance", .maintenances, .maintenances) + [
            Rule(
                breach: "resolved incidents with an open impact",
                query: """
                    SELECT incidents.id FROM incident_impacts JOIN incidents ON incidents.id = incident_id
                    WHERE end_at IS NULL AND incidents.status = 'resolved'
                    """),
            Rule(
                breach: "complete maintenances with an open period",
                query: """
                    SELECT maintenances.id FROM maintenance_periods JOIN maintenances ON maintenances.id = maintenance_id
                    WHERE open = 1 AND maintenances.status = 'maintenance_complete'
                    """),
            // An event may have 100 updates, and one more that ends it. The clock may also add a maintenance's start.
            Rule(
                breach: "incidents with too many updates",
                query: """
                    SELECT incident_id FROM incident_updates
                    WHERE position >= 100 AND (position > 100 OR status <> 'resolved')
                    """),
            Rule(
                breach: "maintenances with too many updates",
                query: """
                    SELECT maintenance_id FROM maintenance_updates
                    WHERE position >= 100 AND (position > 101 OR status = 'maintenance_scheduled')
                    """),
            Rule(
                breach: "maintenances whose next automatic update does not match their window",
                query: """
                    SELECT id FROM maintenances WHERE due_at IS NOT CASE
                        WHEN automated = 1 AND status = 'maintenance_scheduled' THEN start_at
                        WHEN automated = 1 AND status = 'maintenance_in_progress' THEN end_at END
                    """),
        ] + structures + keys + users + audit + forms + pictures
    }

    /// Ids that are not ULIDs. The schema checks only their length.
    private static var ids: [Rule] {
        [
            "pages", "components", "structure_items", "incidents", "incident_updates", "maintenances",
            "maintenance_updates", "api_keys", "users", "templates",
        ].map { table in
            Rule(
                breach: "\(table) whose id is not a ULID",
                query: "SELECT id FROM \(table) WHERE \(isNotULID("id"))")
        }
    }

    private static func isNotULID(_ column: String) -> String {
        "(\(column) GLOB '*[^0-9A-HJKMNP-TV-Z]*' OR \(column) GLOB '[^0-7]*')"
    }

    /// The rules that incidents and maintenances share.
    private static func events(_ noun: String, _ list: EventList, _ told: EventUpdateTable) -> [Rule] {
        let (table, owner, updates, spans) = (list.table, list.owner, told.updates, list.spans)
        return [
            Rule(
                breach: "\(table) without an update",
                query: "SELECT id FROM \(table) WHERE id NOT IN (SELECT \(owner) FROM \(updates))"),
            Rule(
                breach: "\(table) whose updates are not numbered 0, 1, 2, …",
                query: """
                    SELECT \(owner) FROM \(updates) GROUP BY 1 HAVING count(*) <> max(position) + 1
                    """),
            Rule(
                breach: "\(table) with a duplicate update id",
                query: """
                    SELECT \(owner) FROM \(updates)
                    WHERE id IN (SELECT id FROM \(updates) GROUP BY id HAVING count(*) > 1)
                    """),
            Rule(
                breach: "\(table) whose updates are not in chronological order",
                query: """
                    SELECT later.\(owner) FROM \(updates) AS later JOIN \(updates) AS earlier
                        ON earlier.\(owner) = later.\(owner) AND earlier.position = later.position - 1
                    WHERE earlier.published_at > later.published_at
                    """),
            Rule(
                breach: "\(table) whose publication time is not that of the first update",
                query: """
                    SELECT \(table).id FROM \(table) JOIN \(updates) ON \(owner) = \(table).id AND position = 0
                    WHERE \(table).published_at <> \(updates).published_at
                    """),
            Rule(
                breach: "\(table) whose time of the last change is not that of their newest update, edit or revision",
                query: """
                    SELECT id FROM \(table) WHERE changed_at <> max(coalesce(revised_at, published_at), (
                        SELECT max(coalesce(edited_at, published_at)) FROM \(updates) WHERE \(owner) = \(table).id))
                    """),
            Rule(
                breach: "\(table) whose status differs from the last update's",
                query: """
                    SELECT id FROM \(table) WHERE status <> (
                        SELECT status FROM \(updates) WHERE \(owner) = \(table).id ORDER BY position DESC LIMIT 1)
                    """),
            // Users and keys are never deleted.
            Rule(
                breach: "\(table) with an update by an unknown user or API key",
                query: """
                    SELECT \(owner) FROM \(updates)
                    WHERE author_kind = '\(AuditActor.Kind.user.rawValue)'
                            AND coalesce(author_id, '') NOT IN (SELECT id FROM users)
                        OR author_kind = '\(AuditActor.Kind.apiKey.rawValue)'
                            AND coalesce(author_id, '') NOT IN (SELECT id FROM api_keys)
                    """),
            Rule(
                breach: "\(table) with overlapping \(spans) of one component",
                query: """
                    SELECT one.\(owner) FROM \(spans) AS one JOIN \(spans) AS other
                        ON other.\(owner) = one.\(owner) AND other.component_id = one.component_id
                        AND other.position > one.position
                    WHERE one.end_at IS NULL OR other.start_at < one.end_at
                    """),
            Rule(
                breach: "\(table) missing from lists that are filtered by component or time", query: list.wrongReaches),
        ]
    }

    private static var structures: [Rule] {
        [
            Rule(
                breach: "structure items whose parent is not a group or sub-page of their page",
                query: """
                    SELECT item.id FROM structure_items AS item JOIN structure_items AS parent ON parent.id = item.parent_id
                    WHERE parent.page_id <> item.page_id OR parent.kind = 'component'
                    """),
            Rule(
                breach: "structure items that are shown although their page, group or component is archived",
                query: """
                    SELECT item.id FROM structure_items AS item JOIN pages ON pages.id = item.page_id
                    LEFT JOIN structure_items AS parent ON parent.id = item.parent_id
                    LEFT JOIN components ON components.id = item.component_id
                    WHERE item.archived_at IS NULL AND (pages.archived_at IS NOT NULL
                        OR parent.archived_at IS NOT NULL OR components.archived_at IS NOT NULL)
                    """),
        ]
    }

    /// Keys, users and pages are never deleted, so the log must not name unknown ones.
    private static var audit: [Rule] {
        [
            Rule(
                breach: "audit events by an unknown API key",
                query: """
                    SELECT CAST(id AS TEXT) FROM audit_events
                    WHERE actor_kind = 'api_key' AND actor_id NOT IN (SELECT id FROM api_keys)
                    """),
            Rule(
                breach: "audit events by an unknown user",
                query: """
                    SELECT CAST(id AS TEXT) FROM audit_events
                    WHERE actor_kind = 'user' AND coalesce(actor_id, '') NOT IN (SELECT id FROM users)
                    """),
            Rule(
                breach: "audit events on an unknown page",
                query: """
                    SELECT CAST(id AS TEXT) FROM audit_events
                    WHERE page_id IS NOT NULL AND page_id NOT IN (SELECT id FROM pages)
                    """),
        ]
    }

    private static var users: [Rule] {
        [
            Rule(
                breach: "users of a database in which no owner can log in",
                query: """
                    SELECT id FROM users
                    WHERE NOT EXISTS (SELECT 1 FROM users WHERE role = 'owner' AND disabled_at IS NULL)
                    """),
            Rule(
                breach: "users with recovery codes but without a second factor",
                query: """
                    SELECT users.id FROM recovery_codes JOIN users ON users.id = user_id WHERE totp_secret IS NULL
                    """),
            Rule(
                breach: "users with more than \(RecoveryCode.count) recovery codes",
                query: """
                    SELECT user_id FROM recovery_codes GROUP BY user_id HAVING count(*) > \(RecoveryCode.count)
                    """),
            Rule(
                breach: "users whose password is not stored as a hash",
                query: "SELECT id FROM users WHERE password NOT GLOB '$scrypt$*'"),
            Rule(
                breach: "disabled users with a session",
                query: """
                    SELECT users.id FROM sessions JOIN users ON users.id = user_id WHERE disabled_at IS NOT NULL
                    """),
            Rule(
                breach: "users with more than \(SessionRules.mostPerUser) sessions",
                query: """
                    SELECT user_id FROM sessions GROUP BY user_id HAVING count(*) > \(SessionRules.mostPerUser)
                    """),
        ]
    }

    /// The rules for work that people prepare in the dashboard.
    private static var forms: [Rule] {
        [
            Rule(
                breach: "users with more than \(EventForm.mostPerUser) drafts",
                query: "SELECT user_id FROM drafts GROUP BY user_id HAVING count(*) > \(EventForm.mostPerUser)"),
            Rule(
                breach: "pages with a structure draft made from a later revision than the page's",
                query: """
                    SELECT page_id FROM structure_drafts JOIN pages ON pages.id = page_id
                    WHERE base_revision > revision
                    """),
            Rule(
                breach: "submitted forms whose key is not a ULID",
                query: "SELECT key FROM form_submissions WHERE \(isNotULID("key"))"),
            // A browser that sends a form again is redirected there.
            Rule(
                breach: "submitted forms that lead to another site",
                query: "SELECT key FROM form_submissions WHERE location NOT GLOB '/[^/\\]*'"),
            Rule(
                breach: "templates with a status of another kind of event",
                query: """
                    SELECT id FROM templates WHERE status IS NOT NULL AND status NOT IN (
                        SELECT value FROM json_each(CASE kind
                            WHEN '\(Template.Kind.incident.rawValue)' THEN \(list(Incident.Status.self))
                            ELSE \(list(Maintenance.Status.self)) END))
                    """),
            Rule(
                breach: "incident templates with a maintenance window",
                query: """
                    SELECT id FROM templates WHERE kind = '\(Template.Kind.incident.rawValue)'
                        AND (duration_minutes IS NOT NULL OR automate IS NOT NULL)
                    """),
            Rule(
                breach: "templates that name an unknown component",
                query: """
                    SELECT templates.id FROM templates, json_each(component_statuses)
                    WHERE json_each.key NOT IN (SELECT id FROM components)
                    """),
            Rule(
                breach: "templates for every page that name a component",
                query: "SELECT id FROM templates WHERE page_id IS NULL AND component_statuses <> '{}'"),
        ]
    }

    /// The raw values of a type as SQL: a JSON array.
    private static func list<Value: RawRepresentable<String> & CaseIterable>(_: Value.Type) -> String {
        "json_array(\(Value.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")))"
    }

    /// Logos and icons whose format `Picture` does not know. With one of these, the server does not start.
    private static var pictures: [Rule] {
        ["page_logos", "page_favicons"].map { table in
            Rule(
                breach: "pages with \(table) that are not pictures",
                query: """
                    SELECT page_id FROM \(table) WHERE length(bytes) NOT BETWEEN 1 AND \(Picture.largest) OR NOT (
                        substr(bytes, 1, 8) = x'89504E470D0A1A0A' OR substr(bytes, 1, 3) = x'FFD8FF'
                        OR substr(bytes, 1, 4) = x'52494646' AND substr(bytes, 9, 4) = x'57454250'
                        OR instr(bytes, CAST('svg' AS BLOB)) > 0)
                    """)
        }
    }

    private static var keys: [Rule] {
        [
            Rule(
                breach: "API keys without a permanent token",
                query: """
                    SELECT id FROM api_keys WHERE revoked_at IS NULL
                        AND id NOT IN (SELECT api_key_id FROM api_key_tokens WHERE expires_at IS NULL)
                    """),
            Rule(
                breach: "revoked API keys with a token",
                query: """
                    SELECT id FROM api_keys JOIN api_key_tokens ON api_key_id = id WHERE revoked_at IS NOT NULL
                    """),
        ]
    }
}
