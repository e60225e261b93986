import GRDB
import StatusPages
import Testing

@testable import Storage

@Suite("Deliveries that wait")
struct DeliveryQueueTests {
    private let test: TestStore
    private let pages: [StatusPage]

    init() throws {
        test = try TestStore()
        pages = try test.declare(
            PageDeclaration(slug: "one", name: "One"), PageDeclaration(slug: "two", name: "Two"))
        let subscribers = pages.enumerated().map { number, page in
            Subscriber(
                id: id(UInt64(10 + number)), pageID: page.id, channel: .email, state: .active,
                address: "ada@example.org", source: .api, createdAt: second(0))
        }
        try test.store.write { transaction in for subscriber in subscribers { try transaction.insert(subscriber) } }
    }

    private func delivery(
        _ number: UInt64, page: Int = 0, _ channel: Subscriber.Channel = .email, _ kind: Delivery.Kind = .update,
        state: Delivery.State = .pending, started: Int64 = 0, next: Int64? = nil
    ) -> Delivery {
        Delivery(
            id: id(number), pageID: pages[page].id, subscriberID: id(UInt64(10 + page)), channel: channel, kind: kind,
            state: state, createdAt: second(0), startedAt: second(started), nextAttemptAt: next.map(second))
    }

    private func insert(_ deliveries: Delivery...) throws {
        try test.store.write { transaction in for delivery in deliveries { try transaction.insert(delivery) } }
    }

    @Test("Each page, channel and kind with a waiting delivery is a source")
    func sources() throws {
        try insert(
            delivery(100, .slack), delivery(101), delivery(102), delivery(103, page: 1, .email, .confirmation),
            delivery(104, page: 1, state: .sent), delivery(105, .email, .test))
        let expected = [
            DeliverySource(pageID: pages[0].id, channel: .email, kind: .test),
            DeliverySource(pageID: pages[0].id, channel: .email, kind: .update),
            DeliverySource(pageID: pages[0].id, channel: .slack, kind: .update),
            DeliverySource(pageID: pages[1].id, channel: .email, kind: .confirmation),
        ]
        #expect(try test.store.read { try $0.deliverySources() } == expected)
        #expect(expected.sorted() == expected)
    }

    @Test("Due deliveries are read by the time of their attempt, a few at a time")
    func due() throws {
        try insert(
            delivery(100, next: 5), delivery(101, next: 2), delivery(102, next: 2), delivery(103, next: 11),
            delivery(104, state: .failed), delivery(105, .slack, next: 1), delivery(106, page: 1, next: 1))
        let source = DeliverySource(pageID: pages[0].id, channel: .email, kind: .update)
        var found: [ID<Delivery>] = []
        var place = DueDelivery.Place.start
        while let next = try test.store.read({
            try $0.dueDeliveries(of: source, after: place, at: second(10), limit: 1)
        }).first {
            found.append(next.id)
            place = next.place
        }
        #expect(found == [101, 102, 100].map(id))
    }

    @Test("The waiting deliveries of a channel are found by their start, oldest first")
    func waiting() throws {
        try insert(
            delivery(100, started: 5), delivery(101, started: 2), delivery(102, .slack, started: 1),
            delivery(103, started: 6), delivery(104, state: .failed, started: 0),
            delivery(105, page: 1, .email, .manage, started: 4))
        func found(_ channel: Subscriber.Channel, _ limit: Int) throws -> [ID<Delivery>] {
            try test.store.read {
                try $0.waitingDeliveries(over: channel, startedUntil: second(5), limit: limit).map(\.id)
            }
        }
        #expect(try found(.email, 10) == [101, 105, 100].map(id))
        #expect(try found(.email, 1) == [id(101)])
        #expect(try found(.slack, 10) == [id(102)])
        #expect(try found(.webhook, 10) == [])
        let pending = try test.store.read { try $0.pendingDeliveries() }
        #expect(pending.mapValues(\.number) == [.email: 4, .slack: 1])
        #expect(pending.mapValues(\.since) == [.email: second(2), .slack: second(1)])
    }

    @Test("A manual retry starts a delivery again, and cancelled deliveries no longer wait")
    func changes() throws {
        try insert(delivery(100, state: .failed), delivery(101, started: 3))
        #expect(try test.store.write { try $0.retryDelivery(id(100), at: second(9)) })
        #expect(try !test.store.write { try $0.retryDelivery(id(101), at: second(9)) })
        #expect(try test.store.read { try $0.pendingDeliveries() }[.email]?.since == second(3))
        #expect(try test.store.read { try $0.delivery(id(100)) }?.startedAt == second(9))
        try test.store.write { try $0.cancelDeliveries(to: id(10)) }
        #expect(try test.store.read { try $0.pendingDeliveries() }.isEmpty)
    }

