import Dispatch
import HTTPServer
import Logging
import ManagementAPI
import PublicPages
import StatusPages
import Storage

/// All parts wired together: one server on one database.
struct Application {
    let store: Store
    let writer: Writer
    let server: HTTPServer
    /// Serves the requests that no event loop answers.
    let frontDoor: FrontDoor
    let documents: DocumentCache
    let monitor: Monitor
    /// Serves only the monitoring paths, if they have a separate listener.
    private let monitoringServer: HTTPServer?
    let readOnlyStart: ReadOnlyStart
    private let publisher: SitePublisher
    private let reloader: Reloader
    private let useRecorder: KeyUseRecorder
    private let tickers: [Ticker]

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
    ///   - isAlone: true if no other server has the database open. Only then is an older database migrated.
    init(
        _ configuration: Configuration, listeners: [Listener]? = nil, bootstrapToken: BootstrapToken? = nil,
        isAlone: Bool = true,
        logLevel: LogLevel = LogLevel(.info), logger: Logger
    ) throws {
        let listeners = try listeners ?? configuration.makeListeners()
        let ids = IDSource()
        let store = try Store(
            path: configuration.database, upgrades: isAlone, readsAnyway: true, checkpoints: configuration.checkpoints
        ) { $0.log(to: logger) }
        let declare = { @Sendable in
            // Check the token first: if it is invalid, nothing else must change.
            if let bootstrapToken {
                try APIKeyMaker(newID: ids.next).bootstrap(bootstrapToken, in: store, logger: logger)
            }
            try Self.applyPages(of: configuration, to: store, newID: ids.next)?.log(to: logger)
        }
        let readOnlyStart = ReadOnlyStart(logger: logger)
        try readOnlyStart.attempt(declare, on: store) { try configuration.check($0) }
        let monitor = Monitor(hasMetrics: configuration.monitoring.metrics)
        let announcer = Announcer()
        let documents = DocumentCache(announcer: announcer)
        let publisher = SitePublisher(
            Site(pages: [], serverURL: configuration.serverURL), documents: documents, metrics: monitor.writes)
        let writer = Writer(
            store, capacity: configuration.http.maxWaitingRequests, publish: publisher.publish,
            refresh: publisher.refresh,
            observe: {
                monitor.note($0)
                $0.log(to: logger)
            })
        readOnlyStart.postpone(declare, to: writer, monitor: monitor)
        let problems = ProblemLog(logger: logger)
        let maintenanceClock = MaintenanceClock(
            store: store, writer: writer, problems: problems, logger: logger, newID: ids.next)
        maintenanceClock.catchUp()
        try store.read(publisher.refresh)()
        let uses = KeyUses()
        let useRecorder = KeyUseRecorder(uses: uses, writer: writer, logger: logger)
        let expiredTokens = ExpiredTokens(store: store, writer: writer, logger: logger)
        // Events must be visible within a second of their time.
        tickers = [
            Ticker("maintenances", every: .milliseconds(250)) { maintenanceClock.look() },
            Ticker("other-writers", every: .milliseconds(250)) {
                writer.followOthers { problems.report("cannot read changes by another process", $0) }
            },
            Ticker("midnight", every: .milliseconds(250)) { documents.turnDay(at: Clock.now()) },
            Ticker("key-uses", every: .seconds(60)) { useRecorder.record() },
            Ticker("expired-tokens", every: .seconds(60)) { expiredTokens.forget() },
        ]
        let api = try ManagementAPI(
            site: { publisher.site }, store: store, writer: writer, rateLimits: configuration.rateLimits,
            uses: uses, logger: logger, now: Clock.now, newID: ids.next)
        frontDoor = FrontDoor(
            api: api,
            publicPages: PublicPages(documents, store: store), monitor: monitor,
            isMetricsPlace: configuration.monitoring.listen == nil, log: RequestLog(logger: logger),
            newRequestID: { ids.next().description })
        let live = Followers(configuration.live)
        server = HTTPServer(
            listeners: listeners, settings: configuration.http, handler: frontDoor, logger: logger,
            announcer: announcer, makeInlineResponder: { DocumentResponder(documents, followers: live) })
        monitoringServer = Self.makeMonitoringServer(configuration, monitor, logger: logger, newID: ids.next)
        monitor.watch(
            Monitor.Sources(
                engine: server.metrics, writer: writer, readiness: Readiness(probe: writer.probe), live: live,
                store: store, listeners: listeners, pages: { documents.states }))
        reloader = Reloader(
            configuration,
            Reloader.Parts(
                server: server, listeners: listeners, api: api, live: live, monitor: monitor, store: store,
                writer: writer, publisher: publisher, logLevel: logLevel, newID: ids.next),
            logger: logger)
        self.readOnlyStart = readOnlyStart
        self.monitor = monitor
        self.publisher = publisher
        self.useRecorder = useRecorder
        self.writer = writer
        self.store = store
        self.documents = documents
    }

    /// Starts serving.
    /// - Parameter sockets: the sockets to listen on. Nil: the server binds the configured addresses.
    /// - Returns: the addresses that the server listens on.
    func start(on sockets: ServerSockets? = nil) throws -> [SocketAddress] {
        // Start monitoring first, because clients connect once the main server starts.
        try monitoringServer?.start(on: sockets?.monitoring.map { [$0] })
        let addresses: [SocketAddress]
        do {
            addresses = try server.start(on: sockets?.main)
        } catch {
            monitoringServer?.stop()
            throw error
        }
        for ticker in tickers { ticker.start() }
        return addresses
    }

    /// The sockets on which it accepts connections, including those of the monitoring server.
    var sockets: [ListeningSocket] { server.sockets + (monitoringServer?.sockets ?? []) }

    /// The address of the separate monitoring server, once it runs.
    var monitoringAddress: SocketAddress? { monitoringServer?.addresses.first }

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
        // From now on, probes must reach the successor. Without one, they get "stopping" until the end.
        if isSucceeded { monitoringServer?.stop(handingOver: true) }
        server.stop(handingOver: handingOver)
    }

    /// Lets requests in progress finish, then closes the database. Writes without a waiting client get
    /// `shutdownTimeout` to finish. If they take longer, the database is not closed, which is harmless.
    func finish() throws {
        server.wait()
        // The monitoring server stops last, so that probes get "stopping" until the end.
        monitoringServer?.stop()
        monitoringServer?.wait()
        for ticker in tickers { ticker.stop() }
        useRecorder.record()
        if writer.waitUntilIdle(within: configuration.http.shutdownTimeout) { try store.close() }
    }

    private static func makeMonitoringServer(
        _ configuration: Configuration, _ monitor: Monitor, logger: Logger, newID: @escaping @Sendable () -> ULID
    ) -> HTTPServer? {
        guard let address = configuration.monitoring.listen else { return nil }
        return HTTPServer(
            listeners: [Listener(address)], settings: MonitoringSettings.server,
            handler: MonitoringHandler(
                monitor: monitor, log: RequestLog(logger: logger), newRequestID: { newID().description }),
            logger: logger,
            makeInlineResponder: NoInlineAnswers.init)
    }

    private static func applyPages(
        of configuration: Configuration, to store: Store, newID: @escaping () -> ULID
    ) throws -> PageChanges? {
        let isNew = try store.read { try $0.pages().isEmpty }
        guard let pages = configuration.pages ?? (isNew ? Configuration.demoPages : nil) else { return nil }
        return try configuration.reportingRefusals {
            try store.write { transaction in
                try transaction.apply(
                    pages, at: Clock.now(), allowsArchiving: configuration.allowsArchiving, newID: newID)
            }
        }
    }
}
