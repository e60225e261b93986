import GRDB
public import StatusPages

extension ReadTransaction {
    /// Whether the sending of updates is paused.
    public func isPaused() throws -> Bool {
        try db.query("SELECT paused FROM delivery_status") { try $0.value(0) as Bool }.first ?? false
    }

    public func deliveryStatus() throws -> DeliveryStatus {
        let statuses = try db.query(
            """
            SELECT paused, relay_state, relay_error,
                (SELECT count(*) FROM notifications WHERE fanned_out_at IS NULL),
                (SELECT min(created_at) FROM notifications WHERE fanned_out_at IS NULL)
            FROM delivery_status
            """
        ) { row in
            DeliveryStatus(
                isPaused: try row.value(0), pendingNotifications: try row.value(3),
                oldestPendingAt: try row.optionalTimestamp(4), relay: try row.choice(1),
                relayError: try row.optional(2))
        }
        guard let status = statuses.first else {
            throw StorageError.inconsistent(reason: "the table delivery_status is empty")
        }
        return status
    }
}

extension WriteTransaction {
    /// Pauses or resumes the sending of updates. The setting survives restarts.
    public func setPaused(_ isPaused: Bool) throws { try db.run("UPDATE delivery_status SET paused = ?", [isPaused]) }

    /// Stores whether the relay accepts email.
    /// - Parameter error: its last failure.
    public func setRelay(_ state: DeliveryStatus.RelayState, error: String?) throws {
        try db.run("UPDATE delivery_status SET relay_state = ?, relay_error = ?", [state.rawValue, error])
    }

    // MARK: Retries by hand

    /// Makes a failed delivery pending again, under the same id and with a new retry period.
    /// - Returns: false if it has not failed, or if its event was deleted.
    public func retryDelivery(_ id: ID<Delivery>, at now: Timestamp) throws -> Bool {
        guard try !retriableDeliveries(where: "id = ?", [id.description]).isEmpty else { return false }
        try retry([id], at: now)
        return true
    }

    /// Makes some failed deliveries of a page pending again, oldest first, except those about deleted events.
    /// - Parameters:
    ///   - since: only those that were made at this time or later.
    ///   - subscriber: only those to this subscriber.
    ///   - after: the last one of the call before. Nil: begins with the oldest.
    ///   - limit: the maximum number to retry.
    /// - Returns: their ids, in order. If there are fewer than `limit`, no others are left.
    public func retryFailed(
        of page: ID<StatusPage>, since: Timestamp, subscriber: ID<Subscriber>? = nil, after: ID<Delivery>? = nil,
        at now: Timestamp, limit: Int
    ) throws -> [ID<Delivery>] {
        // A plus sign keeps SQLite from reading all failed deliveries of the page, if the subscriber has only a few.
        let plus = subscriber == nil ? "" : "+"
        var condition = "\(plus)page_id = ? AND \(plus)id > ? AND created_at >= ?"
        // Ids begin with the time, so older rows need not be read.
        let start = after?.description ?? ULID(earliestAt: since).description
        var arguments: StatementArguments = [page.description, start, since.milliseconds]
        if let subscriber {
            condition += " AND subscriber_id = ?"
            arguments += [subscriber.description]
        }
        let found = try retriableDeliveries(where: "\(condition) ORDER BY id LIMIT ?", arguments + [limit])
        try retry(found, at: now)
        return found
    }

    private func retriableDeliveries(where condition: String, _ arguments: StatementArguments) throws -> [ID<Delivery>]
    {
        try db.query(
            """
            SELECT id FROM deliveries
            WHERE state = 'failed' AND \(DeliveryIndex.unsent)
                AND (event_id IS NULL OR EXISTS (SELECT 1 FROM incidents WHERE id = event_id)
                    OR EXISTS (SELECT 1 FROM maintenances WHERE id = event_id))
                AND \(condition)
            """, arguments
        ) { try $0.id(0) }
    }

    private func retry(_ deliveries: [ID<Delivery>], at now: Timestamp) throws {
        try db.run(
            """
            UPDATE deliveries SET state = 'pending', attempts = 0, started_at = ?, next_attempt_at = ?
            WHERE id IN (SELECT value FROM json_each(?))
            """, [now.milliseconds, now.milliseconds, jsonArray(deliveries)])
    }
}
