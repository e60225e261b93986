import Dashboard
import HTTPServer
import Logging
import ManagementAPI
import Notifications
import PublicPages
import Publishing
import StatusPages
import Storage

/// All parts wired together: one server on one database.
struct Application {
    let store: Store
    let writer: Writer
    /// Serves the requests that no event loop answers.
    let frontDoor: FrontDoor
    let monitor: Monitor
    let readOnlyStart: ReadOnlyStart
    let dashboard: Dashboard
    private let servers: Servers
    let publisher: SitePublisher
    let publishing: Publishing
    private let reloader: Reloader
    let background: BackgroundTasks
    private let deliverer: Deliverer
    private let frontPages: FrontPageRenderer
    let mirror: PageMirror
    let purger: Purger
    private let purgeSender: PurgeSender
    private let standby: Standby
    private let logger: Logger

    /// The current pages.
    var site: Site { publisher.site }

    /// One line about what the server does, for the service manager.
    var status: String {
        let pages = site.pages.count
        var text = "Serving \(pages == 1 ? "1 page" : "\(pages) pages")"
        let obstacle = monitor.configuration.obstacle.map { "configuration not applied: \($0)" }
        guard let reason = readOnlyStart.reason else { return obstacle ?? text }
        text += ", read-only: \(reason)"
        return obstacle.map { "\(text); \($0)" } ?? text
    }

    /// The configuration in effect.
    var configuration: Configuration { reloader.configuration }

