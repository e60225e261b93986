import Dispatch
import HTTPServer
import Logging
import ManagementAPI
import PublicPages
import StatusPages
import Storage

/// The rooms put together: one server on one database.
struct Application {
    let store: Store
    let writer: Writer
    let server: HTTPServer
    /// What serves requests that no event loop answers by itself.
    let frontDoor: FrontDoor
    let widgets: WidgetCache
    let monitor: Monitor
    /// What serves the monitoring paths alone, if they have a listener of their own.
    private let monitoringServer: HTTPServer?
    let readOnlyStart: ReadOnlyStart
    private let publisher: SitePublisher
    private let reloader: Reloader
    private let useRecorder: KeyUseRecorder
    private let tickers: [Ticker]

    /// The pages as they are now.
    var site: Site { publisher.site }

    /// What it goes by now.
    var configuration: Configuration { reloader.configuration }

    /// Opens the database, applies the declared pages to it, and makes everything ready to serve.
    /// - Parameters:
    ///   - listeners: those of the configuration, if they are made already.
    ///   - bootstrapToken: what the first key is made with, if there never was one.
    ///   - isAlone: no other server has the database open, so that one of an earlier version can be brought up to date.
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
            // First, since it may be wrong, when nothing else is to change either.
            if let bootstrapToken {
                try APIKeyMaker(newID: ids.next).bootstrap(bootstrapToken, in: store, logger: logger)
            }
            try Self.applyPages(of: configuration, to: store, newID: ids.next)?.log(to: logger)
        }
        let readOnlyStart = ReadOnlyStart(logger: logger)
        try readOnlyStart.attempt(declare, on: store)
        let monitor = Monitor(hasMetrics: configuration.monitoring.metrics)
        let announcer = Announcer()
        let widgets = WidgetCache(announcer: announcer)
        let publisher = SitePublisher(
            Site(pages: [], serverURL: configuration.serverURL), widgets: widgets, metrics: monitor.writes)
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
        // What others see is to be right within a second of its moment.
        tickers = [
            Ticker("maintenances", every: .milliseconds(250)) { maintenanceClock.look() },
            Ticker("other-writers", every: .milliseconds(250)) {
                writer.followOthers { problems.report("cannot read what another process wrote", $0) }
            },
            Ticker("key-uses", every: .seconds(60)) { useRecorder.record() },
            Ticker("expired-tokens", every: .seconds(60)) { expiredTokens.forget() },
        ]
        let api = try ManagementAPI(
            site: { publisher.site }, store: store, writer: writer, rateLimits: configuration.rateLimits,
            uses: uses, logger: logger, now: Clock.now, newID: ids.next)
        frontDoor = FrontDoor(
            api: api,
            publicPages: PublicPages(widgets), monitor: monitor,
            isMetricsPlace: configuration.monitoring.listen == nil, log: RequestLog(logger: logger),
            newRequestID: { ids.next().description })
        let live = LiveWidgets(configuration.live)
        server = HTTPServer(
            listeners: listeners, settings: configuration.http, handler: frontDoor, logger: logger,
            announcer: announcer, makeInlineResponder: { WidgetResponder(widgets, live: live) })
        monitoringServer = Self.makeMonitoringServer(configuration, monitor, logger: logger, newID: ids.next)
        monitor.watch(
            Monitor.Sources(
                engine: server.metrics, writer: writer, readiness: Readiness(probe: writer.probe), live: live,
                store: store, listeners: listeners, pages: { publisher.pages }))
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
        self.widgets = widgets
    }

    /// Starts serving.
    /// - Parameter sockets: what to listen on; without them, the server binds to the addresses of the configuration.
    /// - Returns: the addresses it listens on.
    func start(on sockets: ServerSockets? = nil) throws -> [SocketAddress] {
        // First, because clients connect once the other one starts.
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

    /// The sockets it accepts connections from, those of the monitoring server included.
    var sockets: [ListeningSocket] { server.sockets + (monitoringServer?.sockets ?? []) }

    /// Where the monitoring paths have a listener of their own, once it is started.
    var monitoringAddress: SocketAddress? { monitoringServer?.addresses.first }

    /// Takes what changed in the configuration into use, certificates and keys included. What came of it is logged.
    /// - Returns: the first thing that is in the way; nil if it was applied.
    @discardableResult
    func reload(_ load: () throws(InvalidConfiguration) -> Configuration) -> String? { reloader.reload(load) }

    /// Whether it began to stop.
    var isStopping: Bool { monitor.isLeaving }

    /// Begins to stop.
    /// - Parameters:
    ///   - handingOver: another process accepts from the same sockets, or will.
    ///   - isSucceeded: that process is a server which answers probes, too.
    func stop(handingOver: Bool = false, isSucceeded: Bool = false) {
        monitor.leave()
        // Probes are about the successor from now on. Without one, they learn to the end that this server stops.
        if isSucceeded { monitoringServer?.stop(handingOver: true) }
        server.stop(handingOver: handingOver)
    }

    /// Lets requests under way finish, then closes the database. Writes that no client waits for any more are waited for
    /// as long; a database that is not closed is none the worse.
    func finish() throws {
        server.wait()
        // To the end, it tells that this server stops.
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
