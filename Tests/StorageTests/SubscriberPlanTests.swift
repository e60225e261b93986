import GRDB
import StatusPages
import TestSupport
import Testing

@testable import Storage

/// Pages may have 100,000 subscribers, and several times as many deliveries.
@Suite("The plans of queries about subscribers") struct SubscriberPlanTests {
    private static let page: ID<StatusPage> = id(1)
    private let test: TestStore

    init() throws { test = try TestStore() }

    /// The steps of SQLite's query plan.
    private func plan(
        _ table: String, _ query: (condition: String, arguments: StatementArguments)
    ) throws -> [String] {
        try test.store.pool.read { db in
            try Row.fetchAll(
                db, sql: "EXPLAIN QUERY PLAN SELECT * FROM \(table) WHERE \(query.condition)",
                arguments: query.arguments
            ).map { $0["detail"] }
        }
    }

    @Test("Lists of subscribers are read from an index, in order")
    func subscribers() throws {
        let lists: [((String, StatementArguments), String)] = [
            (ReadTransaction.listOfSubscribers(of: Self.page, limit: 26), "subscribers_by_page (page_id=?)"),
            (
                ReadTransaction.listOfSubscribers(of: Self.page, state: .quarantined, after: id(2), limit: 26),
                "subscribers_by_page (page_id=? AND id>?)"
            ),
            (
                ReadTransaction.listOfSubscribers(of: Self.page, state: .active, after: id(2), limit: 26),
                "subscribers_active (page_id=? AND id>?)"
            ),
            (
                ReadTransaction.listOfSubscribers(
                    of: Self.page, channel: .email, addressKey: "jo@example.com", limit: 26),
                "sqlite_autoindex_subscribers_2 (page_id=? AND channel=? AND address_key=?)"
            ),
        ]
        for (query, index) in lists {
            #expect(try plan("subscribers", query) == ["SEARCH subscribers USING INDEX \(index)"])
        }
    }

    @Test(
        "Lists of deliveries use the index of their filters",
        arguments: [
            (nil, nil, nil, nil, "deliveries_by_page (page_id=?)", true),
            (nil, .sent, .email, nil, "deliveries_by_page (page_id=?)", true),
            (nil, .failed, nil, nil, "deliveries_unsent (page_id=? AND state=?)", true),
            (nil, .cancelled, .email, nil, "deliveries_unsent (page_id=? AND state=?)", true),
            (id(3) as ID<Subscriber>, nil, nil, nil, "deliveries_by_subscriber (subscriber_id=?)", false),
            (id(3) as ID<Subscriber>, .failed, .email, nil, "deliveries_by_subscriber (subscriber_id=?)", false),
            (nil, nil, nil, (id(4) as ID<Incident>).ulid, "deliveries_by_notification (notification_id=?)", false),
            (
                nil, .failed, nil, (id(4) as ID<Incident>).ulid,
                "deliveries_by_notification (notification_id=? AND state=?)", false
            ),
            (nil, nil, .webhook, nil, "deliveries_by_subscriber (subscriber_id=?)", false),
        ] as [(ID<Subscriber>?, Delivery.State?, Subscriber.Channel?, ULID?, String, Bool)])
    func deliveries(
        subscriber: ID<Subscriber>?, state: Delivery.State?, channel: Subscriber.Channel?, event: ULID?, index: String,
        isInOrder: Bool
    ) throws {
        for after in [nil, id(5)] as [ID<Delivery>?] {
            let plan = try plan(
                "deliveries",
                ReadTransaction.listOfDeliveries(
                    of: Self.page, subscriber: subscriber, state: state, channel: channel, event: event, after: after,
                    limit: 26))
            let place = isInOrder && after != nil ? index.replacing(")", with: " AND id<?)") : index
            #expect(plan.first == "SEARCH deliveries USING INDEX \(place)")
            #expect(plan.contains("USE TEMP B-TREE FOR ORDER BY") != isInOrder)
        }
    }

    /// Filters of a list of deliveries.
    private struct Filters {
        var subscriber: ID<Subscriber>?
        var state: Delivery.State?
        var channel: Subscriber.Channel?
        var event: ULID?
        var after: ID<Delivery>?

        func matches(_ delivery: Delivery) -> Bool {
            if let subscriber, delivery.subscriberID != subscriber { return false }
            if let state, delivery.state != state { return false }
            if let channel, delivery.channel != channel { return false }
            if let event, delivery.eventID != event { return false }
            if let after, delivery.id >= after { return false }
            return true
        }
    }

