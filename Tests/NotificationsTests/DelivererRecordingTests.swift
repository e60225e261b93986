import Locking
import Logging
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Notifications

@Suite("The records, counts and log lines of the deliverer")
struct DelivererRecordingTests {
    @Test("While outcomes cannot be stored, fewer than 100 messages are sent, and none is sent twice")
    func fullDisk() throws {
        let disk = try FaultyDisk()
        let server = try TestDeliverer(in: disk.directory)
        try server.subscribe(350)
        try server.subscribe("https://chat.example", .slack)
        try server.declare()
        let isFull = Locked(false)
        server.relay.answer { _ in
            // By now, all deliveries are stored.
            if !isFull.exchange(true) { disk.fail(.full(.log)) }
            return .accepted(.okay)
        }
        server.step()
        for _ in 0..<5 { server.step(afterSeconds: 1) }
        #expect(server.relay.mails.count == OutcomeRecorder.most)
        #expect(try server.deliveries().allSatisfy { $0.state == .pending })
        #expect(
            server.log.messages(.error) == ["cannot store the outcomes of deliveries; sending stops until that works"])
        disk.heal()
        for _ in 0..<5 { server.step(afterSeconds: 1) }
        #expect(server.relay.mails.count == 350)
        #expect(Set(server.relay.mails.map(\.recipient)).count == 350)
        #expect(try server.deliveries().allSatisfy { $0.state == .sent && $0.attempts == 1 })
    }

    @Test("Nothing is sent while the start cannot be recorded")
    func fullDiskAtStart() throws {
        let disk = try FaultyDisk()
        let server = try TestDeliverer(in: disk.directory)
        disk.fail(.full(.log))
        #expect(!server.deliverer.beginDelivering())
        disk.heal()
        #expect(server.deliverer.beginDelivering())
        server.deliverer.finish()
    }

    @Test("Only one of two servers delivers; the other begins once the first has finished")
    func twoServers() throws {
        let directory = try TemporaryDirectory()
        let first = try TestDeliverer(in: directory)
        let second = try TestDeliverer(in: directory)
        #expect(first.deliverer.beginDelivering())
        #expect(!second.deliverer.beginDelivering())
        first.deliverer.finish()
        #expect(!first.deliverer.isDelivering)
        #expect(second.deliverer.beginDelivering())
        second.deliverer.finish()
    }

    @Test("A message that was accepted is recorded as sent, even if it was cancelled meanwhile")
    func cancelledLate() throws {
        let server = try TestDeliverer()
        let subscriber = try server.subscribe("ada@example.org")
        try server.declare()
        server.relay.answer { _ in
            try? server.store.write(as: .clock) { try $0.cancelDeliveries(to: subscriber.id) }
            return .accepted(.okay)
        }
        server.step()
        #expect(try server.deliveries().map(\.state) == [.sent])
    }

    @Test("Metrics count attempts by result, and finished deliveries by state")
    func counters() throws {
        let server = try TestDeliverer()
        let answers: [String: MailOutcome] = [
            "accepted@example.org": .accepted(.okay), "refused@example.org": .refused(.never),
            "no_mailbox@example.org": .noMailbox(.unknown), "temporary@example.org": .temporary(.later),
        ]
        for address in answers.keys { try server.subscribe(address) }
        for (number, channel) in [Subscriber.Channel.webhook, .slack, .teams].enumerated() {
            try server.subscribe("https://\(number).example", channel)
        }
        let asking = try server.subscribe("asking@example.org", state: .pending)
        try server.request(.confirmation, for: asking)
        server.relay.answer { answers[$0.recipient.description] ?? .accepted(.okay) }
        server.endpoints.answer { call in
            switch call.url {
            case "https://0.example": .accepted(.okay)
            case "https://1.example": .gone(Delivery.Response(code: 410, text: ""))
            default: .unavailable
            }
        }
        try server.declare()
        server.step()
        server.relay.answer { _ in .relayTrouble(.away) }
        server.step(afterSeconds: 60)
        let counters = server.deliverer.counters
        let attempts = Subscriber.Channel.allCases.map { channel in
            DeliveryCounters.results(of: channel).map { "\($0) \(counters.attempts(channel, $0))" }
        }
        #expect(
            attempts == [
                ["accepted 2", "temporary 1", "refused 1", "no_mailbox 1", "relay_trouble 1"],
                ["accepted 1", "temporary 0", "gone 0"], ["accepted 0", "temporary 0", "gone 1"],
                // The third endpoint was tried again after 5 seconds.
                ["accepted 0", "temporary 2", "gone 0"], ["accepted 0", "temporary 0", "gone 0"],
            ])
        #expect(counters.ended(.email, .update, .sent) == 1)
        #expect(counters.ended(.email, .update, .failed) == 2)
        #expect(counters.ended(.email, .confirmation, .sent) == 1)
        #expect(counters.ended(.webhook, .update, .sent) == 1)
        #expect(counters.ended(.slack, .update, .failed) == 1)
        let waiting = try server.store.read { try $0.pendingDeliveries() }
        #expect(waiting.mapValues(\.number) == [.email: 1, .teams: 1])
        #expect(waiting.values.allSatisfy { $0.since == Fixtures.time })
    }

    @Test("An answer that quotes a recipient is stored without the address")
    func quotedRecipient() throws {
        let server = try TestDeliverer()
        let gone = try server.subscribe("gone@example.org")
        try server.subscribe("later@example.org")
        server.relay.answer { mail in
            let said = " <\(mail.recipient)>: no"
            return mail.recipient.description == "gone@example.org"
                ? .noMailbox(Delivery.Response(code: 550, text: "5.1.1" + said))
                : .relayTrouble(Delivery.Response(code: 421, text: "4.3.2" + said))
        }
        try server.declare()
        server.step()
        #expect(try server.store.read { try $0.deliveryStatus() }.relayError == "421 4.3.2 <***>: no")
        #expect(try server.deliveries(to: gone).map(\.lastResponse?.text) == ["5.1.1 <***>: no"])
        #expect(try server.subscriber(gone.id)?.reason == "the mailbox does not exist: 550 5.1.1 <***>: no")
    }

    @Test("The log has a line for each finished notification, and names nobody")
    func log() throws {
        let server = try TestDeliverer()
        try server.subscribe("accepted@example.org")
        try server.subscribe("unknown@example.org")
        try server.subscribe("https://hook.example/secret", .webhook)
        let trouble = Delivery.Response(code: 454, text: "4.7.0 <status@acme.example> cannot log in")
        server.relay.answer { _ in .relayTrouble(trouble) }
        let failure = CallOutcome.failed(Delivery.Response(code: 500, text: "https://hook.example"), retryAfter: nil)
        server.endpoints.answer { _ in failure }
        try server.declare()
        server.step()
        server.relay.answer { mail in
            mail.recipient.description == "unknown@example.org"
                ? .noMailbox(Delivery.Response(code: 550, text: "5.1.1 unknown@example.org"))
                : .accepted(.okay)
        }
        server.step(afterSeconds: 2)
        #expect(!server.log.lines.contains { $0.message == "subscribers were notified of an update" })
        server.endpoints.answer { _ in .accepted(.okay) }
        server.step(afterSeconds: 3)
        let done = try #require(server.log.lines.last)
        let notification = try #require(try server.notifications().first)
        #expect(done.message == "subscribers were notified of an update")
        #expect(
            done.metadata == [
                "notification": "\(notification.id)", "page": "page0", "seconds": "5.0", "sent": "2", "failed": "1",
                "superseded": "0", "cancelled": "0",
            ])
        #expect(server.log.lines.filter { $0.message == done.message }.count == 1)
        #expect(server.log.messages(.warning) == ["the mail relay cannot be used; emails wait"])
        let everything = server.log.lines.map { "\($0.message) \($0.metadata)" }.joined(separator: "\n")
        for secret in ["@", "example", "secret", "token", "News."] { #expect(!everything.contains(secret)) }
    }
}

