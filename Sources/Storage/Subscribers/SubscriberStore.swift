import Foundation
import GRDB
public import StatusPages

extension ReadTransaction {
    public func subscriber(_ id: ID<Subscriber>) throws -> Subscriber? {
        try subscribers(where: "id = ?", [id.description]).first
    }

    /// The subscriber of a page with this address.
    /// - Parameter key: `Subscriber.addressKey`, or the hash that replaced it.
    public func subscriber(
        of page: ID<StatusPage>, _ channel: Subscriber.Channel, addressKey key: String
    ) throws -> Subscriber? {
        try subscribers(
            where: "page_id = ? AND channel = ? AND address_key = ?", [page.description, channel.rawValue, key]
        ).first
    }

    /// Subscribers of a page, in the order of their creation.
    /// - Parameters:
    ///   - addressKey: only the one with this address.
    ///   - part: only those whose address contains this text, in any case. This reads all subscribers of the page.
    ///   - after: the subscriber after which the list begins. Nil: from the first.
    ///   - limit: the maximum number of subscribers to return.
    /// - Returns: nil if `after` is not a subscriber of the page.
    public func subscribers(
        of page: ID<StatusPage>, state: Subscriber.State? = nil, channel: Subscriber.Channel? = nil,
        addressKey: String? = nil, containing part: String? = nil, after: ID<Subscriber>? = nil, limit: Int
    ) throws -> [Subscriber]? {
        if let after, try subscriber(after)?.pageID != page { return nil }
        let (condition, arguments) = Self.listOfSubscribers(
            of: page, state: state, channel: channel, addressKey: addressKey, containing: part, after: after,
            limit: limit)
        return try subscribers(where: condition, arguments)
    }

    /// The condition, order and limit of a list of subscribers. It has no terms for absent filters, because SQLite would
    /// then not use the indexes of the others.
    static func listOfSubscribers(
        of page: ID<StatusPage>, state: Subscriber.State? = nil, channel: Subscriber.Channel? = nil,
        addressKey: String? = nil, containing part: String? = nil, after: ID<Subscriber>? = nil, limit: Int
    ) -> (condition: String, arguments: StatementArguments) {
        var terms = ["page_id = ?"]
        var arguments: StatementArguments = [page.description]
        func require(_ term: String, _ value: String) {
            terms.append(term)
            arguments += [value]
        }
        if let after { require("id > ?", after.description) }
        switch state {
        case .active: terms.append("state = 'active'")
        case .pending, .quarantined, .unsubscribed: require("state = ?", state?.rawValue ?? "")
        case nil: break
        }
        if let channel { require("channel = ?", channel.rawValue) }
        if let addressKey { require("address_key = ?", addressKey) }
        if let part { require("instr(lower(address), ?) > 0", part.lowercased()) }
        return ("\(terms.joined(separator: " AND ")) ORDER BY id LIMIT ?", arguments + [limit])
    }

    /// How many subscribers a page has in a state.
    /// - Parameter channels: only these.
    public func subscriberCount(
        of page: ID<StatusPage>, _ state: Subscriber.State, over channels: some Sequence<Subscriber.Channel>
    ) throws -> Int {
        let wanted = Set(channels)
        return try db.query(
            "SELECT channel, number FROM subscriber_counts WHERE page_id = ? AND state = ?",
            [page.description, state.rawValue]
        ) { row in
            let channel: Subscriber.Channel = try row.choice(0)
            return wanted.contains(channel) ? try row.value(1) as Int : 0
        }.reduce(0, +)
    }

    /// How many subscribers all pages have, by channel and state.
    public func subscriberCounts() throws -> [(channel: Subscriber.Channel, state: Subscriber.State, number: Int)] {
        try db.query("SELECT channel, state, sum(number) FROM subscriber_counts GROUP BY channel, state") { row in
            (try row.choice(0), try row.choice(1), try row.value(2))
        }
    }

    /// The key of the links in emails and of the hashes of erased addresses. Only this database knows it.
    public func subscriptionKey() throws -> [UInt8] {
        let keys: [Data] = try db.query("SELECT value FROM secrets WHERE name = 'subscriptions'") { try $0.value(0) }
        guard let key = keys.first else { throw StorageError.inconsistent(reason: "the key for links is missing") }
        return Array(key)
    }

    func subscribers(where condition: String, _ arguments: StatementArguments) throws -> [Subscriber] {
        try db.query(
            "SELECT \(SubscriberColumns.names) FROM subscribers WHERE \(condition)", arguments, SubscriberColumns.read)
    }
}

extension WriteTransaction {
    /// Stores a new subscriber.
    public func insert(_ subscriber: Subscriber) throws {
        try db.run(
            "INSERT INTO subscribers (\(SubscriberColumns.names), address_key) VALUES (\(SubscriberColumns.places), ?)",
            SubscriberColumns.values(subscriber) + [subscriber.addressKey])
    }

