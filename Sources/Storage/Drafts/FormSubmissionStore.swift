import GRDB
public import StatusPages

/// The result of a form when it was first sent.
public struct FormSubmission: Equatable, Sendable {
    /// The minimum time for which the result is kept, in milliseconds: a day.
    static let lifetime: Int64 = 86_400_000

    public let user: ULID
    /// The path to redirect to.
    public let location: String
}

extension ReadTransaction {
    /// The result of a form; nil if the form was never sent, or its result was deleted.
    public func submission(of key: ULID) throws -> FormSubmission? {
        try db.query("SELECT user_id, location FROM form_submissions WHERE key = ?", [key.description]) { row in
            let user: ID<FormSubmission> = try row.id(0)
            return FormSubmission(user: user.ulid, location: try row.value(1))
        }.first
    }
}

extension WriteTransaction {
    /// Stores the result of a form. Call this in the transaction that makes the result. Deletes results that are a day
    /// old.
    public func remember(_ key: ULID, by user: ULID, location: String, at now: Timestamp) throws {
        try db.run(
            "DELETE FROM form_submissions WHERE created_at <= ?",
            [now.advanced(byMilliseconds: -FormSubmission.lifetime).milliseconds])
        try db.run(
            "INSERT INTO form_submissions (key, user_id, location, created_at) VALUES (?, ?, ?, ?)",
            [key.description, user.description, location, now.milliseconds])
    }
}