    /// Opens the database, applies the declared pages to it, and prepares to serve.
    /// - Parameters:
    ///   - listeners: the listeners of the configuration, if they already exist.
    ///   - bootstrapToken: the token of the first key, for a database that never had one.
    ///   - isStandby: whether the database is a copy that Litestream keeps up to date.
    ///   - isForced: whether to start even if another server wrote to the database in the last 10 s.
    ///   - isAlone: true if no other server has the database open. Only then is an older database migrated.
    ///   - replicator: replaces Litestream, if the configuration has replication.
    init(
        _ configuration: Configuration, listeners: [Listener]? = nil, bootstrapToken: BootstrapToken? = nil,
        isStandby: Bool = false, isForced: Bool = false, isAlone: Bool = true, replicator: (any Replicator)? = nil,
        logLevel: LogLevel = LogLevel(.info), logger: Logger
    ) throws {
        let listeners = try listeners ?? configuration.makeListeners()
        let newID = IDSource().next
        monitor = Monitor(hasMetrics: configuration.monitoring.metrics)
        self.logger = logger
        let replication = configuration.makeReplication(with: replicator, observe: monitor.replication.note)
        store = try Self.openStore(
            configuration, isStandby: isStandby, isAlone: isAlone, replication: replication, logger: logger)
        let identity = try replication.map { _ in try DatabaseFile(configuration.database).serverIdentity() }
        if let identity, !isStandby, !isForced {
            try Fence.check(try store.read { try $0.heartbeat() }, identity: identity, at: Clock.now())
        }
        let announcer = Announcer()
        let documents = DocumentCache(announcer: announcer)
        frontPages = FrontPageRenderer(documents, store: store)
        let problems = ProblemLog(logger: logger)
        mirror = PageMirror(documents, store: store, directory: configuration.mirror) {
            problems.report("the mirror is not up to date", $0)
        }
        publisher = SitePublisher(
            configuration.publisherSettings, documents: documents, metrics: monitor.writes)
        purgeSender = PurgeSender(configuration.webhooks)
        purger = Purger(
            Purger.Parts(
                cache: documents, store: store, serverURL: { [publisher] in publisher.site.serverURL },
                send: purgeSender.send, report: { problems.report("a cache was not purged", $0) }),
            targets: configuration.purges)
        publishing = Publishing(
            site: { [publisher] in publisher.site }, rules: configuration.subscribers,
            reservedWords: ConfigurationValues.reservedWords,
            endpoints: configuration.webhooks.endpointCheck, now: Clock.now, newID: newID)
        let declare = Self.declaration(
            of: configuration, bootstrapToken, in: store, publishing: publishing, logger: logger)
        readOnlyStart = ReadOnlyStart(logger: logger)
        if isStandby {
            readOnlyStart.wait(for: "this server is a standby")
        } else {
            try readOnlyStart.attempt(declare, on: store) { try configuration.check($0) }
        }
        writer = Self.writer(for: store, configuration, publishing: publisher, monitor, logger: logger)
        readOnlyStart.postpone(declare, to: writer, monitor: monitor)
        let uses = KeyUses()
        let sessionUses = SessionUses()
        let signUps = SignUpLimits()
        let sightings = DomainSightings()
        let reporter = SystemReporter(
            configuration, monitor: monitor, readOnlyStart: readOnlyStart, logger: logger, newID: newID)
        let dashboard = Dashboard(
            configuration.dashboard, publishing: publishing, store: store, writer: writer, uses: sessionUses,
            operations: reporter.operations(uses), logger: logger, now: Clock.now, newID: newID,
            surroundings: Surroundings(configuration, listeners: listeners, sightings: sightings))
        let auditRetention = AuditRetention(
            store: store, writer: writer, keepDays: configuration.keepAuditDays, problems: problems)
        background = BackgroundTasks(
            store: store, writer: writer, publishing: publishing, documents: documents, uses: uses,
            sessionUses: sessionUses, sessionRules: { dashboard.sessionRules }, identity: identity,
            auditRetention: auditRetention, problems: problems, logger: logger)
        if !isStandby { background.catchUp() }
        standby = Standby(store: store, publisher: publisher, logger: logger)
        deliverer = Deliverer(
            Deliverer.Parts(
                store: store, writer: writer, publishing: publishing,
                endpoints: EndpointComposer(
                    EndpointComposer.APIBodies(
                        event: ManagementAPI.body(of:), lastUpdate: ManagementAPI.body(ofLastUpdateOf:))),
                pageStatus: documents.statusForWebhooks, logger: logger, now: Clock.now, newID: newID),
            settings: configuration.delivererSettings)
        configuration.logLimits(ofSending: logger)
        try store.read(publisher.refresh)()
        let api = try ManagementAPI(
            publishing: publishing, store: store, writer: writer, rateLimits: configuration.rateLimits,
            dashboardURL: { dashboard.url }, uses: uses, logger: logger, now: Clock.now, newID: newID)
        self.dashboard = dashboard
        let log = RequestLog(logger: logger)
        frontDoor = FrontDoor(
            api: api, dashboard: dashboard,
            publicPages: PublicPages(
                documents, store: store, publishing: publishing, signUps: signUps, sightings: sightings),
            writer: writer, monitor: monitor, isMetricsPlace: configuration.monitoring.listen == nil, log: log,
            newRequestID: { newID().description })
        let live = Followers(configuration.live)
        let server = HTTPServer(
            listeners: listeners, settings: configuration.http, handler: frontDoor, logger: logger,
            announcer: announcer, field: standby.field,
            makeInlineResponder: { DocumentResponder(documents, followers: live, sightings: sightings) })
        let monitoring = MonitoringHandler(monitor: monitor, log: log, newRequestID: { newID().description })
        servers = Servers(
            main: server,
            monitoring: configuration.monitoring.listen.map { monitoring.makeServer(at: $0, logger: logger) })
        monitor.watch(
            Monitor.Sources(
                engine: server.metrics, writer: writer, readiness: Readiness(probe: Self.probe(store, writer)),
                live: live,
                store: store, signUps: signUps,
                deliveries: DeliveryMetrics(store: store, counters: deliverer.counters),
                audit: AuditMetrics(store: store), access: dashboard.access, mirror: mirror,
                purger: purger, listeners: listeners,
                pages: { documents.states }, standbyAge: { [standby] in Double(standby.age) / 1_000 }))
        reloader = Reloader(
            configuration,
            Reloader.Parts(
                server: server, listeners: listeners, api: api, dashboard: dashboard, reporter: reporter,
                sightings: sightings, live: live, monitor: monitor, store: store,
                writer: writer, publisher: publisher, publishing: publishing, deliverer: deliverer,
                mirror: mirror, purger: purger, purgeSender: purgeSender, auditRetention: auditRetention,
                logLevel: logLevel),
            logger: logger)
    }

    /// Starts serving.
    /// - Parameter sockets: the sockets to listen on. Nil: the server binds the configured addresses.
    /// - Returns: the addresses that the server listens on.
    func start(on sockets: ServerSockets? = nil) throws -> [SocketAddress] {
        if isStandby { standby.look() }
        let addresses = try servers.start(on: sockets)
        background.startShowing()
        if isStandby {
            standby.start()
        } else {
            startWriting()
        }
        return addresses
    }

    private func startWriting() {
        background.startWriting()
        mirror.start()
        purger.start()
        deliverer.start()
    }

    /// Whether the server serves a copy, and refuses writes.
    var isStandby: Bool { store.isStandby }

