import Logging
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Notifications

@Suite("Addresses that do not work")
struct DelivererQuarantineTests {
    @Test("A mailbox that does not exist is quarantined at once, and gets nothing more")
    func noMailbox() throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("ada@example.org")
        server.relay.answer { _ in .noMailbox(.unknown) }
        let incident = try server.declare()
        server.step()
        let quarantined = try #require(try server.subscriber(subscriber.id))
        #expect(quarantined.state == .quarantined && quarantined.quarantinedAt == server.clock.now())
        #expect(quarantined.reason == "the mailbox does not exist: 550 5.1.1 no such user")
        let event = try #require(try server.auditEvents().first)
        #expect(event.actor == .clock && event.action == .changed && event.subject == AuditSubject(quarantined))
        #expect(event.pageID == quarantined.pageID)
        #expect(event.changes.fields == ["state": .values(before: .text("active"), after: .text("quarantined"))])
        #expect(try server.deliveries().map(\.state) == [.failed])
        try server.update(incident, "Second.")
        server.step()
        #expect(server.relay.attempts.count == 1)
    }

    @Test(
        "A confirmation quarantines if the mailbox does not exist; other rejections do not count",
        arguments: [(MailOutcome.noMailbox(.unknown), Subscriber.State.quarantined), (.refused(.never), .pending)])
    func confirmation(_ outcome: MailOutcome, _ state: Subscriber.State) throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("ada@example.org", state: .pending)
        server.relay.answer { _ in outcome }
        for _ in 0..<3 { try server.request(.confirmation, for: subscriber) }
        server.step()
        #expect(try server.subscriber(subscriber.id)?.state == state)
        #expect(try server.subscriber(subscriber.id)?.failures == 0)
        // Strangers must not be able to fill the log.
        #expect(try server.auditEvents().allSatisfy { $0.subject.kind != .subscriber })
        #expect(try server.deliveries().allSatisfy { $0.state == .failed })
    }

    @Test(
        "The third rejection in a row quarantines; an accepted email resets the count",
        arguments: [
            ("rr", false), ("rrr", true), ("rrar", false), ("rrarr", false), ("rrarrr", true),
            // Giving up an email neither counts as a rejection nor resets the count.
            ("rrt", false), ("rtrtr", true),
        ])
    func refusals(_ results: String, _ isQuarantined: Bool) throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("ada@example.org")
        for result in results {
            server.relay.answer { _ in
                switch result {
                case "r": .refused(.never)
                case "t": .temporary(.later)
                default: .accepted(.okay)
                }
            }
            try server.declare()
            try server.settle()
        }
        let found = try #require(try server.subscriber(subscriber.id))
        #expect(found.state == (isQuarantined ? .quarantined : .active))
        #expect(try server.deliveries().count == results.count)
        #expect(found.reason == (isQuarantined ? "emails are refused: 550 5.7.1 no" : nil))
    }

    /// The days on which the relay accepts an email, and the days whose email bounces an hour later.
    static let bouncingDays: [(days: [Int], bouncing: [Int], isQuarantined: Bool)] = [
        ([0, 1], [0, 1], false),
        ([0, 1, 2], [0, 1, 2], true),
        ([0, 30, 60], [0, 30, 60], true),
        // On day 3, the email of day 1 may still bounce, so it does not reset the count.
        ([0, 1, 3, 4], [0, 3, 4], true),
        // On day 7, the email of day 1 counts as delivered, so it resets the count.
        ([0, 1, 7, 8], [0, 7, 8], false),
        ([0, 1, 7, 8, 9], [0, 7, 8, 9], true),
    ]

    @Test("The third bounce in a row quarantines, although the relay accepted the emails", arguments: bouncingDays)
    func bounces(_ days: [Int], _ bouncing: [Int], _ isQuarantined: Bool) throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("ada@example.org")
        for day in days {
            server.clock.reach(Fixtures.time.advanced(byMilliseconds: Int64(day) * 86_400_000))
            try server.declare()
            server.step()
            guard bouncing.contains(day) else { continue }
            server.clock.pass(seconds: 3_600)
            _ = try server.store.write(as: .clock) {
                try server.publishing.report(.soft, detail: "mailbox full", of: subscriber.id, in: $0)
            }
        }
        let found = try #require(try server.subscriber(subscriber.id))
        #expect(found.state == (isQuarantined ? .quarantined : .active))
        #expect(found.reason == (isQuarantined ? "soft bounce: mailbox full" : nil))
        #expect(server.relay.mails.count == days.count)
    }

    @Test(
        "One notification quarantines at most 20 subscribers, or a twentieth of the page's subscribers if that is more",
        arguments: [(15, 15, 15), (30, 20, 30), (600, 30, 58)])
    func brake(_ subscribers: Int, _ first: Int, _ second: Int) throws {
        let server = try TestDeliverer(pages: 2)
        try server.subscribe(subscribers)
        try server.subscribe(3, page: 1)
        server.relay.answer { mail in
            mail.recipient.description.hasSuffix("@page0.example") ? .noMailbox(.unknown) : .accepted(.okay)
        }
        try server.declare()
        server.step()
        #expect(try server.count(.quarantined) == first)
        #expect(try server.deliveries().allSatisfy { $0.state == .failed })
        let warnings = server.log.messages(.warning).filter { $0.contains("relay may be at fault") }
        #expect(warnings.count == (first < subscribers ? 1 : 0))
        // The next notification quarantines others, as far as it may: 20, or a twentieth of 570.
        try server.declare()
        server.step()
        #expect(try server.count(.quarantined) == second)
        #expect(try server.count(.active, page: 1) == 3)
    }

    @Test("An endpoint that is gone is quarantined at once", arguments: [Subscriber.Channel.webhook, .slack])
    func gone(_ channel: Subscriber.Channel) throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("https://hook.example", channel)
        server.endpoints.answer { _ in .gone(Delivery.Response(code: 410, text: "bye")) }
        try server.declare()
        server.step()
        #expect(try server.subscriber(subscriber.id)?.state == .quarantined)
        #expect(try server.subscriber(subscriber.id)?.reason == "the endpoint is gone: 410 bye")
        #expect(try server.deliveries().map(\.state) == [.failed])
    }

    /// The days on which incidents are declared. On negative days the endpoint works; on others it fails.
    static let failingDays: [(days: [Int], isQuarantined: Bool)] = [
        // Three deliveries are given up, but within five days.
        ([0, 1, 2], false),
        // More than five days pass without a success, but only two deliveries are given up.
        ([0, 6], false),
        ([0, 3, 6], true),
        ([0, 1, 2, 3, 4, 5], true),
        // The success on day 3 resets the count.
        ([0, 1, -3, 5, 6], false),
        ([0, 1, -3, 5, 6, 11], true),
    ]

    @Test(
        "Three deliveries given up in a row, and five days without a success, quarantine an endpoint",
        arguments: failingDays)
    func failing(_ days: [Int], _ isQuarantined: Bool) throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("https://hook.example", .slack)
        for day in days {
            let time = Fixtures.time.advanced(byMilliseconds: Int64(abs(day)) * 86_400_000)
            // Makes the retries that are due before this day.
            while let next = try server.deliveries().compactMap(\.nextAttemptAt).min(), next < time {
                server.clock.reach(next)
                server.step()
            }
            server.clock.reach(time)
            server.endpoints.answer { _ in day < 0 ? .accepted(.okay) : .unavailable }
            try server.declare()
            server.step()
        }
        try server.settle()
        let found = try #require(try server.subscriber(subscriber.id))
        #expect(found.state == (isQuarantined ? .quarantined : .active))
        #expect(found.reason == (isQuarantined ? "calls fail: 503" : nil))
    }

    @Test("A success resets the count of failures")
    func success() throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("https://hook.example", .slack)
        server.endpoints.answer { _ in .unavailable }
        try server.declare()
        try server.settle()
        let failing = try #require(try server.subscriber(subscriber.id))
        #expect(failing.failures == 1 && failing.failingSince == Fixtures.time)
        server.endpoints.answer { _ in .accepted(.okay) }
        try server.declare()
        server.step()
        let working = try #require(try server.subscriber(subscriber.id))
        #expect(working.failures == 0 && working.failingSince == nil)
    }
}