    /// Stores a subscriber after a change.
    public func save(_ subscriber: Subscriber) throws {
        try db.run(
            "UPDATE subscribers SET (\(SubscriberColumns.names)) = (\(SubscriberColumns.places)) WHERE id = ?",
            SubscriberColumns.values(subscriber) + [subscriber.id.description])
        // The hash of an erased address stays.
        guard !subscriber.address.isEmpty else { return }
        try db.run(
            "UPDATE subscribers SET address_key = ? WHERE id = ? AND address_key <> ?",
            [subscriber.addressKey, subscriber.id.description, subscriber.addressKey])
    }

    /// Replaces the address of a subscriber with a hash. Reasons and responses of relays often contain the address, so
    /// they are erased, too.
    public func eraseAddress(of id: ID<Subscriber>, hash: String) throws {
        try db.run(
            "UPDATE subscribers SET address = '', address_key = ?, name = NULL, reason = NULL WHERE id = ?",
            [hash, id.description])
        try db.run(
            "UPDATE deliveries SET response_text = '' WHERE subscriber_id = ? AND response_text <> ''",
            [id.description])
    }

    /// Writes to the disk but changes nothing, so that a request without effect takes as long as any other.
    public func touch() throws { try Migrations.mark(db) }

    /// Deletes a subscriber with everything that was sent to it.
    public func delete(_ subscriber: Subscriber) throws {
        try db.run("DELETE FROM subscribers WHERE id = ?", [subscriber.id.description])
    }
}

/// The columns of `subscribers`, except for the compared address.
private enum SubscriberColumns {
    private static let all = [
        "id", "page_id", "channel", "state", "address", "format", "name", "scope", "requested_scope", "source",
        "created_at", "active_since", "confirmed_at", "quarantined_at", "unsubscribed_at", "reason", "link_expires_at",
        "failures", "secret", "previous_secret", "previous_secret_until", "failing_since", "bounced_at",
    ]

    static let names = all.joined(separator: ", ")
    static let places = all.map { _ in "?" }.joined(separator: ", ")

    static func read(_ row: Row) throws -> Subscriber {
        let scope: String? = try row.optional(7)
        let requested: String? = try row.optional(8)
        let secret: String? = try row.optional(18)
        return Subscriber(
            id: try row.id(0), pageID: try row.id(1), channel: try row.choice(2), state: try row.choice(3),
            address: try row.value(4), format: try row.optionalChoice(5), name: try row.optional(6),
            scope: try scope.map(ScopeText.read) ?? .wholePage,
            requestedScope: try requested.map(ScopeText.read), source: try row.choice(9),
            createdAt: try row.timestamp(10), activeSince: try row.optionalTimestamp(11),
            confirmedAt: try row.optionalTimestamp(12), quarantinedAt: try row.optionalTimestamp(13),
            unsubscribedAt: try row.optionalTimestamp(14), reason: try row.optional(15),
            linkExpiresAt: try row.optionalTimestamp(16), failures: try row.value(17),
            failingSince: try row.optionalTimestamp(21), bouncedAt: try row.optionalTimestamp(22),
            secrets: try secret.map {
                Subscriber.Secrets(
                    current: $0, previous: try row.optional(19), previousUntil: try row.optionalTimestamp(20))
            })
    }

    static func values(_ subscriber: Subscriber) -> StatementArguments {
        let scope = subscriber.scope == .wholePage ? nil : ScopeText.write(subscriber.scope)
        return [
            subscriber.id.description, subscriber.pageID.description, subscriber.channel.rawValue,
            subscriber.state.rawValue, subscriber.address, subscriber.format?.rawValue, subscriber.name,
            scope, subscriber.requestedScope.map(ScopeText.write), subscriber.source.rawValue,
            subscriber.createdAt.milliseconds, subscriber.activeSince?.milliseconds,
            subscriber.confirmedAt?.milliseconds, subscriber.quarantinedAt?.milliseconds,
            subscriber.unsubscribedAt?.milliseconds, subscriber.reason, subscriber.linkExpiresAt?.milliseconds,
            subscriber.failures, subscriber.secrets?.current, subscriber.secrets?.previous,
            subscriber.secrets?.previousUntil?.milliseconds, subscriber.failingSince?.milliseconds,
            subscriber.bouncedAt?.milliseconds,
        ]
    }
}

/// A scope as text: `page`, or a letter and an id for each choice, separated by spaces.
enum ScopeText {
    static func write(_ scope: SubscriptionScope) -> String {
        guard case .chosen(let choice) = scope else { return "page" }
        return
            (choice.components.map { "c\($0)" } + choice.groups.map { "g\($0)" } + choice.subPages.map { "s\($0)" })
            .joined(separator: " ")
    }

    static func read(_ text: String) throws -> SubscriptionScope {
        if text == "page" { return .wholePage }
        var choice = SubscriptionScope.Choice()
        for word in text.split(separator: " ") {
            guard let id = ULID(String(word.dropFirst())) else {
                throw StorageError.inconsistent(reason: "\(word.debugDescription) is not part of a scope")
            }
            switch word.first {
            case "c": choice.components.append(ID(id))
            case "g": choice.groups.append(ID(id))
            default: choice.subPages.append(ID(id))
            }
        }
        return .chosen(choice)
    }
}
