import Dispatch
import HTTPServer
import Logging
import ManagementAPI
import PublicPages
import StatusPages
import Storage

/// The rooms put together: one server on one database.
struct Application {
    let site: Site
    let store: Store
    let writer: Writer
    let server: HTTPServer
    /// What serves requests that no event loop answers by itself.
    let frontDoor: FrontDoor
    let widgets: WidgetCache
    private let maintenanceClock: MaintenanceClock
    private let useRecorder: KeyUseRecorder

    /// Opens the database, applies the declared pages to it, and makes everything ready to serve.
    init(_ configuration: Configuration, logger: Logger) throws {
        let ids = IDSource()
        let store = try Store(path: configuration.database)
        try Self.applyPages(of: configuration, to: store, newID: ids.next)
        let site = Site(pages: try store.read { try $0.pages() }, serverURL: configuration.serverURL)
        let widgets = WidgetCache()
        let publisher = WidgetPublisher(site: site, widgets: widgets)
        writer = Writer(store, capacity: configuration.http.maxWaitingRequests, publish: publisher.publish)
        maintenanceClock = MaintenanceClock(store: store, writer: writer, logger: logger, newID: ids.next)
        maintenanceClock.catchUp()
        let show = try store.read { try publisher.publish(Set(site.pages.map(\.id)), $0) }
        show()
        let uses = KeyUses()
        useRecorder = KeyUseRecorder(uses: uses, writer: writer, logger: logger)
        frontDoor = FrontDoor(
            api: try ManagementAPI(
                site: site, store: store, writer: writer, rateLimits: configuration.rateLimits, uses: uses,
                logger: logger, now: Clock.now, newID: ids.next),
            publicPages: PublicPages(widgets), logger: logger, newRequestID: { ids.next().description })
        server = HTTPServer(
            address: configuration.listen, settings: configuration.http, handler: frontDoor, logger: logger,
            makeInlineResponder: { WidgetResponder(widgets) })
        self.site = site
        self.store = store
        self.widgets = widgets
    }

    /// Starts serving.
    /// - Returns: the address it listens on.
    func start() throws -> SocketAddress {
        let address = try server.start()
        maintenanceClock.start()
        useRecorder.start()
        return address
    }

    /// Lets requests under way finish, then closes the database.
    /// - Parameter seconds: how long to wait for writes that no client waits for any more. A database that is not closed
    ///   is none the worse.
    func finish(within seconds: Int = 10) throws {
        server.wait()
        maintenanceClock.stop()
        useRecorder.record()
        if writer.waitUntilIdle(within: seconds) { try store.close() }
    }

    private static func applyPages(
        of configuration: Configuration, to store: Store, newID: @escaping () -> ULID
    ) throws {
        let isNew = try store.read { try $0.pages().isEmpty }
        guard let pages = configuration.pages ?? (isNew ? Configuration.demoPages : nil) else { return }
        try store.write { try $0.apply(pages, at: Clock.now(), newID: newID) }
    }
}