extension DelivererRecordingTests {
    /// How the last waiting delivery of a notification ends without an attempt.
    enum LastEnd: CaseIterable {
        case unsubscribed, erased, eventDeleted
    }

    @Test("A notification is logged as finished even if its last delivery is cancelled", arguments: LastEnd.allCases)
    func lastCancelled(_ end: LastEnd) throws {
        let server = try TestDeliverer()
        let waiting = try server.subscribe("waiting@example.org")
        try server.subscribe("sent@example.org")
        server.relay.answer { $0.recipient.description == "sent@example.org" ? .accepted(.okay) : .temporary(.later) }
        let incident = try server.declare()
        server.step()
        #expect(server.log.messages(.info) == [])
        try server.store.write(as: .clock) { transaction in
            switch end {
            case .unsubscribed: try transaction.cancelDeliveries(to: waiting.id)
            case .erased: try transaction.delete(waiting)
            case .eventDeleted: try server.publishing.delete(incident, in: transaction)
            }
        }
        server.step()
        server.step()
        let line = try #require(server.log.lines.last)
        #expect(server.log.messages(.info) == ["subscribers were notified of an update"])
        #expect(line.metadata["sent"] == "1")
        #expect(line.metadata["cancelled"] == (end == .erased ? "0" : "1"))
    }
}

extension Locked where Value == Bool {
    func exchange(_ new: Bool) -> Bool {
        withLock { value in
            defer { value = new }
            return value
        }
    }
}
