import Foundation
import Publishing
import StatusPages
import Storage
import Testing

@testable import Notifications

@Suite("The order of an event's updates")
struct DelivererOrderTests {
    /// The channels that get all waiting updates at once.
    static let merging: [Subscriber.Channel] = [.email, .slack, .teams, .discord]

    /// The texts of all messages that the other side accepted.
    private func texts(_ server: TestDeliverer) -> [String] {
        server.relay.mails.map(\.text) + server.endpoints.calls.map(\.text)
    }

    private func address(_ channel: Subscriber.Channel) -> String {
        channel == .email ? "ada@example.org" : "https://chat.example/1"
    }

    @Test("One message has all waiting updates of an event, newest first", arguments: merging)
    func merged(_ channel: Subscriber.Channel) throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe(address(channel), channel)
        let incident = try server.declare("First.")
        for message in ["Second.", "Third."] {
            server.clock.pass(seconds: 60)
            try server.update(incident, message)
        }
        server.step()
        let text = try #require(texts(server).first)
        #expect(texts(server).count == 1)
        let places = ["Third.", "Second.", "First."].map { text.range(of: $0)?.lowerBound }
        #expect(places.allSatisfy { $0 != nil } && places.compactMap(\.self) == places.compactMap(\.self).sorted())
        #expect(try server.deliveries(to: subscriber).map(\.state) == [.superseded, .superseded, .sent])
        #expect(try server.deliveries(to: subscriber).map(\.attempts) == [0, 0, 1])
    }

    @Test("An update that waits for its retry is sent at once with the next update", arguments: merging)
    func retried(_ channel: Subscriber.Channel) throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe(address(channel), channel)
        server.relay.answer { _ in .temporary(.later) }
        server.endpoints.answer { _ in .unavailable }
        let incident = try server.declare("First.")
        server.step()
        server.relay.answer { _ in .accepted(.okay) }
        server.endpoints.answer { _ in .accepted(.okay) }
        try server.update(incident, "Second.")
        server.step()
        let text = try #require(texts(server).last)
        #expect(text.contains("First.") && text.contains("Second."))
        #expect(try server.deliveries(to: subscriber).map(\.state) == [.superseded, .sent])
        server.step(afterSeconds: 86_400)
        #expect(texts(server).last == text)
    }

    @Test("Updates in the same message fail together", arguments: [MailOutcome.refused(.never), .temporary(.later)])
    func failed(_ outcome: MailOutcome) throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("ada@example.org")
        server.relay.answer { _ in outcome }
        let incident = try server.declare("First.")
        try server.update(incident, "Second.")
        server.step()
        let deliveries = try server.deliveries(to: subscriber)
        let state = outcome == .temporary(.later) ? Delivery.State.pending : .failed
        #expect(deliveries.map(\.state) == [state, state])
        #expect(Set(deliveries.map(\.nextAttemptAt)).count == 1)
        try server.settle()
        #expect(try server.deliveries(to: subscriber).map(\.state) == [.failed, .failed])
    }

    @Test("Updates of different events do not share a message", arguments: merging)
    func events(_ channel: Subscriber.Channel) throws {
        let server = try TestDeliverer()
        try server.subscribe(address(channel), channel)
        try server.declare("One.")
        try server.declare("Other.")
        server.step()
        #expect(texts(server).count == 2)
        #expect(texts(server).allSatisfy { $0.contains("One.") != $0.contains("Other.") })
    }

    @Test("Webhooks get each update in order, with the event as it was then")
    func webhooks() throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("https://hook.example/1", .webhook)
        let incident = try server.declare("First.")
        for message in ["Second.", "Third."] { try server.update(incident, message) }
        server.step()
        #expect(
            texts(server).map { $0.matches(of: /[A-Z][a-z]+\./).map { String($0.output) } } == [
                ["First."], ["First.", "Second."], ["First.", "Second.", "Third."],
            ])
        #expect(try server.deliveries(to: subscriber).map(\.state) == [.sent, .sent, .sent])
        let ids = server.endpoints.calls.map { call in call.fields.first { $0.name == "webhook-id" }?.value }
        #expect(ids == (try server.deliveries(to: subscriber).map { "\($0.id)" }))
    }

    @Test("A webhook that is retried delays no later one, and keeps its id")
    func webhookRetried() throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("https://hook.example/1", .webhook)
        server.endpoints.answer { call in call.text.contains("Second.") ? .accepted(.okay) : .unavailable }
        let incident = try server.declare("First.")
        try server.update(incident, "Second.")
        server.step()
        #expect(try server.deliveries(to: subscriber).map(\.state) == [.pending, .sent])
        server.endpoints.answer { _ in .accepted(.okay) }
        server.step(afterSeconds: 4)
        #expect(server.endpoints.calls.count == 2)
        server.step(afterSeconds: 1)
        #expect(try server.deliveries(to: subscriber).map(\.state) == [.sent, .sent])
        let ids = server.endpoints.calls.map { call in call.fields.first { $0.name == "webhook-id" }?.value }
        #expect(ids.count == 3 && ids[0] == ids[2] && ids[0] != ids[1])
    }

    @Test("Emails of an event form a thread that begins with the first one sent")
    func threads() throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("ada@example.org")
        let incident = try server.declare("First.")
        try server.update(incident, "Second.")
        server.step()
        try server.update(incident, "Third.")
        server.step()
        let notifications = try server.notifications()
        let ids = server.relay.mails.map(\.messageID)
        #expect(ids == notifications[1...].map { "<\($0.id).\(subscriber.id)@acme.example>" })
        #expect(!server.relay.mails[0].text.contains("In-Reply-To"))
        #expect(server.relay.mails[1].text.contains("In-Reply-To: \(ids[0])"))
    }

    @Test("An email that is tried again has the same bytes")
    func sameBytes() throws {
        let server = try TestDeliverer()
        try server.subscribe("ada@example.org")
        server.relay.answer { _ in .temporary(.later) }
        try server.declare()
        try server.settle()
        #expect(server.relay.attempts.count == 10)
        #expect(server.relay.attempts.allSatisfy { $0 == server.relay.attempts[0] })
    }
}
