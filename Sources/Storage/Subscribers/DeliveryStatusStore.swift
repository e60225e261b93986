import GRDB
public import StatusPages

extension ReadTransaction {
    /// Whether updates are held back.
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
            throw StorageError.inconsistent(reason: "the state of sending is missing")
        }
        return status
    }
}

extension WriteTransaction {
    /// Pauses or resumes the sending of updates. The setting survives restarts.
    public func setPaused(_ isPaused: Bool) throws { try db.run("UPDATE delivery_status SET paused = ?", [isPaused]) }

    /// Stores whether the relay takes mails.
    /// - Parameter error: its last failure.
    public func setRelay(_ state: DeliveryStatus.RelayState, error: String?) throws {
        try db.run("UPDATE delivery_status SET relay_state = ?, relay_error = ?", [state.rawValue, error])
    }

    // MARK: Retries by hand

    /// Makes a failed delivery pending again, under the same id and with the whole time for attempts.
    /// - Returns: false if it has not failed, or if its event was deleted.
    public func retryDelivery(_ id: ID<Delivery>, at now: Timestamp) throws -> Bool {
        try retryDeliveries(where: "id = ?", [id.description], at: now) > 0
    }

    /// Makes the failed deliveries of a page pending again, except those about deleted events.
    /// - Parameters:
    ///   - since: only those that were made at this time or later.
    ///   - subscriber: only those to this subscriber.
    /// - Returns: how many there are.
    public func retryFailed(
        of page: ID<StatusPage>, since: Timestamp, subscriber: ID<Subscriber>? = nil, at now: Timestamp
    ) throws -> Int {
        var condition = "page_id = ? AND created_at >= ?"
        var arguments: StatementArguments = [page.description, since.milliseconds]
        if let subscriber {
            condition += " AND subscriber_id = ?"
            arguments += [subscriber.description]
        }
        return try retryDeliveries(where: condition, arguments, at: now)
    }

    private func retryDeliveries(
        where condition: String, _ arguments: StatementArguments, at now: Timestamp
    ) throws -> Int {
        try db.run(
            """
            UPDATE deliveries SET state = 'pending', attempts = 0, started_at = ?, next_attempt_at = ?
            WHERE state = 'failed' AND \(DeliveryIndex.unsent) AND \(condition)
                AND (event_id IS NULL OR EXISTS (SELECT 1 FROM incidents WHERE id = event_id)
                    OR EXISTS (SELECT 1 FROM maintenances WHERE id = event_id))
            """, [now.milliseconds, now.milliseconds] + arguments)
        return db.changesCount
    }
}
