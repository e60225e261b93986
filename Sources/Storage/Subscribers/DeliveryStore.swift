import Foundation
import GRDB
public import StatusPages

extension ReadTransaction {
    public func delivery(_ id: ID<Delivery>) throws -> Delivery? {
        try deliveries(where: "id = ?", [id.description]).first
    }

    /// Deliveries of a page, newest first.
    /// - Parameters:
    ///   - event: only those of this incident or maintenance.
    ///   - after: the delivery after which the list begins. Nil: from the newest.
    /// - Returns: nil if `after` is not a delivery of the page.
    public func deliveries(
        of page: ID<StatusPage>, subscriber: ID<Subscriber>? = nil, state: Delivery.State? = nil,
        channel: Subscriber.Channel? = nil, event: ULID? = nil, after: ID<Delivery>? = nil, limit: Int
    ) throws -> [Delivery]? {
        if let after, try delivery(after)?.pageID != page { return nil }
        let (condition, arguments) = Self.listOfDeliveries(
            of: page, subscriber: subscriber, state: state, channel: channel, event: event, after: after, limit: limit)
        return try deliveries(where: condition, arguments)
    }

    /// The condition, order and limit of a list of deliveries. It has no terms for absent filters, because SQLite would
    /// then not use the indexes of the others.
    static func listOfDeliveries(
        of page: ID<StatusPage>, subscriber: ID<Subscriber>? = nil, state: Delivery.State? = nil,
        channel: Subscriber.Channel? = nil, event: ULID? = nil, after: ID<Delivery>? = nil, limit: Int
    ) -> (condition: String, arguments: StatementArguments) {
        let isEndpoint = channel.map { $0 != .email } ?? false
        let isNarrow = subscriber != nil || event != nil || isEndpoint
        // A plus sign keeps SQLite from reading all deliveries of the page, if another index has only a few of them.
        let plus = isNarrow ? "+" : ""
        var terms = ["\(plus)page_id = ?"]
        var arguments: StatementArguments = [page.description]
        func require(_ term: String, _ values: String...) {
            terms.append(term)
            arguments += StatementArguments(values)
        }
        if let after { require("\(plus)id < ?", after.description) }
        if let subscriber { require("subscriber_id = ?", subscriber.description) }
        if let event {
            require("notification_id IN (SELECT id FROM notifications WHERE event_id = ?)", event.description)
        }
        if let channel { require("channel = ?", channel.rawValue) }
        if isEndpoint, subscriber == nil, event == nil {
            // There are few endpoints, and most deliveries are emails.
            require(
                "subscriber_id IN (SELECT id FROM subscribers WHERE page_id = ? AND channel = ?)", page.description,
                channel?.rawValue ?? "")
        }
        switch state {
        case .pending: require("state = 'pending'")
        case .sent: require("state = 'sent'")
        case .failed, .superseded, .cancelled:
            require("\(DeliveryIndex.unsent) AND state = ?", state?.rawValue ?? "")
        case nil: break
        }
        return ("\(terms.joined(separator: " AND ")) ORDER BY id DESC LIMIT ?", arguments + [limit])
    }

    /// The creation time of an email that the owner of the address may not have asked for. The email is a
    /// confirmation or has a manage link, and may be for any page.
    /// - Parameters:
    ///   - key: see `Subscriber.addressKey`.
    ///   - place: which of the emails. 1 is the newest.
    ///   - since: only those made after this time.
    /// - Returns: nil if there are fewer such emails.
    public func requestedMailTime(
        toAddressKey key: String, place: Int, since: Timestamp
    ) throws -> Timestamp? {
        // CROSS JOIN keeps this order: each page finds the address by its index.
        try db.query(
            """
            SELECT deliveries.created_at FROM pages
                CROSS JOIN subscribers ON subscribers.page_id = pages.id AND subscribers.channel = 'email'
                    AND address_key = ?
                CROSS JOIN deliveries ON deliveries.subscriber_id = subscribers.id
            WHERE deliveries.kind IN ('confirmation', 'manage') AND deliveries.created_at > ?
            ORDER BY deliveries.created_at DESC LIMIT 1 OFFSET ?
            """, [key, since.milliseconds, place - 1]
        ) { try $0.timestamp(0) }.first
    }

    func deliveries(where condition: String, _ arguments: StatementArguments) throws -> [Delivery] {
        try db.query(
            "SELECT \(DeliveryColumns.names) FROM deliveries WHERE \(condition)", arguments, DeliveryColumns.read)
    }
}

extension WriteTransaction {
    public func insert(_ delivery: Delivery) throws {
        try db.run(DeliveryColumns.insert, DeliveryColumns.values(delivery))
    }

    /// Stores the state of a delivery after a change.
    public func save(_ delivery: Delivery) throws {
        try db.run(
            """
            UPDATE deliveries SET state = ?, attempts = ?, started_at = ?, last_attempt_at = ?, next_attempt_at = ?,
                sent_at = ?, response_code = ?, response_text = ? WHERE id = ?
            """,
            [
                delivery.state.rawValue, delivery.attempts, delivery.startedAt.milliseconds,
                delivery.lastAttemptAt?.milliseconds, delivery.nextAttemptAt?.milliseconds,
                delivery.sentAt?.milliseconds, delivery.lastResponse?.code, delivery.lastResponse?.text,
                delivery.id.description,
            ])
    }

