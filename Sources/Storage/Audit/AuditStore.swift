import Foundation
import GRDB
public import StatusPages

extension ReadTransaction {
    /// Events of the audit log, newest first. The table has no index, so that a write stays cheap: a filter that few
    /// events match reads the whole log.
    /// - Parameters:
    ///   - after: the id of the event after which the list begins. Nil: from the newest.
    ///   - limit: the maximum number of events to return.
    /// - Returns: nil if `after` is not an event that the filter admits.
    public func auditEvents(
        matching filter: AuditFilter, after: Int64? = nil, limit: Int
    ) throws -> [AuditEvent]? {
        if let after, try auditEvents(where: "id = :id", ["id": after], filter, limit: 1).isEmpty { return nil }
        return try auditEvents(where: "id < :id", ["id": after ?? .max], filter, limit: limit)
    }

    private func auditEvents(
        where condition: String, _ arguments: StatementArguments, _ filter: AuditFilter, limit: Int
    ) throws -> [AuditEvent] {
        try db.query(
            """
            SELECT id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, subject_name, page_id,
                changes, request_id, address
            FROM audit_events
            WHERE \(condition) AND (:page IS NULL OR page_id = :page) AND (:actor IS NULL OR actor_id = :actor)
                AND (:kind IS NULL OR actor_kind = :kind) AND (:action IS NULL OR action = :action)
                AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at < :until)
                AND (:internal OR page_id IS NULL OR page_id NOT IN (SELECT id FROM pages WHERE kind = 'internal'))
            ORDER BY id DESC LIMIT :limit
            """,
            arguments + [
                "page": filter.page?.description, "actor": filter.actorID, "kind": filter.actorKind?.rawValue,
                "action": filter.action?.rawValue, "since": filter.since?.milliseconds,
                "until": filter.until?.milliseconds, "internal": filter.showsInternalPages, "limit": limit,
            ], Self.auditEvent)
    }

    private static func auditEvent(_ row: Row) throws -> AuditEvent {
        let actorID: ID<APIKey>? = try row.optionalID(3)
        return AuditEvent(
            id: try row.value(0), at: try row.timestamp(1),
            actor: AuditActor(
                kind: try row.choice(2), id: actorID?.ulid, name: try row.value(4), requestID: try row.optional(11),
                address: try row.optional(12)),
            action: try row.choice(5),
            subject: AuditSubject(try row.choice(6), id: try row.value(7), name: try row.value(8)),
            pageID: try row.optionalID(9),
            changes: try JSONDecoder().decode(AuditChanges.self, from: Data((try row.value(10) as String).utf8)))
    }

    /// Whether events at the start of the log are older than a time.
    public func hasAuditEvents(before time: Timestamp) throws -> Bool {
        let found: [Bool] = try db.query(
            "SELECT EXISTS (SELECT 1 FROM (SELECT at FROM audit_events ORDER BY id LIMIT 500) WHERE at < ?)",
            [time.milliseconds]
        ) { try $0.value(0) }
        return found == [true]
    }

    /// The ids of the first and the last event; nil if there is none. Events are deleted in their order, so the log has
    /// about as many events as there are ids between them.
    public func auditRange() throws -> ClosedRange<Int64>? {
        // SQLite finds one of the two by the index, but reads the whole table for both at once.
        let found: [ClosedRange<Int64>?] = try db.query(
            "SELECT (SELECT min(id) FROM audit_events), (SELECT max(id) FROM audit_events)", []
        ) { row in
            guard let first: Int64 = try row.optional(0), let last: Int64 = try row.optional(1) else { return nil }
            return first...last
        }
        return found.first ?? nil
    }

    /// How many events follow the one with an id, by the kind of their actor.
    public func auditCounts(after id: Int64) throws -> [AuditActor.Kind: Int] {
        let counts: [(AuditActor.Kind, Int)] = try db.query(
            "SELECT actor_kind, count(*) FROM audit_events WHERE id > ? GROUP BY actor_kind", [id]
        ) { row in (try row.choice(0), try row.value(1)) }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    /// A page by its slug, even if it is archived.
    public func pageID(slug: String) throws -> ID<StatusPage>? {
        let ids: [ID<StatusPage>] = try db.query("SELECT id FROM pages WHERE slug = ?", [slug]) { try $0.id(0) }
        return ids.first
    }

    /// The slug of a page, even if it is archived.
    public func slug(of page: ID<StatusPage>) throws -> String? {
        let slugs: [String] = try db.query("SELECT slug FROM pages WHERE id = ?", [page.description]) {
            try $0.value(0)
        }
        return slugs.first
    }

    /// Whether there is or was a page that clients may see.
    public func hasServedPage(_ id: ID<StatusPage>) throws -> Bool {
        let kinds: [StatusPage.Kind] = try db.query("SELECT kind FROM pages WHERE id = ?", [id.description]) {
            try $0.choice(0)
        }
        return kinds.contains { $0 != .internal }
    }
}

extension WriteTransaction {
    /// Adds an event to the audit log. It is stored only if the change is.
    /// - Parameter page: the page that the subject belongs to.
    public func audit(
        _ action: AuditEvent.Action, _ subject: AuditSubject, page: ID<StatusPage>?,
        _ changes: AuditChanges = AuditChanges(), at now: Timestamp
    ) throws {
        guard let actor else {
            throw StorageError.inconsistent(
                reason: "the audit event \(subject.kind.rawValue) \(action.rawValue) has no actor")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try db.run(
            """
            INSERT INTO audit_events (at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id,
                subject_name, page_id, changes, request_id, address)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                now.milliseconds, actor.kind.rawValue, actor.id?.description, actor.name, action.rawValue,
                subject.kind.rawValue, subject.id, subject.name, page?.description,
                String(decoding: try encoder.encode(changes), as: UTF8.self), actor.requestID, actor.address,
            ])
    }

    /// Deletes events at the start of the log that are older than a time. Only this function can delete events:
    /// outside of it, a trigger refuses every deletion.
    /// - Parameter limit: how many events to look at.
    /// - Returns: how many were deleted.
    public func deleteAuditEvents(before time: Timestamp, limit: Int) throws -> Int {
        try db.run("UPDATE audit_retention SET deletes_before = ?", [time.milliseconds])
        try db.run(
            """
            DELETE FROM audit_events
            WHERE id IN (SELECT id FROM (SELECT id, at FROM audit_events ORDER BY id LIMIT ?) WHERE at < ?)
            """, [limit, time.milliseconds])
        let count = db.changesCount
        try db.run("UPDATE audit_retention SET deletes_before = 0", [])
        return count
    }
}
