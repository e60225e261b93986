import GRDB
public import StatusPages

/// Deliveries of one page, channel and kind. They take turns with those of other pages.
public struct DeliverySource: Hashable, Comparable, Sendable {
    public let pageID: ID<StatusPage>
    public let channel: Subscriber.Channel
    public let kind: Delivery.Kind

    public init(pageID: ID<StatusPage>, channel: Subscriber.Channel, kind: Delivery.Kind) {
        self.pageID = pageID
        self.channel = channel
        self.kind = kind
    }

    public static func < (left: DeliverySource, right: DeliverySource) -> Bool {
        (left.pageID, left.channel.rawValue, left.kind.rawValue)
            < (right.pageID, right.channel.rawValue, right.kind.rawValue)
    }
}

/// A delivery whose next attempt is due.
public struct DueDelivery: Equatable, Sendable {
    /// A place in the order in which deliveries are due.
    public struct Place: Equatable, Sendable {
        let nextAttemptAt: Timestamp
        let id: String

        /// Before all deliveries.
        public static let start = Place(nextAttemptAt: Timestamp(milliseconds: .min), id: "")
    }

    public let id: ID<Delivery>
    public let source: DeliverySource
    public let subscriberID: ID<Subscriber>
    public let eventID: ULID?
    /// The address in the form for comparisons.
    public let addressKey: String
    public let place: Place
}

extension ReadTransaction {
    /// The sources with waiting deliveries, due or not.
    public func deliverySources() throws -> [DeliverySource] {
        var sources: [DeliverySource] = []
        var last: StatementArguments = ["", "", ""]
        // Each query reads one row of the index.
        while let next = try deliverySource(after: last) {
            sources.append(next)
            last = [next.pageID.description, next.channel.rawValue, next.kind.rawValue]
        }
        return sources
    }

    private func deliverySource(after last: StatementArguments) throws -> DeliverySource? {
        try db.query(
            """
            SELECT page_id, channel, kind FROM deliveries INDEXED BY deliveries_due
            WHERE state = 'pending' AND (page_id, channel, kind) > (?, ?, ?)
            ORDER BY page_id, channel, kind LIMIT 1
            """, last
        ) { DeliverySource(pageID: try $0.id(0), channel: try $0.choice(1), kind: try $0.choice(2)) }.first
    }

    /// The deliveries of a source that are due, in order.
    /// - Parameters:
    ///   - place: where the last call ended.
    ///   - limit: the maximum number to return.
    public func dueDeliveries(
        of source: DeliverySource, after place: DueDelivery.Place, at now: Timestamp, limit: Int
    ) throws -> [DueDelivery] {
        try db.query(
            Self.dueDeliveries,
            [
                source.pageID.description, source.channel.rawValue, source.kind.rawValue,
                place.nextAttemptAt.milliseconds, place.id, now.milliseconds, limit,
            ]
        ) { row in
            DueDelivery(
                id: try row.id(0), source: source, subscriberID: try row.id(1),
                eventID: (try row.optionalID(2) as ID<PageEvent>?)?.ulid, addressKey: try row.value(3),
                place: DueDelivery.Place(nextAttemptAt: try row.timestamp(4), id: try row.value(0)))
        }
    }

    static let dueDeliveries = """
        SELECT deliveries.id, subscriber_id, event_id, address_key, next_attempt_at
        FROM deliveries CROSS JOIN subscribers ON subscribers.id = subscriber_id
        WHERE deliveries.page_id = ? AND deliveries.channel = ? AND kind = ? AND deliveries.state = 'pending'
            AND (next_attempt_at, deliveries.id) > (?, ?) AND next_attempt_at <= ?
        ORDER BY next_attempt_at, deliveries.id LIMIT ?
        """

    // MARK: One message

    /// The updates of an event that wait to be sent to a subscriber, newest first.
    public func waitingUpdates(to subscriber: ID<Subscriber>, about event: ULID) throws -> [Delivery] {
        try deliveries(
            where: """
                subscriber_id = ? AND event_id = ? AND state = 'pending' AND kind = 'update' ORDER BY id DESC
                """, [subscriber.description, event.description])
    }

    /// The first notification of an event that was sent to a subscriber.
    public func firstNotificationSent(
        to subscriber: ID<Subscriber>, about event: ULID
    ) throws -> ID<UpdateNotification>? {
        try db.query(
            """
            SELECT notification_id FROM deliveries
            WHERE subscriber_id = ? AND event_id = ? AND state = 'sent' AND kind = 'update'
            ORDER BY id LIMIT 1
            """, [subscriber.description, event.description]
        ) { try $0.id(0) as ID<UpdateNotification> }.first
    }

    // MARK: Deleted events

    /// The deleted events whose deliveries may still wait. These deliveries must not be sent.
    public func cancelledEvents() throws -> [ULID] {
        try db.query("SELECT event_id FROM cancelled_events") { (try $0.id(0) as ID<PageEvent>).ulid }
    }

    /// Whether an event is one of the `cancelledEvents`.
    public func isCancelled(_ event: ULID) throws -> Bool {
        try db.query("SELECT 1 FROM cancelled_events WHERE event_id = ?", [event.description]) { _ in true }.first
            ?? false
    }

    // MARK: Remaining deliveries

    /// Whether deliveries of a notification wait, or are still to be made.
    public func isUnfinished(_ notification: ID<UpdateNotification>) throws -> Bool {
        try db.query(
            """
            SELECT EXISTS (SELECT 1 FROM deliveries WHERE notification_id = :id AND state = 'pending')
                OR EXISTS (SELECT 1 FROM notifications WHERE id = :id AND fanned_out_at IS NULL)
            """, ["id": notification.description]
        ) { try $0.value(0) as Bool }.first ?? false
    }

    /// Deliveries that wait, with the longest wait first.
    /// - Parameter end: only those whose retry period began at this time or earlier.
    public func waitingDeliveries(
        over channel: Subscriber.Channel, startedUntil end: Timestamp, limit: Int
    ) throws -> [Delivery] {
        try deliveries(where: Self.waiting, [channel.rawValue, end.milliseconds, limit])
    }

    static let waiting = "state = 'pending' AND channel = ? AND started_at <= ? ORDER BY started_at LIMIT ?"

    /// How many deliveries wait by channel, and since when the oldest one does.
    public func pendingDeliveries() throws -> [Subscriber.Channel: (number: Int, since: Timestamp)] {
        let found = try db.query(Self.pendingDeliveries) {
            (try $0.choice(0) as Subscriber.Channel, (number: try $0.value(1) as Int, since: try $0.timestamp(2)))
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    static let pendingDeliveries = """
        SELECT channel, count(*), min(started_at) FROM deliveries WHERE state = 'pending' GROUP BY channel
        """
}
