import GRDB
public import StatusPages

/// Deletes data that is kept only for a time. Each call does a part, so that no transaction takes long.
extension WriteTransaction {
    /// Deletes old notifications with their deliveries, and other old deliveries. Pending deliveries stay.
    /// - Returns: how many rows were deleted. If that is `limit`, there may be more.
    public func deleteDeliveries(from before: Timestamp, limit: Int) throws -> Int {
        // Ids begin with the time, so the oldest rows come first.
        try db.run(
            """
            DELETE FROM deliveries WHERE id IN (
                SELECT id FROM deliveries WHERE id < :end AND created_at < :before AND state <> 'pending'
                ORDER BY id LIMIT :limit)
            """, ["end": Self.firstID(at: before), "before": before.milliseconds, "limit": limit])
        let deliveries = db.changesCount
        guard deliveries < limit else { return deliveries }
        try db.run(
            """
            DELETE FROM notifications WHERE id IN (
                SELECT id FROM notifications
                WHERE id < :end AND created_at < :before AND fanned_out_at IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notification_id = notifications.id)
                ORDER BY id LIMIT :limit)
            """,
            ["end": Self.firstID(at: before), "before": before.milliseconds, "limit": limit - deliveries])
        return deliveries + db.changesCount
    }

    /// Deletes subscribers that never confirmed, including those whose confirmation email could not be delivered.
    /// - Parameter before: only those whose last link expired before this time.
    /// - Returns: how many were deleted.
    public func deleteUnconfirmed(expiredBefore before: Timestamp, limit: Int) throws -> Int {
        try db.run(
            """
            DELETE FROM subscribers WHERE id IN (
                SELECT id FROM subscribers WHERE \(Self.unconfirmed) AND link_expires_at < ? LIMIT ?)
            """, [before.milliseconds, limit])
        return db.changesCount
    }

    /// The condition of the index `subscribers_unconfirmed`.
    fileprivate static let unconfirmed = "confirmed_at IS NULL AND state <> 'unsubscribed'"

    private static func firstID(at time: Timestamp) -> String { ULID(earliestAt: time).description }
}

extension ULID {
    /// The smallest id of a time.
    init(earliestAt time: Timestamp) {
        self.init(high: UInt64(max(time.milliseconds, 0)) << 16, low: 0)
    }
}

extension ReadTransaction {
    /// Whether `deleteDeliveries` would delete something.
    public func hasDeliveries(from before: Timestamp) throws -> Bool {
        try db.query(
            """
            SELECT EXISTS (
                    SELECT 1 FROM deliveries WHERE id < :end AND created_at < :before AND state <> 'pending')
                OR EXISTS (
                    SELECT 1 FROM notifications WHERE id < :end AND created_at < :before AND fanned_out_at IS NOT NULL
                        AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notification_id = notifications.id))
            """, ["end": ULID(earliestAt: before).description, "before": before.milliseconds]
        ) { try $0.value(0) as Bool }.first ?? false
    }

    /// Whether `deleteUnconfirmed` would delete something.
    public func hasUnconfirmed(expiredBefore before: Timestamp) throws -> Bool {
        try db.query(
            """
            SELECT EXISTS (
                SELECT 1 FROM subscribers WHERE \(WriteTransaction.unconfirmed) AND link_expires_at < ?)
            """, [before.milliseconds]
        ) { try $0.value(0) as Bool }.first ?? false
    }

    /// Subscribers whose address is still stored although they unsubscribed before a time.
    /// - Parameter expired: leaves out those that signed up again, if their link still worked at this time.
    public func unsubscribed(
        before: Timestamp, linkExpiredBefore expired: Timestamp, limit: Int
    ) throws -> [Subscriber] {
        try subscribers(
            where: """
                state = 'unsubscribed' AND address <> '' AND unsubscribed_at < ?
                    AND (link_expires_at IS NULL OR link_expires_at < ?) LIMIT ?
                """, [before.milliseconds, expired.milliseconds, limit])
    }
}
