import Locking
import Publishing
import StatusPages
import Storage
import TestSupport

@testable import Notifications

/// A clock that only a test moves.
final class TestClock: Sendable {
    private let time = Locked(Fixtures.time)

    @Sendable
    func now() -> Timestamp { time.withLock { $0 } }

    func pass(seconds: Int) { time.withLock { $0 = $0.advanced(byMilliseconds: Int64(seconds) * 1_000) } }

    /// Moves forwards to a time, never back.
    func reach(_ later: Timestamp) { time.withLock { $0 = max($0, later) } }
}

/// A relay that answers as a test asks it to.
final class FakeRelay: Sendable {
    typealias Answer = @Sendable (Mail) -> MailOutcome

    private let tried = Locked<[Mail]>([])
    private let taken = Locked<[Mail]>([])
    private let behaviour = Locked<Answer>({ _ in .accepted(.okay) })

    /// Every email that was tried.
    var attempts: [Mail] { tried.withLock { $0 } }
    /// Every email that it accepted.
    var mails: [Mail] { taken.withLock { $0 } }

    func answer(_ answer: @escaping Answer) { behaviour.withLock { $0 = answer } }

    fileprivate func send(_ mail: Mail) -> MailOutcome {
        tried.withLock { $0.append(mail) }
        let outcome = behaviour.withLock { $0 }(mail)
        if case .accepted = outcome { taken.withLock { $0.append(mail) } }
        return outcome
    }

    final class Sender: MailSender {
        private let relay: FakeRelay

        init(_ relay: FakeRelay) { self.relay = relay }

        func send(_ mail: Mail) -> MailOutcome { relay.send(mail) }
        func close() {}
    }
}

/// The endpoints of all subscribers, which answer as a test asks them to.
final class FakeEndpoints: Sendable {
    typealias Answer = @Sendable (Call) -> CallOutcome

    private let tried = Locked<[Call]>([])
    private let behaviour = Locked<Answer>({ _ in .accepted(.okay) })

    var calls: [Call] { tried.withLock { $0 } }

    func answer(_ answer: @escaping Answer) { behaviour.withLock { $0 = answer } }

    final class TestCaller: Caller {
        private let endpoints: FakeEndpoints

        init(_ endpoints: FakeEndpoints) { self.endpoints = endpoints }

        func send(_ call: Call) -> CallOutcome {
            endpoints.tried.withLock { $0.append(call) }
            return endpoints.behaviour.withLock { $0 }(call)
        }
    }
}

/// A deliverer with its database. Time passes, and messages are sent, only when a test says so.
final class TestDeliverer: Sendable {
    let clock = TestClock()
    let relay = FakeRelay()
    let endpoints = FakeEndpoints()
    let log = RecordedLog()
    let store: Store
    let publishing: Publishing
    let pages: [StatusPage]
    let deliverer: Deliverer
    let writer: Writer
    private let directory: TemporaryDirectory
    let makeID: @Sendable () -> ULID