    @Test("Every combination of filters lists the same deliveries as a scan")
    func lists() throws {
        let page = try #require(try test.declare(PageDeclaration(slug: "acme", name: "Acme")).first).id
        let newestFirst = Array(try insertDeliveries(on: page).reversed())
        let subscribers: [ID<Subscriber>?] = [id(10), id(11), nil]
        for state in Delivery.State.allCases.map(Optional.some) + [nil] {
            for subscriber in subscribers {
                for channel in [nil, .email, .webhook, .slack] as [Subscriber.Channel?] {
                    for event in [event(0), event(1), nil] {
                        for after in [nil, newestFirst[7].id] {
                            let filters = Filters(
                                subscriber: subscriber, state: state, channel: channel, event: event, after: after)
                            let found = try test.store.read { transaction in
                                try transaction.deliveries(
                                    of: page, subscriber: subscriber, state: state, channel: channel, event: event,
                                    after: after, limit: 5)
                            }
                            let expected = newestFirst.filter(filters.matches).prefix(5)
                            #expect(found?.map(\.id) == expected.map(\.id), "\(filters)")
                        }
                    }
                }
            }
        }
    }

    private func event(_ number: UInt64) -> ULID { (id(20 + number) as ID<Incident>).ulid }

    /// Stores deliveries in each state to an email address and a webhook, about two events and about none.
    private func insertDeliveries(on page: ID<StatusPage>) throws -> [Delivery] {
        try test.store.write { transaction in
            var all: [Delivery] = []
            for number in [0, 1] as [UInt64] {
                try transaction.insert(
                    Subscriber(
                        id: id(10 + number), pageID: page, channel: number == 0 ? .email : .webhook, state: .active,
                        address: "a\(number)", source: .api, createdAt: second(0)))
                try transaction.insert(notification(id(30 + number), event(number), on: page))
            }
            for state in Delivery.State.allCases {
                for subscriber in [0, 1] as [UInt64] {
                    for number in [nil, 0, 1] as [UInt64?] {
                        let delivery = Delivery(
                            id: id(100 + UInt64(all.count)), pageID: page, subscriberID: id(10 + subscriber),
                            channel: subscriber == 0 ? .email : .webhook, kind: number == nil ? .test : .update,
                            notificationID: number.map { id(30 + $0) }, eventID: number.map(event), state: state,
                            createdAt: second(0))
                        try transaction.insert(delivery)
                        all.append(delivery)
                    }
                }
            }
            return all
        }
    }

    private func notification(
        _ id: ID<UpdateNotification>, _ event: ULID, on page: ID<StatusPage>
    ) -> UpdateNotification {
        UpdateNotification(
            id: id, createdAt: second(0),
            announcement: Announcement(
                pageID: page, pageName: "", pageSlug: "", pageURL: "", eventKind: .incident, eventID: event,
                eventName: "",
                updateID: id.ulid, status: "investigating", message: "", publishedAt: second(0), window: nil,
                affected: [],
                concerned: []),
            fannedOutAt: second(0))
    }

    @Test("Retrying looks only at deliveries that did not arrive")
    func retrying() throws {
        let failed = "state = 'failed' AND \(DeliveryIndex.unsent)"
        #expect(
            try plan("deliveries", ("\(failed) AND page_id = 'p' AND id > 'i' ORDER BY id LIMIT 500", []))
                == ["SEARCH deliveries USING INDEX deliveries_unsent (page_id=? AND state=? AND id>?)"])
        let toOne = "\(failed) AND +page_id = 'p' AND +id > 'i' AND subscriber_id = 's' ORDER BY id LIMIT 500"
        #expect(
            try plan("deliveries", (toOne, [])).first
                == "SEARCH deliveries USING INDEX deliveries_by_subscriber (subscriber_id=?)")
    }

    @Test("The number of subscribers is kept, not counted")
    func counting() throws {
        let counts = "page_id = 'p' AND state = 'active'"
        #expect(
            try plan("subscriber_counts", (counts, [])) == ["SEARCH subscriber_counts USING PRIMARY KEY (page_id=?)"])
        #expect(
            try plan("notifications", ("fanned_out_at IS NULL", []))
                == ["SCAN notifications USING INDEX notifications_waiting"])
    }
}
