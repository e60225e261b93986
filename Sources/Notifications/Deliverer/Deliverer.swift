import Dispatch
import Foundation
import Locking
public import Logging
public import Publishing
public import StatusPages
public import Storage

/// Sends messages to subscribers: makes deliveries from notifications, sends them over lanes of threads, and records
/// their outcomes.
///
/// It polls four times a second, and whenever lanes run low on jobs. Only one of the servers that use a database
/// delivers. A delivery is recorded after it was sent, so a crash may repeat some deliveries, but loses none.
public final class Deliverer: Sendable {
    /// The parts of the server that the deliverer uses.
    public struct Parts: Sendable {
        let store: Store
        let writer: Writer
        let publishing: Publishing
        let endpoints: EndpointComposer
        let pageStatus: @Sendable (ID<StatusPage>) -> EndpointComposer.PageStatus
        let logger: Logger
        let now: @Sendable () -> Timestamp
        let newID: @Sendable () -> ULID
        /// Spreads waits: returns thousandths of a wait, from 900 to 1100.
        var jitter: @Sendable () -> Int = { Int.random(in: 900...1_100) }
        var makeSender: @Sendable (MailSettings, Interruption) -> any MailSender = {
            CurlMailSender($0, interruption: $1)
        }
        var makeCaller: @Sendable (WebhookSettings, Interruption) -> any Caller = {
            CurlCaller($0, interruption: $1)
        }
        /// How long an outcome may wait to be stored. Nil: until `step` stores it.
        var storageDelay: DispatchTimeInterval? = .milliseconds(250)

        /// - Parameter pageStatus: the state of a page in the words of Statuspage's API.
        public init(
            store: Store, writer: Writer, publishing: Publishing, endpoints: EndpointComposer,
            pageStatus: @escaping @Sendable (ID<StatusPage>) -> EndpointComposer.PageStatus, logger: Logger,
            now: @escaping @Sendable () -> Timestamp, newID: @escaping @Sendable () -> ULID
        ) {
            self.store = store
            self.writer = writer
            self.publishing = publishing
            self.endpoints = endpoints
            self.pageStatus = pageStatus
            self.logger = logger
            self.now = now
            self.newID = newID
        }
    }

    public let counters: DeliveryCounters
    private let parts: Parts
    private let lock: DeliveryLock
    private let settings: CurrentSettings
    private let interruption = Interruption()
    private let feeder: Feeder
    private let mail: Lanes
    private let calls: Lanes
    private let mailOutcomes: OutcomeRecorder
    private let callOutcomes: OutcomeRecorder
    private let recording: Recording
    private let log: DeliveryLog
    /// Runs the feeder.
    private let queue = DispatchQueue(label: "allclear.deliverer")

    private struct State {
        var isDelivering = false
        var isStopping = false
        /// Whether a run of the feeder is in the queue.
        var isFeedQueued = false
        /// When messages under way are interrupted.
        var end: Date?
    }

    private let state = Locked(State())

    public init(_ parts: Parts, settings initial: DelivererSettings) {
        self.parts = parts
        let counters = DeliveryCounters()
        self.counters = counters
        let settings = CurrentSettings(initial)
        self.settings = settings
        lock = DeliveryLock(path: parts.store.path)
        let log = DeliveryLog(parts.logger)
        self.log = log
        feeder = Feeder(
            store: parts.store, writer: parts.writer, publishing: parts.publishing, now: parts.now,
            newID: parts.newID)
        let rules: @Sendable (Subscriber.Channel) -> RetryRules = { settings.value.rules(for: $0) }
        let place = WorkPlace(
            courier: Courier(store: parts.store, publishing: parts.publishing),
            settings: { settings.value }, now: parts.now, interruption: interruption, makeSender: parts.makeSender,
            makeCaller: parts.makeCaller, endpoints: parts.endpoints, pageStatus: parts.pageStatus,
            report: log.report)
        var gate = RelayGate()
        gate.perMinute = initial.mail?.maxPerMinute ?? 0
        let mail = Lanes("mail", most: initial.mail?.maxConnections ?? 0, gate: gate, now: parts.now) {
            MailWorker(place)
        }
        let calls = Lanes("calls", most: initial.webhooks.maxConcurrent, now: parts.now) { CallWorker(place) }
        (self.mail, self.calls) = (mail, calls)
        let recording = Recording(rules: rules, jitter: parts.jitter)
        self.recording = recording
        func recorder(_ label: String, _ lanes: Lanes) -> OutcomeRecorder {
            Self.recorder(label, of: lanes, recording, parts, log, counters)
        }
        mailOutcomes = recorder("mail", mail)
        callOutcomes = recorder("calls", calls)
        mail.connect(
            finish: { [weak self] attempt in self?.finish(attempt) }, whenLow: { [weak self] in self?.feedSoon() })
        calls.connect(
            finish: { [weak self] attempt in self?.finish(attempt) }, whenLow: { [weak self] in self?.feedSoon() })
    }

    // MARK: Outcomes

    private static func recorder(
        _ label: String, of lanes: Lanes, _ recording: Recording, _ parts: Parts, _ log: DeliveryLog,
        _ counters: DeliveryCounters
    ) -> OutcomeRecorder {
        OutcomeRecorder(label, writer: parts.writer, recording: recording, delay: parts.storageDelay) {
            [weak lanes] result, attempts in
            switch result {
            case .success(let recorded):
                counters.note(recorded)
                log.note(recorded)
                lanes?.noteStored(attempts)
            case .failure(let error):
                lanes?.noteStorageFailure()
                log.report("cannot store the outcomes of deliveries; sending stops until that works", error)
            }
        }
    }

