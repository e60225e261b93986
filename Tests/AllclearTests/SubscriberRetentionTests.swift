import Locking
import Logging
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import allclear

@Suite("Outdated data of subscribers")
struct SubscriberRetentionTests {
    private final class TestClock: Sendable {
        private let time = Locked(Records.start)

        @Sendable
        func now() -> Timestamp { time.withLock { $0 } }

        func pass(hours: Int64) { time.withLock { $0 = $0.advanced(byMilliseconds: hours * 3_600_000) } }
    }

    /// A server's data, with a clock that a test moves.
    private final class Records: Sendable {
        static let start = Timestamp(milliseconds: 1_795_211_314_567)

        private let directory: TemporaryDirectory
        let store: Store
        private let clock = TestClock()
        private let writer: Writer
        let publishing: Publishing
        private let retention: SubscriberRetention
        let page: StatusPage

        init(_ change: (inout SubscriptionRules) -> Void = { _ in }) throws {
            directory = try TemporaryDirectory()
            let store = try Store(path: directory.file("test.db"))
            self.store = store
            let ids = IDSource()
            try store.write(as: .clock) {
                _ = try $0.apply(
                    [PageDeclaration(slug: "acme", name: "Acme", items: [])], at: Records.start,
                    allowsArchiving: false, newID: ids.next)
            }
            let site = Site(pages: try store.read { try $0.pages() }, serverURL: "https://status.example")
            page = try #require(site.pages.first)
            writer = Writer(store, publish: { _, _ in {} })
            var rules = SubscriptionRules()
            rules.sender = Mailbox("status@example.com")
            change(&rules)
            publishing = Publishing(site: { site }, rules: rules, now: clock.now, newID: ids.next)
            let problems = ProblemLog(logger: Logger(label: "test"))
            retention = SubscriberRetention(store: store, writer: writer, publishing: publishing, problems: problems)
        }

        /// Lets time pass, and then deletes what is outdated.
        func pass(hours: Int64) {
            clock.pass(hours: hours)
            retention.enforce()
            writer.waitUntilIdle()
        }

        func signUp(_ address: String) throws {
            let address = try #require(EmailAddress(address))
            _ = try store.write(as: .clock) {
                try publishing.signUp(SignUp(address: address, scope: .wholePage), on: page, in: $0)
            }
        }

        /// Opens one of the links in emails to the only subscriber.
        func follow(_ purpose: SubscriptionToken.Purpose, hours: Int64 = 24) throws -> SubscriptionLink {
            let subscriber = try #require(try subscribers().first)
            let expiry = publishing.now().advanced(byMilliseconds: hours * 3_600_000)
            return try store.write(as: .clock) { transaction in
                let token = SubscriptionToken(
                    purpose, of: subscriber.id, expiresAt: purpose == .confirm ? expiry : nil
                ).text(for: page.id, key: try transaction.reading.subscriptionKey())
                return purpose == .confirm
                    ? try publishing.confirm(token, on: page, in: transaction)
                    : try publishing.unsubscribe(token, on: page, in: transaction)
            }
        }

        /// Reports that an email to the only subscriber did not arrive, or was not wanted.
        func report(_ bounce: Bounce, _ detail: String) throws {
            let subscriber = try #require(try subscribers().first)
            _ = try store.write(as: .clock) {
                try publishing.report(bounce, detail: detail, of: subscriber.id, in: $0)
            }
        }

        func subscribers() throws -> [Subscriber] {
            try store.read { try $0.subscribers(of: page.id, limit: 10_000) ?? [] }
        }

        func deliveries() throws -> [Delivery] {
            try store.read { try $0.deliveries(of: page.id, limit: 10_000) ?? [] }
        }
    }

    @Test("The address of an unsubscribed person is replaced by a hash after keep_unsubscribed_days")
    func unsubscribed() throws {
        let records = try Records { $0.keepUnsubscribedDays = 2 }
        try records.signUp("ada@example.com")
        let mail = try #require(try records.deliveries().first)
        try records.store.write(as: .clock) { transaction in
            var sent = mail
            sent.end(as: .sent)
            sent.lastResponse = Delivery.Response(code: 250, text: "<ada@example.com> accepted")
            try transaction.save(sent)
        }
        _ = try records.follow(.confirm)
        try records.report(.complaint, "ada@example.com complained")
        #expect(try records.subscribers().map(\.reason) == ["complaint: ada@example.com complained"])
        records.pass(hours: 47)
        #expect(try records.subscribers().map(\.address) == ["ada@example.com"])
        records.pass(hours: 2)
        #expect(try records.subscribers().map(\.address) == [""])
        #expect(try records.subscribers().map(\.state) == [.unsubscribed])
        #expect(try records.subscribers().map(\.reason) == [nil])
        #expect(try records.deliveries().map(\.lastResponse) == [Delivery.Response(code: 250, text: "")])
        // The link of the first sign-up cannot bring the address back.
        #expect(try records.follow(.confirm) == .expired)
        #expect(try records.subscribers().map(\.state) == [.unsubscribed])
    }