    /// Makes a standby the active server. Logs the result. Calls must not overlap.
    func promote() {
        guard !isStopping else { return logger.notice("this server is stopping, and is not promoted") }
        guard isStandby else { return logger.notice("this server is active already") }
        let start = ContinuousClock.now
        standby.stop()
        do {
            try store.promote()
        } catch {
            logger.error("cannot promote this standby", metadata: ["error": "\(error)"])
            return standby.start()
        }
        standby.field.set(nil)
        do {
            // Before any other write, this stores the configuration's pages.
            try writer.refresh(after: nil, publisher.refresh)
        } catch {
            logger.error("this server is active, but cannot write yet", metadata: ["error": "\(error)"])
            readOnlyStart.note("\(error)")
        }
        startWriting()
        let milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
        logger.notice("this server is active now", metadata: ["duration_ms": .stringConvertible(milliseconds)])
    }

    /// The sockets on which it accepts connections, including those of the monitoring server.
    var sockets: [ListeningSocket] { servers.sockets }

    /// The address of the separate monitoring server, once it runs.
    var monitoringAddress: SocketAddress? { servers.monitoringAddress }

    /// Applies the changes of the configuration, including certificates and keys. Logs the result.
    /// - Returns: the first problem; nil if the configuration was applied.
    @discardableResult
    func reload(_ load: () throws(InvalidConfiguration) -> Configuration) -> String? { reloader.reload(load) }

    var isStopping: Bool { monitor.isLeaving }

    /// Begins to stop.
    /// - Parameters:
    ///   - handingOver: whether another process accepts, or will accept, connections from the same sockets.
    ///   - isSucceeded: whether that process is a server that also answers probes.
    func stop(handingOver: Bool = false, isSucceeded: Bool = false) {
        monitor.leave()
        deliverer.stop(within: configuration.http.shutdownTimeout)
        servers.stop(handingOver: handingOver, isSucceeded: isSucceeded)
    }

    /// Lets requests in progress finish, then closes the database. Writes without a waiting client get
    /// `shutdownTimeout` to finish. If they take longer, the database is not closed, which is harmless.
    func finish() throws {
        servers.wait()
        standby.stop()
        background.stop(isStandby: isStandby)
        deliverer.finish()
        let isIdle = writer.waitUntilIdle(within: configuration.http.shutdownTimeout)
        mirror.finish()
        purgeSender.stop()
        purger.stop()
        if isIdle { try store.close() }
    }

    private static func openStore(
        _ configuration: Configuration, isStandby: Bool, isAlone: Bool, replication: Replication?, logger: Logger
    ) throws -> Store {
        let notice: @Sendable (StorageNotice) -> Void = { $0.log(to: logger) }
        if isStandby {
            return try Store(
                standbyAt: configuration.database, checkpoints: configuration.checkpointOwner,
                replication: replication, notice: notice)
        }
        return try Store(
            path: configuration.database, upgrades: isAlone, readsAnyway: true,
            checkpoints: configuration.checkpointOwner, replication: replication, notice: notice)
    }

    /// A standby is ready if it can read its copy.
    private static func probe(_ store: Store, _ writer: Writer) -> Readiness.Probe {
        { completion in
            guard store.isStandby else { return writer.probe(completion: completion) }
            completion((try? store.read { try $0.pages() }) != nil)
        }
    }

    /// The writes of a start: the first key and the declared pages.
    private static func declaration(
        of configuration: Configuration, _ bootstrapToken: BootstrapToken?, in store: Store,
        publishing: Publishing, logger: Logger
    ) -> @Sendable () throws -> Void {
        {
            // Check the token first: if it is invalid, nothing else must change.
            if let bootstrapToken {
                try APIKeyMaker(publishing: publishing).bootstrap(bootstrapToken, in: store, logger: logger)
            }
            try applyPages(of: configuration, to: store, publishing: publishing)?.log(to: logger)
        }
    }

    private static func applyPages(
        of configuration: Configuration, to store: Store, publishing: Publishing
    ) throws -> PageChanges? {
        let isNew = try store.read { try $0.pages().isEmpty }
        guard let pages = configuration.pages ?? (isNew ? Configuration.demoPages : nil) else { return nil }
        return try configuration.reportingRefusals {
            try store.write(as: .configuration) { transaction in
                try publishing.apply(pages, allowsArchiving: configuration.allowsArchiving, in: transaction)
            }
        }
    }

    private static func writer(
        for store: Store, _ configuration: Configuration, publishing publisher: SitePublisher, _ monitor: Monitor,
        logger: Logger
    ) -> Writer {
        Writer(
            store, capacity: configuration.http.maxWaitingRequests, publish: publisher.publish,
            refresh: publisher.refresh,
            observe: {
                monitor.note($0)
                $0.log(to: logger)
            })
    }
}