    private func finish(_ attempt: Attempt) {
        let isMail = attempt.job.source.channel == .email
        let lanes = isMail ? mail : calls
        let outcomes = isMail ? mailOutcomes : callOutcomes
        counters.note(attempt)
        let change = lanes.note(attempt)
        switch attempt.result {
        case .made, .notComposed, .cancelled: outcomes.add(attempt)
        case .relayTrouble, .nothing: break
        }
        switch (change, attempt.result) {
        case (.works, _):
            log.noteRelayWorks()
            outcomes.note(relay: .ok, error: nil)
        case (.failing, .relayTrouble(let response, _)):
            log.noteRelayFails(response)
            outcomes.note(relay: .failing, error: response.described)
        default: break
        }
    }

    // MARK: Feeding

    /// Starts to deliver as soon as no other server of the database delivers.
    public func start() {
        queue.asyncAfter(deadline: .now() + .milliseconds(250)) { [weak self] in
            guard let self, !isStopping else { return }
            if isDelivering || beginDelivering() { feed() }
            start()
        }
    }

    /// Whether this server is the one that delivers.
    public var isDelivering: Bool { state.withLock { $0.isDelivering } }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    /// - Returns: false if another server delivers.
    func beginDelivering() -> Bool {
        guard lock.take() else { return false }
        let isStopping = state.withLock { state in
            state.isDelivering = !state.isStopping
            return state.isStopping
        }
        if isStopping {
            lock.release()
            return false
        }
        storeRelay()
        // Nothing is sent unless it can be recorded.
        guard mailOutcomes.flush() else {
            state.withLock { $0.isDelivering = false }
            lock.release()
            return false
        }
        return true
    }

    /// Stores whether there is a relay. The next email shows whether it works.
    private func storeRelay() {
        let hasMail = settings.value.mail != nil
        mailOutcomes.note(relay: hasMail ? .ok : .off, error: nil)
    }

    /// Feeds the lanes, because they have few jobs left.
    private func feedSoon() {
        let isQueued = state.withLock { state in
            defer { state.isFeedQueued = true }
            return state.isFeedQueued
        }
        guard !isQueued else { return }
        queue.async { [weak self] in
            guard let self else { return }
            state.withLock { $0.isFeedQueued = false }
            feed()
        }
    }

    private func feed() {
        do {
            try feeder.cancel()
            try giveUp()
            var isMore = true
            while isMore, !isStopping {
                try load()
                let made = try feeder.fanOut()
                isMore = made.isMore
                log.watch(made.ended)
                try log.noteFinished(in: parts.store, at: parts.now())
            }
        } catch {
            log.report("cannot read or make deliveries", error)
        }
    }

    private func giveUp() throws {
        let now = parts.now()
        while try !isStopping && parts.store.read({ try recording.isOverdue(at: now, in: $0) }) {
            let recorded = try parts.writer.writeAndWait { [recording] in try recording.giveUp(at: now, in: $0) }.get()
            counters.note(recorded)
            log.note(recorded)
        }
    }

    private func load() throws {
        let sources = try feeder.sources(hasMail: settings.value.mail != nil)
        try feeder.load(sources.filter { $0.channel == .email }, into: mail)
        try feeder.load(sources.filter { $0.channel != .email }, into: calls)
    }

    // MARK: Settings

    /// Changes the settings. They apply to the next message.
    public func use(_ new: DelivererSettings) {
        let old = settings.replace(with: new)
        mail.use(
            most: new.mail?.maxConnections ?? 0, perMinute: new.mail?.maxPerMinute ?? 0,
            resettingGate: old.mail != new.mail)
        calls.use(most: new.webhooks.maxConcurrent, perMinute: 0, resettingGate: false)
        if old.mail != new.mail, isDelivering { storeRelay() }
    }

    // MARK: The end

    /// Begins no more messages. Once those under way are done and recorded, another server may deliver. Does not wait.
    /// - Parameter seconds: messages that take longer are interrupted.
    public func stop(within seconds: Int) {
        state.withLock { state in
            state.isStopping = true
            state.end = state.end ?? Date(timeIntervalSinceNow: Double(seconds))
        }
        mail.stop()
        calls.stop()
        queue.async { self.end() }
    }

    /// Stops, and waits until another server may deliver.
    public func finish() {
        stop(within: 0)
        queue.sync {}
    }

    private func end() {
        let end = state.withLock { $0.end } ?? Date()
        if !(mail.waitUntilStopped(until: end) && calls.waitUntilStopped(until: end)) {
            interruption.interrupt()
            // A transfer notices that within a second.
            let last = Date(timeIntervalSinceNow: 3)
            _ = mail.waitUntilStopped(until: last) && calls.waitUntilStopped(until: last)
        }
        let areStored = [mailOutcomes.flush(), callOutcomes.flush()].allSatisfy(\.self)
        if !areStored {
            parts.logger.error("the outcomes of the last deliveries could not be stored, so these may be sent again")
        }
        do {
            try log.noteFinished(in: parts.store, at: parts.now())
        } catch {
            log.report("cannot read deliveries", error)
        }
        state.withLock { $0.isDelivering = false }
        lock.release()
    }

    // MARK: For tests

    /// Does all possible work now, on the caller's thread.
    func step() {
        feed()
        var before = -1
        while counters.total != before {
            before = counters.total
            mail.workHere()
            calls.workHere()
            mailOutcomes.flush()
            callOutcomes.flush()
            feed()
        }
    }

    /// How many jobs are in memory.
    var jobCount: Int { mail.count + calls.count }
}
