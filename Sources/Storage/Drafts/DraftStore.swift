import GRDB
public import StatusPages

extension ReadTransaction {
    /// The unfinished forms of a user, the last changed first.
    public func forms(of user: ULID) throws -> [EventForm] {
        try forms(where: "user_id = ?", [user.description])
    }

    public func form(_ place: EventForm.Place, of user: ULID) throws -> EventForm? {
        try forms(
            where: "user_id = ? AND page_id = ? AND kind = ? AND event_id = ?", place.arguments(of: user)
        ).first
    }

    private func forms(where condition: String, _ arguments: StatementArguments) throws -> [EventForm] {
        try db.query(
            """
            SELECT page_id, kind, event_id, fields, after, updated_at FROM drafts WHERE \(condition)
            ORDER BY updated_at DESC, page_id, kind, event_id
            """, arguments
        ) { row in
            let event: String = try row.value(2)
            let after: String? = try row.optional(4)
            return EventForm(
                place: EventForm.Place(page: try row.id(0), kind: try row.choice(1), event: ULID(event)),
                fields: try row.json(3), after: after.flatMap(ULID.init), updatedAt: try row.timestamp(5))
        }
    }
}

extension WriteTransaction {
    /// Stores an unfinished form, which replaces an older one at the same place. Deletes the user's oldest forms beyond
    /// `EventForm.mostPerUser`, and all users' forms older than `EventForm.lifetime`.
    public func save(_ form: EventForm, of user: ULID) throws {
        try db.run(
            """
            INSERT INTO drafts (user_id, page_id, kind, event_id, fields, after, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                fields = excluded.fields, after = excluded.after, updated_at = excluded.updated_at
            """,
            form.place.arguments(of: user)
                + [try jsonText(form.fields), form.after?.description, form.updatedAt.milliseconds])
        try db.run(
            "DELETE FROM drafts WHERE updated_at <= ?",
            [form.updatedAt.advanced(byMilliseconds: -EventForm.lifetime).milliseconds])
        try db.run(
            """
            DELETE FROM drafts WHERE user_id = :user AND (page_id, kind, event_id) IN (
                SELECT page_id, kind, event_id FROM drafts WHERE user_id = :user
                ORDER BY updated_at DESC, page_id, kind, event_id LIMIT -1 OFFSET :most)
            """, ["user": user.description, "most": EventForm.mostPerUser])
    }

    public func deleteForm(_ place: EventForm.Place, of user: ULID) throws {
        try db.run(
            "DELETE FROM drafts WHERE user_id = ? AND page_id = ? AND kind = ? AND event_id = ?",
            place.arguments(of: user))
    }
}

extension EventForm.Place {
    fileprivate func arguments(of user: ULID) -> StatementArguments {
        [user.description, page.description, kind.rawValue, event?.description ?? ""]
    }
}