    @Test("Somebody who unsubscribed long ago and signs up again can confirm until the link expires")
    func unsubscribedAndBack() throws {
        let records = try Records()
        try records.signUp("ada@example.com")
        _ = try records.follow(.confirm)
        _ = try records.follow(.unsubscribe)
        records.pass(hours: 31 * 24)
        try #require(try records.subscribers().map(\.address) == [""])
        try records.signUp("ada@example.com")
        records.pass(hours: 23)
        #expect(try records.subscribers().map(\.address) == ["ada@example.com"])
        _ = try records.follow(.confirm)
        records.pass(hours: 1_000)
        #expect(try records.subscribers().map(\.address) == ["ada@example.com"])
        #expect(try records.subscribers().map(\.state) == [.active])
    }

    @Test("Without a confirmation the address is erased again 48 hours after the link expired")
    func unsubscribedAndSilent() throws {
        let records = try Records()
        try records.signUp("ada@example.com")
        _ = try records.follow(.confirm)
        _ = try records.follow(.unsubscribe)
        records.pass(hours: 31 * 24)
        try records.signUp("ada@example.com")
        records.pass(hours: 24 + 47)
        #expect(try records.subscribers().map(\.address) == ["ada@example.com"])
        records.pass(hours: 2)
        #expect(try records.subscribers().map(\.address) == [""])
    }

    @Test("Subscribers that never confirmed are deleted 48 hours after their last link expired")
    func unconfirmed() throws {
        let records = try Records()
        try records.signUp("ada@example.com")
        records.pass(hours: 20)
        try records.signUp("ada@example.com")
        records.pass(hours: 24 + 47)
        #expect(try records.subscribers().count == 1)
        records.pass(hours: 2)
        #expect(try records.subscribers() == [])
        #expect(try records.deliveries() == [])
    }

    @Test("An address whose confirmation email came back is deleted as well, unless it was confirmed before")
    func undeliverable() throws {
        let records = try Records()
        try records.signUp("ada@example.com")
        try records.report(.hard, "no such user")
        #expect(try records.subscribers().map(\.state) == [.quarantined])
        records.pass(hours: 24 + 47)
        #expect(try records.subscribers().count == 1)
        records.pass(hours: 2)
        #expect(try records.subscribers() == [])
        try records.signUp("jo@example.com")
        _ = try records.follow(.confirm)
        try records.report(.hard, "no such user")
        records.pass(hours: 24 + 49)
        #expect(try records.subscribers().map(\.state) == [.quarantined])
    }

    @Test("Deliveries and their notifications are deleted after keep_deliveries_days, unless they wait")
    func deliveries() throws {
        let records = try Records { $0.keepDeliveriesDays = 3 }
        try records.signUp("ada@example.com")
        _ = try records.follow(.confirm)
        let subscriber = try #require(try records.subscribers().first)
        let page = records.page
        let ids = IDSource()
        // More than one transaction may delete.
        let notifications = try (0..<2).map { number in
            let notification = UpdateNotification(
                id: id(number, at: Records.start), createdAt: Records.start,
                announcement: Announcement(
                    pageID: page.id, pageName: "Acme", pageSlug: "acme", pageURL: "https://acme.example",
                    eventKind: .incident, eventID: ids.next(), eventName: "Outage", updateID: ids.next(),
                    status: "investigating", message: "", publishedAt: Records.start, window: nil, affected: [],
                    concerned: []), fannedOutAt: Records.start)
            try records.store.write(as: .clock) { try $0.insert(notification) }
            return notification
        }
        try records.store.write(as: .clock) { transaction in
            for number in 0..<1_201 {
                let isPending = number == 1_200
                try transaction.insert(
                    Delivery(
                        id: id(number, at: Records.start), pageID: page.id,
                        subscriberID: subscriber.id, channel: .email, kind: .update,
                        notificationID: notifications[isPending ? 1 : 0].id,
                        eventID: notifications[isPending ? 1 : 0].announcement.eventID,
                        state: isPending ? .pending : .sent, createdAt: Records.start))
            }
        }
        records.pass(hours: 71)
        #expect(try records.deliveries().count { $0.kind == .update } == 1_201)
        records.pass(hours: 2)
        #expect(try records.deliveries().filter { $0.kind == .update }.map(\.state) == [.pending])
        let left = try records.store.read { try $0.notifications(of: page.id, limit: 10) }
        #expect(left?.map(\.id) == [notifications[1].id])
    }
}

/// The nth id of a moment.
private func id<Entity>(_ number: Int, at time: Timestamp) -> ID<Entity> {
    ID(ULID(high: UInt64(time.milliseconds) << 16, low: UInt64(number)))
}
