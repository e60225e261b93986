import Foundation
import Locking
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Notifications

@Suite("Fairness between pages and endpoints, and messages that became obsolete")
struct DelivererFairnessTests {
    @Test("Pages take turns, so a small page does not wait for a large one")
    func pages() throws {
        let server = try TestDeliverer(pages: 3)
        try server.subscribe(700)
        try server.subscribe(4, page: 1)
        try server.subscribe(4, page: 2)
        for page in 0..<3 { try server.declare(page: page) }
        server.step()
        let domains = server.relay.mails.map { $0.recipient.domain }
        #expect(domains.count == 708)
        for page in 1...2 {
            let places = domains.indices.filter { domains[$0] == "page\(page).example" }
            #expect(places.count == 4 && places.allSatisfy { $0 < 12 })
        }
    }

    @Test("Even with more pages than fit in memory, each page has its turn, whatever webhooks do")
    func manyPages() throws {
        let pages = 450
        let server = try TestDeliverer(pages: pages)
        // This endpoint always fails, so its deliveries take turns among webhooks all the time.
        try server.subscribe("https://hook.example", .slack)
        server.endpoints.answer { _ in .unavailable }
        for page in 0..<pages {
            try server.subscribe(3, page: page)
            try server.declare(page: page)
        }
        server.step()
        // Within the emails of two rounds, each page has sent something.
        let first = server.relay.mails.prefix(2 * pages).map(\.recipient.domain)
        #expect(Set(first).count == pages)
        #expect(server.relay.mails.count == 3 * pages)
    }

    private final class IdleWorker: Worker {
        func work(on job: DeliveryJob) -> Attempt { Attempt(job, .nothing) }
        func rest() {}
    }

    @Test("An endpoint with thousands of due deliveries does not hide other endpoints of its page")
    func manyDue() throws {
        let server = try TestDeliverer()
        let busy = try server.subscribe("https://busy.example", .slack)
        let other = try server.subscribe("https://other.example", .slack)
        try server.store.write(as: .clock) { transaction in
            for number in 0..<2_500 {
                try transaction.insert(
                    Delivery(
                        id: ID(server.makeID()), pageID: busy.pageID,
                        subscriberID: number < 2_499 ? busy.id : other.id, channel: .slack, kind: .update,
                        createdAt: server.clock.now()))
            }
        }
        let feeder = Feeder(
            store: server.store, writer: server.writer, publishing: server.publishing, now: server.clock.now,
            newID: server.makeID)
        // No worker finishes a job, as if all endpoints hung.
        let lanes = Lanes("test", most: 0, now: server.clock.now) { IdleWorker() }
        let sources = try feeder.sources(hasMail: true)
        // Each load reads a part of the deliveries, and continues after the part before it.
        for count in [1, 2, 2] {
            try feeder.load(sources, into: lanes)
            #expect(lanes.count == count)
        }
    }

    @Test("Confirmations, links and tests come before updates")
    func requested() throws {
        let server = try TestDeliverer()
        try server.subscribe(300)
        let active = try server.subscribe("active@example.org")
        let pending = try server.subscribe("pending@example.org", state: .pending)
        try server.declare()
        let isFirst = Locked(true)
        server.relay.answer { _ in
            // While the first update is sent, people ask for emails.
            guard isFirst.exchange(false) else { return .accepted(.okay) }
            try? server.request(.confirmation, for: pending)
            try? server.request(.manage, for: active)
            try? server.request(.test, for: active)
            server.deliverer.step()
            return .accepted(.okay)
        }
        server.step()
        // The first call ends last.
        let recipients = server.relay.mails.prefix(3).map(\.recipient.description)
        #expect(recipients.sorted() == ["active@example.org", "active@example.org", "pending@example.org"])
        #expect(server.relay.mails.count == 304)
    }

    @Test("A pause holds updates only, and survives a restart")
    func pause() throws {
        let directory = try TemporaryDirectory()
        let server = try TestDeliverer(in: directory)
        let active = try server.subscribe("active@example.org")
        let pending = try server.subscribe("pending@example.org", state: .pending)
        try server.subscribe("https://chat.example", .slack)
        try server.store.write(as: .clock) { try $0.setPaused(true) }
        try server.declare()
        for kind in [Delivery.Kind.manage, .test] { try server.request(kind, for: active) }
        try server.request(.confirmation, for: pending)
        server.step()
        #expect(server.relay.mails.count == 3)
        #expect(server.endpoints.calls == [])
        let restarted = try TestDeliverer(in: directory)
        restarted.step(afterSeconds: 3_600)
        #expect(restarted.relay.mails == [] && restarted.endpoints.calls == [])
        try restarted.store.write(as: .clock) { try $0.setPaused(false) }
        restarted.step()
        #expect(restarted.relay.mails.count == 1 && restarted.endpoints.calls.count == 1)
    }

