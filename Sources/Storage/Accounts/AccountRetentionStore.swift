import GRDB
public import StatusPages

/// The times before which data of users is outdated.
public struct AccountRetention: Sendable {
    /// Links that expired before this time are deleted.
    public let links: Timestamp
    /// Sessions that began before this time are deleted.
    public let sessionStarts: Timestamp
    /// Sessions that were last used before this time are deleted.
    public let sessionUses: Timestamp
    /// The results of forms that were sent before this time are deleted.
    public let submissions: Timestamp
    /// Unfinished forms and unsaved structures that were last changed before this time are deleted.
    public let drafts: Timestamp

    public init(
        links: Timestamp, sessionStarts: Timestamp, sessionUses: Timestamp, submissions: Timestamp, drafts: Timestamp
    ) {
        self.links = links
        self.sessionStarts = sessionStarts
        self.sessionUses = sessionUses
        self.submissions = submissions
        self.drafts = drafts
    }

    /// A condition on each table, for its outdated rows.
    fileprivate static let conditions = [
        ("account_links", "expires_at < :links"),
        ("sessions", "created_at < :starts OR last_seen_at < :uses"),
        ("form_submissions", "created_at < :submissions"),
        ("drafts", "updated_at < :drafts"),
        ("structure_drafts", "updated_at < :drafts"),
    ]

    /// The values of a condition's parameters.
    fileprivate func arguments(of condition: String) -> StatementArguments {
        let values = [
            "links": links, "starts": sessionStarts, "uses": sessionUses, "submissions": submissions, "drafts": drafts,
        ]
        return StatementArguments(
            values.filter { condition.contains(":\($0.key)") }.mapValues {
                $0.milliseconds as (any DatabaseValueConvertible)?
            })
    }
}

extension ReadTransaction {
    public func hasOutdatedAccountData(_ retention: AccountRetention) throws -> Bool {
        try AccountRetention.conditions.contains { table, condition in
            let found: [Int] = try db.query(
                "SELECT 1 FROM \(table) WHERE \(condition) LIMIT 1", retention.arguments(of: condition)
            ) { try $0.value(0) }
            return !found.isEmpty
        }
    }
}

extension WriteTransaction {
    public func deleteOutdatedAccountData(_ retention: AccountRetention) throws {
        for (table, condition) in AccountRetention.conditions {
            try db.run("DELETE FROM \(table) WHERE \(condition)", retention.arguments(of: condition))
        }
    }
}
