import Logging
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Notifications

@Suite("From notifications to deliveries")
struct DelivererFanOutTests {
    @Test("Each transaction makes the deliveries of 500 subscribers, and a restart continues with the next")
    func chunks() throws {
        let server = try TestDeliverer()
        try server.subscribe(1_203)
        try server.declare()
        let notification = try #require(try server.notifications().first)
        for (made, isLast) in [(500, false), (1_000, false), (1_203, true)] {
            // A new feeder has nothing in memory, as after a restart.
            let feeder = Feeder(
                store: server.store, writer: server.writer, publishing: server.publishing, now: server.clock.now,
                newID: server.makeID)
            #expect(try feeder.fanOut().ended == (isLast ? [notification.id] : []))
            let deliveries = try server.deliveries()
            #expect(deliveries.count == made)
            #expect(Set(deliveries.map(\.subscriberID)).count == made)
            let cursor = try server.store.read { try $0.fanOutCursor(of: notification.id) }
            #expect(cursor == (isLast ? nil : deliveries.last?.subscriberID.description))
        }
        server.step()
        #expect(server.relay.mails.count == 1_203)
        #expect(Set(server.relay.mails.map(\.recipient)).count == 1_203)
    }

    @Test("The cursor and the deliveries of a chunk are stored together, or not at all")
    func fullDisk() throws {
        let disk = try FaultyDisk()
        let server = try TestDeliverer(in: disk.directory)
        try server.subscribe(3)
        try server.declare()
        let notification = try #require(try server.notifications().first)
        disk.fail(.full(.log))
        server.step()
        #expect(try server.deliveries() == [])
        #expect(try server.store.read { try $0.fanOutCursor(of: notification.id) } == "")
        #expect(server.relay.attempts == [])
        disk.heal()
        server.step()
        #expect(server.relay.mails.map(\.recipient.description).sorted() == (0..<3).map { "\($0)@page0.example" })
    }

    @Test("Only subscribers that were active when an update was published, and still are, get it")
    func active() throws {
        let server = try TestDeliverer()
        let there = try server.subscribe("there@example.org")
        let leaving = try server.subscribe("leaving@example.org")
        let pending = try server.subscribe("pending@example.org", state: .pending)
        try server.subscribe("gone@example.org", state: .unsubscribed)
        let quarantined = try server.subscribe("quarantined@example.org", state: .quarantined)
        server.clock.pass(seconds: 1)
        try server.declare()
        server.clock.pass(seconds: 1)
        try server.subscribe("new@example.org")
        for (old, change) in [
            (leaving, { $0.unsubscribe(at: $1) }), (pending, { $0.confirm(at: $1) }),
            (quarantined, { $0.activate(at: $1) }),
        ] as [(Subscriber, (inout Subscriber, Timestamp) -> Void)] {
            var subscriber = old
            change(&subscriber, server.clock.now())
            try server.store.write(as: .clock) { try $0.save(subscriber) }
        }
        #expect(try server.recipientCounts() == [1])
        server.step()
        #expect(try server.deliveries().map(\.subscriberID) == [there.id])
        #expect(server.relay.mails.map(\.recipient.description) == ["there@example.org"])
    }

    @Test("A scope decides who gets an update; only subscribers of the whole page get one without components")
    func scopes() throws {
        let server = try TestDeliverer()
        let component = try #require(server.pages[0].structure.placements.first).component.id
        try server.subscribe("whole@example.org")
        try server.subscribe("site@example.org", scope: .chosen(.init(components: [component])))
        try server.subscribe("archived@example.org", scope: .chosen(.init(components: [Fixtures.id(77)])))
        try server.declare()
        try server.declare(components: [component.description])
        #expect(try server.recipientCounts() == [1, 2])
        server.step()
        #expect(
            server.relay.mails.map(\.recipient.description).sorted()
                == ["site@example.org", "whole@example.org", "whole@example.org"])
    }

    @Test("A notification without recipients is finished, and logged")
    func nobody() throws {
        let server = try TestDeliverer()
        try server.subscribe("archived@example.org", scope: .chosen(.init(components: [Fixtures.id(77)])))
        try server.declare()
        server.step()
        #expect(try server.notifications().allSatisfy { $0.fannedOutAt != nil })
        #expect(server.log.messages(.info) == ["subscribers were notified of an update"])
    }

    @Test("Subscribers by email get no deliveries while mail is not configured")
    func withoutMail() throws {
        let server = try TestDeliverer { $0.mail = nil }
        server.publishing.use(SubscriptionRules()) { _ in nil }
        try server.subscribe("ada@example.org")
        try server.subscribe("https://chat.example", .slack)
        try server.declare()
        #expect(try server.recipientCounts() == [1])
        server.step()
        #expect(try server.deliveries().map(\.channel) == [.slack])
        #expect(server.endpoints.calls.count == 1)
    }
}

extension TestDeliverer {
    /// How many subscribers each notification is said to be for, oldest first.
    fileprivate func recipientCounts() throws -> [Int] {
        let channels = publishing.rules.channels
        return try notifications().sorted { $0.id < $1.id }.map { notification in
            try store.read { transaction in
                try transaction.recipientCount(
                    of: notification.announcement, over: channels, at: notification.createdAt)
            }
        }
    }
}
