import GRDB
public import StatusPages

/// One chunk of the deliveries that a notification still needs.
public struct FanOutChunk: Sendable {
    /// The active subscribers that may get it, whatever their scope.
    public let subscribers: [Subscriber]
    /// The place after which the next chunk begins.
    public let cursor: String
    /// Whether there is no further chunk.
    public let isLast: Bool
}

extension ReadTransaction {
    /// The oldest notification of each page that needs deliveries now. One that is held delays later ones about the same
    /// event, so that subscribers read them in order.
    public func waitingNotificationIDs(at now: Timestamp) throws -> [ID<UpdateNotification>] {
        try db.query(
            """
            SELECT min(id) FROM notifications AS waiting
            WHERE fanned_out_at IS NULL AND coalesce(held_until, 0) <= :now AND NOT EXISTS (
                SELECT 1 FROM notifications AS held
                WHERE held.event_id = waiting.event_id AND held.id < waiting.id AND held.fanned_out_at IS NULL
                    AND held.held_until > :now)
            GROUP BY page_id
            """, ["now": now.milliseconds]
        ) { try $0.id(0) }
    }

    /// How far the deliveries of a notification have been made.
    /// - Returns: the last subscriber whose delivery was decided, or an empty text. Nil if all are made.
    public func fanOutCursor(of notification: ID<UpdateNotification>) throws -> String? {
        try db.query(
            "SELECT cursor FROM notifications WHERE id = ? AND fanned_out_at IS NULL", [notification.description]
        ) { try $0.value(0) as String }.first
    }

    /// The active subscribers of a page after the cursor.
    public func fanOutChunk(of page: ID<StatusPage>, after cursor: String, limit: Int) throws -> FanOutChunk {
        let found = try subscribers(
            where: "page_id = ? AND state = 'active' AND id > ? ORDER BY id LIMIT ?",
            [page.description, cursor, limit])
        return FanOutChunk(
            subscribers: found, cursor: found.last?.id.description ?? cursor, isLast: found.count < limit)
    }

    /// How many subscribers the fan-out of an announcement would choose. It reads all active subscribers of the page.
    /// - Parameters:
    ///   - channels: only subscribers over these.
    ///   - time: only subscribers that were active at this time.
    public func recipientCount(
        of announcement: Announcement, over channels: some Sequence<Subscriber.Channel>, at time: Timestamp
    ) throws -> Int {
        let wanted = Set(channels)
        // Most subscribers share a few scopes.
        return try db.query(
            """
            SELECT scope, channel, count(*) FROM subscribers
            WHERE page_id = ? AND state = 'active' AND active_since <= ? GROUP BY scope, channel
            """, [announcement.pageID.description, time.milliseconds]
        ) { row in
            let text: String? = try row.optional(0)
            let scope = try text.map(ScopeText.read) ?? .wholePage
            let isChosen = wanted.contains(try row.choice(1)) && scope.contains(announcement.concerned)
            return isChosen ? try row.value(2) as Int : 0
        }.reduce(0, +)
    }

    /// How many subscribers a notification has quarantined.
    public func quarantines(by notification: ID<UpdateNotification>) throws -> Int {
        try db.query("SELECT quarantines FROM notifications WHERE id = ?", [notification.description]) {
            try $0.value(0) as Int
        }.first ?? 0
    }
}

extension WriteTransaction {
    /// Counts a subscriber that a notification quarantined.
    public func countQuarantine(by notification: ID<UpdateNotification>) throws {
        try db.run(
            "UPDATE notifications SET quarantines = quarantines + 1 WHERE id = ?", [notification.description])
    }

    /// Forgets the failures of a subscriber after a success.
    ///
    /// An email that the relay accepted may still bounce. So after a bounce, failures are forgotten only once a
    /// later update had time to bounce and did not.
    public func forgetFailures(of subscriber: ID<Subscriber>, at now: Timestamp) throws {
        let arrived = now.advanced(byMilliseconds: -RetryRules.bounceTime)
        try db.run(
            """
            UPDATE subscribers SET failures = 0, failing_since = NULL, bounced_at = NULL
            WHERE id = ? AND failures > 0 AND (bounced_at IS NULL OR EXISTS (
                SELECT 1 FROM deliveries
                WHERE subscriber_id = subscribers.id AND kind = 'update' AND deliveries.state = 'sent'
                    AND sent_at > bounced_at AND sent_at <= ?))
            """, [subscriber.description, arrived.milliseconds])
    }
}