    /// Cancels the pending deliveries to a subscriber.
    /// - Parameter kinds: only deliveries of these kinds.
    public func cancelDeliveries(
        to subscriber: ID<Subscriber>, _ kinds: [Delivery.Kind] = Delivery.Kind.allCases
    ) throws {
        for kind in kinds {
            try db.run(
                """
                UPDATE deliveries SET state = 'cancelled', next_attempt_at = NULL
                WHERE subscriber_id = ? AND kind = ? AND state = 'pending'
                """, [subscriber.description, kind.rawValue])
        }
    }

    /// Cancels pending deliveries about a deleted event, and prevents new ones. If there are many, it cancels only
    /// some. The event then is one of the `cancelledEvents` until later calls have cancelled the rest.
    /// - Parameter limit: the maximum number to cancel.
    /// - Returns: whether more deliveries may wait.
    @discardableResult
    public func cancelDeliveries(about event: ULID, at now: Timestamp, limit: Int) throws -> Bool {
        try db.run(
            "UPDATE notifications SET fanned_out_at = ? WHERE event_id = ? AND fanned_out_at IS NULL",
            [now.milliseconds, event.description])
        try db.run(
            """
            UPDATE deliveries SET state = 'cancelled', next_attempt_at = NULL WHERE id IN (
                SELECT id FROM deliveries
                WHERE state = 'pending' AND notification_id IN (SELECT id FROM notifications WHERE event_id = ?)
                LIMIT ?)
            """, [event.description, limit])
        let isMore = db.changesCount >= limit
        try db.run(
            isMore
                ? "INSERT OR IGNORE INTO cancelled_events (event_id) VALUES (?)"
                : "DELETE FROM cancelled_events WHERE event_id = ?",
            [event.description])
        return isMore
    }
}

enum DeliveryIndex {
    /// The condition of the index `deliveries_unsent`. A query must repeat it to use the index.
    static let unsent = "state <> 'pending' AND state <> 'sent'"
}

/// The columns of `deliveries`.
private enum DeliveryColumns {
    private static let all = [
        "id", "page_id", "subscriber_id", "notification_id", "event_id", "channel", "kind", "state", "attempts",
        "created_at", "started_at", "last_attempt_at", "next_attempt_at", "sent_at", "response_code", "response_text",
        "details",
    ]

    static let names = all.joined(separator: ", ")
    static let insert =
        "INSERT INTO deliveries (\(names)) VALUES (\(all.map { _ in "?" }.joined(separator: ", ")))"

    static func read(_ row: Row) throws -> Delivery {
        let text: String? = try row.optional(15)
        let details: String? = try row.optional(16)
        let code: Int? = try row.optional(14)
        return Delivery(
            id: try row.id(0), pageID: try row.id(1), subscriberID: try row.id(2), channel: try row.choice(5),
            kind: try row.choice(6), notificationID: try row.optionalID(3),
            eventID: (try row.optionalID(4) as ID<PageEvent>?)?.ulid, details: try details.map(DetailsText.decode),
            state: try row.choice(7), attempts: try row.value(8), createdAt: try row.timestamp(9),
            startedAt: try row.timestamp(10), lastAttemptAt: try row.optionalTimestamp(11),
            nextAttemptAt: try row.optionalTimestamp(12), sentAt: try row.optionalTimestamp(13),
            lastResponse: text.map { Delivery.Response(code: code, text: $0) })
    }

    static func values(_ delivery: Delivery) throws -> StatementArguments {
        [
            delivery.id.description, delivery.pageID.description, delivery.subscriberID.description,
            delivery.notificationID?.description, delivery.eventID?.description, delivery.channel.rawValue,
            delivery.kind.rawValue, delivery.state.rawValue, delivery.attempts, delivery.createdAt.milliseconds,
            delivery.startedAt.milliseconds, delivery.lastAttemptAt?.milliseconds,
            delivery.nextAttemptAt?.milliseconds, delivery.sentAt?.milliseconds, delivery.lastResponse?.code,
            delivery.lastResponse?.text, try delivery.details.map { try DetailsText($0).encoded() },
        ]
    }
}

/// `Delivery.Details` as JSON. Its keys are part of the schema.
private struct DetailsText: Codable {
    let pageName: String
    let pageURL: String
    let linkExpiresAt: Int64?

    enum CodingKeys: String, CodingKey {
        case pageName = "page_name"
        case pageURL = "page_url"
        case linkExpiresAt = "link_expires_at"
    }

    init(_ details: Delivery.Details) {
        pageName = details.pageName
        pageURL = details.pageURL
        linkExpiresAt = details.linkExpiresAt?.milliseconds
    }

    func encoded() throws -> String { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }

    static func decode(_ text: String) throws -> Delivery.Details {
        do {
            let read = try JSONDecoder().decode(DetailsText.self, from: Data(text.utf8))
            return Delivery.Details(
                pageName: read.pageName, pageURL: read.pageURL,
                linkExpiresAt: read.linkExpiresAt.map(Timestamp.init(milliseconds:)))
        } catch {
            throw StorageError.inconsistent(reason: "the details of a delivery cannot be read: \(error)")
        }
    }
}
