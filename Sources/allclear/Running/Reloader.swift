import HTTPServer
import Locking
import Logging
import ManagementAPI
import PublicPages
import StatusPages
import Storage

/// Takes another configuration into use while the server runs: all of it that needs no restart, or nothing.
///
/// First comes what may fail and changes nothing, then the pages, which the database may refuse, then the rest, which
/// cannot fail.
final class Reloader: Sendable {
    /// What goes by the configuration.
    struct Parts: Sendable {
        let server: HTTPServer
        /// The server's, in the order of the configuration it was started with.
        let listeners: [Listener]
        let api: ManagementAPI
        let live: LiveWidgets
        let monitor: Monitor
        let store: Store
        let writer: Writer
        let publisher: SitePublisher
        let logLevel: LogLevel
        let newID: @Sendable () -> ULID
    }

    private let parts: Parts
    private let logger: Logger
    private let current: Locked<Configuration>

    init(_ configuration: Configuration, _ parts: Parts, logger: Logger) {
        self.parts = parts
        self.logger = logger
        current = Locked(configuration)
    }

    /// What the server goes by now.
    var configuration: Configuration { current.withLock { $0 } }

    /// Not to be called twice at once.
    /// - Returns: the first thing that is in the way of the configuration; nil if it was applied.
    func reload(_ load: () throws(InvalidConfiguration) -> Configuration) -> String? {
        var obstacle: String?
        defer { parts.monitor.configuration.note(isApplied: obstacle == nil) }
        do {
            try apply(try load())
        } catch let error as InvalidConfiguration {
            for problem in error.problems {
                logger.error(
                    "the configuration stays as it was",
                    metadata: ["file": "\(error.file ?? "none")", "problem": "\(problem)"])
            }
            obstacle = error.problems.first?.description ?? error.description
        } catch {
            logger.error("the configuration stays as it was", metadata: ["error": "\(error)"])
            obstacle = "\(error)"
        }
        return obstacle
    }

    private func apply(_ wanted: Configuration) throws {
        let running = configuration
        logger.debug("reloading", metadata: ["file": "\(wanted.file ?? "none")"])
        let listeners = try wanted.makeListeners()
        logger.debug(
            "reload: certificates and keys are read", metadata: ["listeners": .stringConvertible(listeners.count)])
        let (new, unapplied) = wanted.applicable(to: running)
        let showDocument = try parts.api.prepare(serverURL: new.serverURL)
        try applyPages(of: new)?.log(to: logger)
        logger.debug(
            "reload: pages are declared and shown", metadata: ["declared": .stringConvertible(new.pages?.count ?? 0)])
        showDocument()
        for (listener, place) in zip(parts.listeners, running.listen.places(in: wanted.listen)) {
            if let place { listener.become(listeners[place]) }
        }
        logger.debug("reload: listeners have their certificates")
        applyLimits(of: new)
        logger.debug("reload: event loops have their limits")
        current.withLock { $0 = new }
        for setting in unapplied { logger.warning("\(setting) changes with a restart") }
        // Whoever asked for it waits for this line, whatever the level.
        var logger = logger
        logger.logLevel = min(logger.logLevel, .info)
        logger.info(
            "configuration applied",
            metadata: ["file": "\(new.file ?? "none")", "pages": .stringConvertible(parts.publisher.site.pages.count)])
    }

    /// Without a file the pages stay what they are, but what is shown tells the server's address.
    private func applyPages(of new: Configuration) throws -> PageChanges? {
        let newID = parts.newID
        var changes: PageChanges?
        let declare = new.pages.map { pages in
            { (transaction: WriteTransaction) in
                changes = try transaction.apply(
                    pages, at: Clock.now(), allowsArchiving: new.allowsArchiving, newID: newID)
            }
        }
        try new.reportingRefusals {
            try parts.writer.refresh(after: declare) { [publisher = parts.publisher] state in
                try publisher.refresh(state, serverURL: new.serverURL)
            }
        }
        return changes
    }

    private func applyLimits(of new: Configuration) {
        parts.logLevel.use(new.logLevel)
        parts.api.use(new.rateLimits)
        parts.live.use(new.live)
        parts.monitor.use(new.monitoring)
        parts.store.use(new.checkpoints)
        parts.writer.setCapacity(new.http.maxWaitingRequests)
        parts.server.use(new.http)
    }
}
