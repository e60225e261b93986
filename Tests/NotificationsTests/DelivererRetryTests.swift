import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Notifications

@Suite("Repeated attempts")
struct DelivererRetryTests {
    /// When attempts are made, in seconds from the first, with the default settings and no jitter.
    static let times: [(channel: Subscriber.Channel, seconds: [Int64])] = [
        (.email, [0, 60, 360, 1_260, 3_060, 6_660, 13_860, 28_260, 57_060, 85_860]),
        (.webhook, [0, 5, 35, 155, 755, 2_555, 6_155, 13_355, 27_755, 56_555, 85_355]),
        (.slack, [0, 5, 35, 155, 755, 2_555, 6_155, 13_355, 27_755, 56_555, 85_355]),
    ]

    @Test("Temporary failures are retried as configured, until the delivery is given up", arguments: times)
    func waits(_ channel: Subscriber.Channel, _ seconds: [Int64]) throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe(
            channel == .email ? "ada@example.org" : "https://hook.example", channel)
        server.relay.answer { _ in .temporary(.later) }
        server.endpoints.answer { _ in .unavailable }
        try server.declare()
        var found: [Int64] = []
        for _ in 0..<50 {
            server.step()
            let delivery = try #require(try server.deliveries(to: subscriber).first)
            let last = try #require(delivery.lastAttemptAt)
            found.append((last.milliseconds - Fixtures.time.milliseconds) / 1_000)
            #expect(delivery.attempts == found.count)
            guard let next = delivery.nextAttemptAt else { break }
            // A moment too early, nothing is tried.
            server.clock.reach(next.advanced(byMilliseconds: -1))
            server.step()
            #expect(try server.deliveries(to: subscriber).first == delivery)
            server.clock.reach(next)
        }
        #expect(found == seconds)
        let delivery = try #require(try server.deliveries(to: subscriber).first)
        #expect(delivery.state == .failed)
        #expect(delivery.lastResponse?.code == (channel == .email ? 450 : 503))
        // Giving up an email does not count as a failure of the subscriber.
        #expect(try server.subscriber(subscriber.id)?.failures == (channel == .email ? 0 : 1))
        #expect(try server.subscriber(subscriber.id)?.state == .active)
    }

    @Test("The wait before a retry varies by up to a tenth", arguments: [(900, 54_000), (1_100, 66_000)])
    func jitter(_ jitter: Int, _ milliseconds: Int64) throws {
        let server = try TestDeliverer(jitter: jitter)
        try server.subscribe("ada@example.org")
        server.relay.answer { _ in .temporary(.later) }
        try server.declare()
        server.step()
        let next = try #require(try server.deliveries().first?.nextAttemptAt)
        #expect(next == Fixtures.time.advanced(byMilliseconds: milliseconds))
    }

    @Test(
        "An endpoint may ask for a longer wait, up to an hour",
        arguments: [(nil, 5), (1, 5), (600, 600), (3_600, 3_600), (100_000, 3_600)] as [(Int?, Int64)])
    func retryAfter(_ asked: Int?, _ seconds: Int64) throws {
        let server = try TestDeliverer()
        try server.subscribe("https://chat.example", .slack)
        server.endpoints.answer { _ in .failed(Delivery.Response(code: 429, text: ""), retryAfter: asked) }
        try server.declare()
        server.step()
        let next = try #require(try server.deliveries().first?.nextAttemptAt)
        #expect(next == Fixtures.time.advanced(byMilliseconds: seconds * 1_000))
    }

    @Test("While the relay is down, emails wait; this uses no attempts, and no subscriber's count of failures grows")
    func relayTrouble() throws {
        let server = try TestDeliverer()
        try server.subscribe(3)
        server.relay.answer { _ in .relayTrouble(.away) }
        try server.declare()
        server.step()
        // One email at a time tests the relay: after 1 s, 2 s, 4 s and so on, up to 300 s.
        var tried = [server.relay.attempts.count]
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            server.step(afterSeconds: wait - 1)
            server.step(afterSeconds: 1)
            tried.append(server.relay.attempts.count)
        }
        #expect(tried == Array(1...12))
        #expect(try server.deliveries().allSatisfy { $0.state == .pending && $0.attempts == 0 })
        #expect(try server.store.read { try $0.deliveryStatus() }.relay == .failing)
        #expect(try server.store.read { try $0.deliveryStatus() }.relayError == "Connection refused")
        server.relay.answer { _ in .accepted(.okay) }
        server.step(afterSeconds: 300)
        #expect(server.relay.mails.count == 3)
        #expect(try server.store.read { try $0.deliveryStatus() }.relay == .ok)
        #expect(try server.store.read { try $0.deliveryStatus() }.relayError == nil)
        let lines = server.log.lines.filter { $0.message.contains("relay") }
        #expect(
            lines.map(\.message) == ["the mail relay cannot be used; emails wait", "the mail relay works again"])
    }

    @Test("A rejected sender of one page holds up only that page; a rejected sender of the server holds up all")
    func senderRefused() throws {
        let own = try #require(Mailbox("status@own.example"))
        let server = try TestDeliverer(pages: 2, senders: [1: own])
        let subscriber = try server.subscribe("ada@example.org", page: 1)
        try server.subscribe("jo@example.org")
        server.relay.answer { $0.returnPath == own.address ? .senderRefused(.never) : .accepted(.okay) }
        try server.declare(page: 1)
        server.step()
        let waiting = try #require(try server.deliveries(page: 1).first)
        #expect(waiting.state == .pending && waiting.attempts == 1)
        #expect(waiting.nextAttemptAt == Fixtures.time.advanced(byMilliseconds: 60_000))
        try server.declare()
        server.step()
        #expect(try server.deliveries().map(\.state) == [.sent])
        #expect(try server.subscriber(subscriber.id)?.failures == 0)
        #expect(try server.store.read { try $0.deliveryStatus() }.relay != .failing)

        server.relay.answer { _ in .senderRefused(.never) }
        try server.declare()
        server.step()
        #expect(try server.deliveries().last?.state == .pending)
        #expect(try server.deliveries().last?.attempts == 0)
        #expect(try server.store.read { try $0.deliveryStatus() }.relay == .failing)
    }

    @Test("A newly configured relay is tried at once, and the status says if no relay is configured")
    func anotherRelay() throws {
        let server = try TestDeliverer()
        #expect(server.deliverer.beginDelivering())
        defer { server.deliverer.finish() }
        try server.subscribe("ada@example.org")
        server.relay.answer { _ in .relayTrouble(.away) }
        try server.declare()
        for seconds in [0, 1, 2] { server.step(afterSeconds: seconds) }
        func use(_ mail: MailSettings?) throws -> DeliveryStatus.RelayState {
            var settings = DelivererSettings(mail: mail, webhooks: WebhookSettings())
            settings.mail?.maxConnections = 0
            settings.webhooks.maxConcurrent = 0
            server.deliverer.use(settings)
            server.step()
            return try server.store.read { try $0.deliveryStatus() }.relay
        }
        // The same settings change nothing.
        var settings = Fixtures.settings
        #expect(try use(settings) == .failing)
        #expect(server.relay.attempts.count == 3)
        #expect(try use(nil) == .off)
        server.relay.answer { _ in .accepted(.okay) }
        settings.host = "other"
        #expect(try use(settings) == .ok)
        #expect(server.relay.mails.count == 1)
    }

    @Test("A failing relay holds up no webhook")
    func relayTroubleAlone() throws {
        let server = try TestDeliverer()
        try server.subscribe("ada@example.org")
        try server.subscribe("https://chat.example", .slack)
        server.relay.answer { _ in .relayTrouble(.away) }
        try server.declare()
        server.step()
        #expect(server.endpoints.calls.count == 1)
    }

    /// The reasons for which emails are not even tried.
    enum Obstacle: CaseIterable {
        case relayAway, mailRemoved, paused
    }

    @Test("An email that cannot be tried still fails at its deadline", arguments: Obstacle.allCases)
    func deadline(_ obstacle: Obstacle) throws {
        let server = try TestDeliverer()
        try server.subscribe(1_100)
        server.relay.answer { _ in .relayTrouble(.away) }
        if obstacle == .paused { try server.store.write(as: .clock) { try $0.setPaused(true) } }
        try server.declare()
        server.step()
        if obstacle == .mailRemoved {
            server.deliverer.use(DelivererSettings(mail: nil, webhooks: WebhookSettings()))
        }
        let late = try server.subscribe("late@example.org", page: 0)
        server.clock.pass(seconds: 86_399)
        try server.declare()
        server.step()
        #expect(try server.deliveries().count { $0.state == .pending } == 1_100 + 1_101)
        server.step(afterSeconds: 1)
        let deliveries = try server.deliveries()
        #expect(deliveries.count { $0.state == .failed } == 1_100)
        #expect(deliveries.filter { $0.state == .failed }.allSatisfy { $0.createdAt == Fixtures.time })
        #expect(deliveries.allSatisfy { $0.attempts == 0 })
        #expect(try server.subscriber(late.id)?.failures == 0)
        #expect(server.deliverer.counters.ended(.email, .update, .failed) == 1_100)
        let done = server.log.lines.filter { $0.message == "subscribers were notified of an update" }
        #expect(done.map { $0.metadata["failed"] } == ["1100"])
    }

    @Test("A confirmation that waits for a relay that was removed fails at its deadline, too")
    func confirmationDeadline() throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("ada@example.org", state: .pending)
        try server.request(.confirmation, for: subscriber)
        server.deliverer.use(DelivererSettings(mail: nil, webhooks: WebhookSettings()))
        server.step(afterSeconds: 86_399)
        #expect(try server.deliveries().map(\.state) == [.pending])
        server.step(afterSeconds: 1)
        #expect(try server.deliveries().map(\.state) == [.failed])
        #expect(server.relay.attempts == [])
    }

    @Test("A manual retry gets the whole time again, and keeps the delivery's id")
    func byHand() throws {
        let server = try TestDeliverer()
        try server.subscribe("ada@example.org")
        server.relay.answer { _ in .temporary(.later) }
        try server.declare()
        try server.settle()
        let failed = try #require(try server.deliveries().first)
        #expect(failed.state == .failed)
        server.clock.pass(seconds: 100_000)
        let now = server.clock.now()
        #expect(try server.store.write(as: .clock) { try $0.retryDelivery(failed.id, at: now) })
        server.step()
        let again = try #require(try server.deliveries().first)
        #expect(again.id == failed.id && again.state == .pending && again.attempts == 1)
        server.relay.answer { _ in .accepted(.okay) }
        try server.settle()
        #expect(server.relay.mails.map(\.messageID) == server.relay.attempts.suffix(1).map(\.messageID))
        #expect(Set(server.relay.attempts.map(\.messageID)).count == 1)
    }

    @Test("A manual retry sends nothing about a deleted event")
    func byHandAfterDeletion() throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("ada@example.org")
        server.relay.answer { _ in .refused(.never) }
        let (deleted, _) = (try server.declare("Deleted."), try server.declare("Kept."))
        try server.request(.manage, for: subscriber)
        server.step()
        #expect(try server.deliveries().map(\.state) == [.failed, .failed, .failed])
        server.relay.answer { _ in .accepted(.okay) }
        let retried = try server.store.write(as: .clock) { transaction in
            try server.publishing.delete(deleted, in: transaction)
            return try transaction.retryFailed(
                of: server.pages[0].id, since: Fixtures.time, at: server.clock.now(), limit: 500)
        }
        #expect(retried.count == 2)
        server.step()
        #expect(server.relay.mails.count == 2)
        #expect(!server.relay.mails.contains { $0.text.contains("Deleted.") })
    }

    @Test("At most max_per_minute emails are sent in a minute")
    func pace() throws {
        let server = try TestDeliverer { $0.mail?.maxPerMinute = 60 }
        try server.subscribe(5)
        try server.declare()
        for second in 1...7 {
            server.step()
            #expect(server.relay.mails.count == min(second, 5))
            server.clock.pass(seconds: 1)
        }
    }
}