    @Test("Deliveries about a deleted event are cancelled a few at a time; the event is kept until all are")
    func cancelling() throws {
        let (event, other) = (id(1) as ID<Incident>, id(2) as ID<Incident>)
        try test.store.write { transaction in
            for (number, event) in [(UInt64(200), event), (201, other)] {
                try transaction.insert(notification(number, about: event))
                for index in 0..<3 as Range<UInt64> {
                    try transaction.insert(
                        Delivery(
                            id: id(number * 10 + index), pageID: pages[0].id, subscriberID: id(10), channel: .email,
                            kind: .update, notificationID: id(number), eventID: event.ulid, createdAt: second(0)))
                }
            }
        }
        func cancel() throws -> (isMore: Bool, cancelled: Int?, events: [ULID]) {
            try test.store.write { transaction in
                let isMore = try transaction.cancelDeliveries(about: event.ulid, at: second(9), limit: 2)
                let counts = try transaction.reading.deliveryCounts(of: id(200))
                return (isMore, counts[.cancelled], try transaction.reading.cancelledEvents())
            }
        }
        for expected in [(true, 2, [event.ulid]), (false, 3, []), (false, 3, [])] {
            let found = try cancel()
            #expect(found.isMore == expected.0 && found.cancelled == expected.1 && found.events == expected.2)
            // The notification makes no more deliveries.
            #expect(try test.store.read { try $0.fanOutCursor(of: id(200)) } == nil)
        }
        #expect(try test.store.read { try $0.deliveryCounts(of: id(201)) } == [.pending: 3])
        #expect(try test.store.read { try $0.fanOutCursor(of: id(201)) } == "")
    }

    private func notification(_ number: UInt64, about event: ID<Incident>) -> UpdateNotification {
        UpdateNotification(
            id: id(number), createdAt: second(0),
            announcement: Announcement(
                pageID: pages[0].id, pageName: "One", pageSlug: "one", pageURL: "https://one.example",
                eventKind: .incident, eventID: event.ulid, eventName: "Outage",
                updateID: (id(2) as ID<IncidentUpdate>).ulid, status: "investigating", message: "",
                publishedAt: second(0), window: nil, affected: [], concerned: []))
    }

    @Test("Every query of the deliverer, and of the metrics, reads an index")
    func indices() throws {
        try insert(delivery(100))
        let notification = notification(200, about: id(1))
        let announcement = notification.announcement
        try test.store.write { try $0.insert(notification) }
        let source = DeliverySource(pageID: pages[0].id, channel: .email, kind: .update)
        try test.store.pool.write { db in
            var statements: Set<String> = []
            db.trace { statements.insert($0.expandedDescription) }
            let transaction = WriteTransaction(db)
            let reading = transaction.reading
            _ = try reading.deliverySources()
            _ = try reading.dueDeliveries(of: source, after: .start, at: second(1), limit: 10)
            _ = try reading.waitingDeliveries(over: .email, startedUntil: second(1), limit: 10)
            _ = try reading.pendingDeliveries()
            _ = try reading.deliveryStatus()
            _ = try reading.waitingNotificationIDs(at: second(0))
            _ = try reading.fanOutCursor(of: id(200))
            _ = try reading.fanOutChunk(of: pages[0].id, after: "", limit: 500)
            _ = try reading.notification(id(200))
            _ = try reading.delivery(id(100))
            _ = try reading.subscriber(id(10))
            _ = try reading.waitingUpdates(to: id(10), about: announcement.eventID)
            _ = try reading.firstNotificationSent(to: id(10), about: announcement.eventID)
            _ = try reading.isUnfinished(id(200))
            _ = try reading.deliveryCounts(of: id(200))
            _ = try reading.quarantines(by: id(200))
            _ = try reading.subscriberCount(of: pages[0].id, .active, over: Subscriber.Channel.allCases)
            try transaction.save(delivery(100))
            try transaction.countQuarantine(by: id(200))
            try transaction.forgetFailures(of: id(10), at: second(1))
            try transaction.cancelDeliveries(to: id(10))
            for limit in [0, 500] {
                try transaction.cancelDeliveries(about: announcement.eventID, at: second(1), limit: limit)
                #expect(try reading.isCancelled(announcement.eventID) == (limit == 0))
            }
            _ = try transaction.retryFailed(of: pages[0].id, since: second(0), at: second(1), limit: 500)
            db.trace(nil)
            #expect(statements.count > 20)
            for statement in statements {
                let plan = try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(statement)").map { $0["detail"] as String }
                for step in plan where !step.contains("delivery_status") && !step.contains("json_each") {
                    if step == "SCAN CONSTANT ROW" { continue }
                    #expect(!step.contains("SCAN") || step.contains("INDEX"), "\(statement): \(step)")
                    #expect(!step.contains("TEMP B-TREE"), "\(statement): \(step)")
                }
            }
            // The counts read nothing but the index.
            let plan = try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(ReadTransaction.pendingDeliveries)")
            #expect(plan.map { $0["detail"] as String }.allSatisfy { $0.contains("COVERING INDEX deliveries_waiting") })
        }
    }
}