    /// - Parameters:
    ///   - pages: how many there are.
    ///   - senders: the senders of pages that have their own.
    ///   - isLive: whether it works in the background, as in a server.
    init(
        pages number: Int = 1, senders: [Int: Mailbox] = [:], in directory: TemporaryDirectory? = nil,
        jitter: Int = 1_000, isLive: Bool = false,
        _ change: (inout DelivererSettings) -> Void = { _ in }
    ) throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        let store = try Store(path: directory.file("test.db"))
        self.store = store
        writer = Writer(store, publish: { _, _ in {} })
        let (clock, relay, endpoints) = (clock, relay, endpoints)
        let ids = IDs()
        makeID = { ids.next(at: clock.now()) }
        let declarations = (0..<number).map { number in
            PageDeclaration(
                slug: "page\(number)", name: "Page \(number)", subscribe: SubscribeSettings(from: senders[number]),
                items: [.component(PageDeclaration.Component(key: "site", name: "Site"))])
        }
        try store.write(as: .clock) { [makeID] in
            _ = try $0.apply(declarations, at: clock.now(), allowsArchiving: false, newID: makeID)
        }
        let site = Site(pages: try store.read { try $0.pages() }, serverURL: "https://status.example")
        pages = site.pages.sorted { $0.id < $1.id }
        var rules = SubscriptionRules()
        rules.sender = Mailbox("status@acme.example")
        rules.maxForAPINotification = 0
        publishing = Publishing(site: { site }, rules: rules, now: clock.now, newID: makeID)
        let bodies = EndpointComposer.APIBodies(
            event: { Array("\"\($0.messages.joined(separator: " "))\"".utf8) }, lastUpdate: { _ in Array("{}".utf8) })
        var parts = Deliverer.Parts(
            store: store, writer: writer, publishing: publishing, endpoints: EndpointComposer(bodies),
            pageStatus: { _ in EndpointComposer.PageStatus(indicator: "none", description: "") },
            logger: log.logger, now: clock.now, newID: makeID)
        parts.jitter = { jitter }
        parts.makeSender = { _, _ in FakeRelay.Sender(relay) }
        parts.makeCaller = { _, _ in FakeEndpoints.TestCaller(endpoints) }
        var settings = DelivererSettings(mail: Fixtures.settings, webhooks: WebhookSettings())
        change(&settings)
        if !isLive {
            parts.storageDelay = nil
            // The deliverer starts no threads, so it works only on the test's thread.
            settings.mail?.maxConnections = 0
            settings.webhooks.maxConcurrent = 0
        }
        deliverer = Deliverer(parts, settings: settings)
    }

    // MARK: Subscribers

    /// Adds a subscriber that is active from now on.
    @discardableResult
    func subscribe(
        _ address: String, _ channel: Subscriber.Channel = .email, page: Int = 0,
        scope: SubscriptionScope = .wholePage, state: Subscriber.State = .active
    ) throws -> Subscriber {
        var subscriber = Subscriber(
            id: ID(makeID()), pageID: pages[page].id, channel: channel, state: .pending, address: address,
            format: channel == .webhook ? .incidentIO : nil, scope: scope, source: .api, createdAt: clock.now(),
            secrets: channel == .webhook ? Subscriber.Secrets(current: "whsec_AAAA") : nil)
        switch state {
        case .pending: break
        case .active: subscriber.activate(at: clock.now())
        case .quarantined: subscriber.quarantine(at: clock.now(), reason: "test")
        case .unsubscribed: subscriber.unsubscribe(at: clock.now())
        }
        let added = subscriber
        try store.write(as: .clock) { try $0.insert(added) }
        return added
    }

    /// Adds many subscribers at once: `<number>@page<page>.example`, or `https://page<page>.example/<number>`.
    func subscribe(_ count: Int, _ channel: Subscriber.Channel = .email, page: Int = 0) throws {
        let subscribers = (0..<count).map { number in
            let domain = "page\(page).example"
            var subscriber = Subscriber(
                id: ID(makeID()), pageID: pages[page].id, channel: channel, state: .pending,
                address: channel == .email ? "\(number)@\(domain)" : "https://\(domain)/\(number)", source: .api,
                createdAt: clock.now())
            subscriber.activate(at: clock.now())
            return subscriber
        }
        try store.write(as: .clock) { transaction in
            for subscriber in subscribers { try transaction.insert(subscriber) }
        }
    }

    /// The newest comes first.
    func auditEvents() throws -> [AuditEvent] {
        try store.read { try $0.auditEvents(matching: AuditFilter(), limit: 100) ?? [] }
    }

    func subscriber(_ id: ID<Subscriber>) throws -> Subscriber? { try store.read { try $0.subscriber(id) } }

    func count(_ state: Subscriber.State, page: Int = 0) throws -> Int {
        try store.read {
            try $0.subscriberCount(of: pages[page].id, state, over: Subscriber.Channel.allCases)
        }
    }

    /// Sends a message that belongs to no update.
    func request(_ kind: Delivery.Kind, for subscriber: Subscriber) throws {
        let details = Delivery.Details(
            pageName: "Page 0", pageURL: "https://status.example/page0",
            linkExpiresAt: kind == .confirmation ? clock.now().advanced(byMilliseconds: 86_400_000) : nil)
        let delivery = Delivery(
            id: ID(makeID()), pageID: subscriber.pageID, subscriberID: subscriber.id, channel: subscriber.channel,
            kind: kind, details: details, createdAt: clock.now())
        try store.write(as: .clock) { try $0.insert(delivery) }
    }

    // MARK: Events

    @discardableResult
    func declare(
        _ message: String = "News.", page: Int = 0, components: [String]? = nil
    ) throws -> ID<Incident> {
        let command = IncidentCreation(
            name: "Logins fail", status: .investigating, message: message, idempotencyKey: makeID().description,
            notifiesSubscribers: true,
            componentStatuses: components.map { $0.map { ComponentStatusDraft(componentID: $0, status: .fullOutage) } })
        let created: Published<Incident> = try store.write(as: .clock) {
            try publishing.create(command, on: pages[page], in: $0)
        }
        return created.event.id
    }

    func update(_ incident: ID<Incident>, _ message: String) throws {
        let command = Publication<Incident.Status, ComponentStatus>(
            message: message, status: nil, componentStatuses: nil, notifiesSubscribers: true)
        _ = try store.write(as: .clock) { try publishing.publish(command, to: incident, in: $0) as Published<Incident> }
    }

    func notifications(page: Int = 0) throws -> [UpdateNotification] {
        try store.read { try $0.notifications(of: pages[page].id, limit: 1_000) ?? [] }.reversed()
    }

    // MARK: Deliveries

    /// All deliveries of a page, oldest first.
    func deliveries(page: Int = 0) throws -> [Delivery] {
        try store.read { try $0.deliveries(of: pages[page].id, limit: 100_000) ?? [] }.reversed()
    }

    func deliveries(to subscriber: Subscriber) throws -> [Delivery] {
        try deliveries().filter { $0.subscriberID == subscriber.id }
    }

    /// Sends everything that is due, after some seconds.
    func step(afterSeconds seconds: Int = 0) {
        clock.pass(seconds: seconds)
        deliverer.step()
    }

    /// Lets time pass from attempt to attempt, until no delivery waits.
    func settle() throws {
        for _ in 0..<200 {
            deliverer.step()
            guard let next = try deliveries().compactMap(\.nextAttemptAt).min() else { return }
            clock.reach(next)
        }
        preconditionFailure("deliveries still wait")
    }

    private final class IDs: Sendable {
        private let generator = Locked(ULIDGenerator(randomness: SeededGenerator(seed: 1)))

        func next(at time: Timestamp) -> ULID { generator.withLock { $0.next(at: time) } }
    }
}

extension Delivery.Response {
    static let okay = Delivery.Response(code: 250, text: "2.0.0 ok")
    static let later = Delivery.Response(code: 450, text: "4.2.0 later")
    static let never = Delivery.Response(code: 550, text: "5.7.1 no")
    static let unknown = Delivery.Response(code: 550, text: "5.1.1 no such user")
    static let away = Delivery.Response(code: nil, text: "Connection refused")
}

extension CallOutcome {
    static let unavailable = CallOutcome.failed(Delivery.Response(code: 503, text: ""), retryAfter: nil)
}

extension Mail {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension Call {
    var text: String { String(decoding: body, as: UTF8.self) }
}

extension PageEvent {
    fileprivate var messages: [String] {
        switch self {
        case .incident(let incident): incident.updates.map(\.message)
        case .maintenance(let maintenance): maintenance.updates.map(\.message)
        }
    }
}