    @Test("At most 1,000 deliveries are in memory, however many wait")
    func memory() throws {
        let server = try TestDeliverer(pages: 2)
        for page in 0..<2 {
            try server.subscribe(700, page: page)
            try server.subscribe(700, .slack, page: page)
            try server.declare(page: page)
        }
        let subscriber = try server.subscribe("ada@example.org", state: .pending)
        for _ in 0..<150 { try server.request(.confirmation, for: subscriber) }
        let most = Locked(0)
        server.relay.answer { _ in
            most.withLock { $0 = max($0, server.deliverer.jobCount) }
            return .accepted(.okay)
        }
        server.endpoints.answer { _ in
            most.withLock { $0 = max($0, server.deliverer.jobCount) }
            return .accepted(.okay)
        }
        server.step()
        #expect(server.relay.mails.count == 1_550 && server.endpoints.calls.count == 1_400)
        #expect(most.withLock { $0 } > 500 && most.withLock { $0 } <= 1_000)
        #expect(server.deliverer.jobCount == 0)
    }

    /// Something that happens while an update waits in memory.
    enum Change: CaseIterable {
        case unsubscribed, quarantined, erased, eventDeleted, paused
    }

    @Test("The subscriber and the event are looked up again before each message", arguments: Change.allCases)
    func changes(_ change: Change) throws {
        let server = try TestDeliverer()
        try server.subscribe(2)
        let incident = try server.declare()
        server.relay.answer { mail in
            // Only the first email makes the change.
            guard server.relay.attempts.count == 1 else { return .accepted(.okay) }
            do {
                let other = mail.recipient.description == "0@page0.example" ? "1@page0.example" : "0@page0.example"
                try server.store.write(as: .clock) { transaction in
                    let page = server.pages[0].id
                    guard var subscriber = try transaction.reading.subscriber(of: page, .email, addressKey: other)
                    else { return }
                    switch change {
                    case .unsubscribed:
                        subscriber.unsubscribe(at: server.clock.now())
                        try transaction.save(subscriber)
                        try transaction.cancelDeliveries(to: subscriber.id)
                    case .quarantined:
                        subscriber.quarantine(at: server.clock.now(), reason: "test")
                        try transaction.save(subscriber)
                    case .erased: try transaction.delete(subscriber)
                    case .eventDeleted: try server.publishing.delete(incident, in: transaction)
                    case .paused: try transaction.setPaused(true)
                    }
                }
            } catch {
                Issue.record(error)
            }
            return .accepted(.okay)
        }
        server.step()
        #expect(server.relay.attempts.count == 1)
        let expected: [Delivery.State] =
            switch change {
            case .erased: [.sent]
            case .paused: [.pending, .sent]
            default: [.cancelled, .sent]
            }
        #expect(try server.deliveries().map(\.state).sorted { $0.rawValue < $1.rawValue } == expected)
    }

    @Test("An endpoint that hangs takes one place, and gets one call at a time")
    func hanging() throws {
        let server = try TestDeliverer(isLive: true) { $0.webhooks.maxConcurrent = 2 }
        try server.subscribe("https://hangs.example", .slack)
        try server.subscribe("https://hangs.example", .teams)
        for number in 0..<20 { try server.subscribe("https://works\(number).example", .slack) }
        let (isOver, isDone) = (Event(), Event())
        let open = Locked(0)
        let most = Locked(0)
        server.endpoints.answer { call in
            guard call.url == "https://hangs.example" else {
                if server.endpoints.calls.count(where: { $0.url != "https://hangs.example" }) == 60 { isDone.happen() }
                return .accepted(.okay)
            }
            let now = open.withLock { open in
                open += 1
                return open
            }
            most.withLock { $0 = max($0, now) }
            if server.endpoints.calls.count(where: { $0.url == call.url }) == 1 { _ = isOver.wait() }
            open.withLock { $0 -= 1 }
            return .accepted(.okay)
        }
        for _ in 0..<3 { try server.declare() }
        server.deliverer.start()
        #expect(isDone.wait())
        #expect(server.endpoints.calls.count { $0.url == "https://hangs.example" } == 1)
        isOver.happen()
        while try server.deliveries().contains(where: { $0.state == .pending }) { Thread.sleep(forTimeInterval: 0.01) }
        server.deliverer.finish()
        #expect(server.endpoints.calls.count { $0.url == "https://hangs.example" } == 6)
        #expect(most.withLock { $0 } == 1)
    }
}
