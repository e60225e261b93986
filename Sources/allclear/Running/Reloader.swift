import Dashboard
import HTTPServer
import Locking
import Logging
import ManagementAPI
import Notifications
import PublicPages
import Publishing
import StatusPages
import Storage

/// Applies a new configuration to a running server: all settings that need no restart, or nothing.
///
/// Steps that may fail and change nothing come first. Then come the pages, which the database may refuse. The remaining
/// steps cannot fail.
final class Reloader: Sendable {
    /// The parts of the server that depend on the configuration.
    struct Parts: Sendable {
        let server: HTTPServer
        /// The server's listeners, in the order of the configuration at the start.
        let listeners: [Listener]
        let api: ManagementAPI
        let dashboard: Dashboard
        let reporter: SystemReporter
        let sightings: DomainSightings
        let live: Followers
        let monitor: Monitor
        let store: Store
        let writer: Writer
        let publisher: SitePublisher
        let publishing: Publishing
        let deliverer: Deliverer
        let mirror: PageMirror
        let purger: Purger
        let purgeSender: PurgeSender
        let auditRetention: AuditRetention
        let logLevel: LogLevel
    }

    private let parts: Parts
    private let logger: Logger
    private let current: Locked<Configuration>

    init(_ configuration: Configuration, _ parts: Parts, logger: Logger) {
        self.parts = parts
        self.logger = logger
        current = Locked(configuration)
    }

    /// The configuration in effect.
    var configuration: Configuration { current.withLock { $0 } }

    /// Applies a new configuration. Calls must not overlap.
    /// - Returns: the first problem; nil if the configuration was applied.
    func reload(_ load: () throws(InvalidConfiguration) -> Configuration) -> String? {
        do {
            try apply(try load())
            parts.monitor.configuration.noteReload(.applied)
            return nil
        } catch {
            let obstacle = logger.report(error, as: "configuration not applied")
            parts.monitor.configuration.noteReload(.refused(obstacle: obstacle))
            return obstacle
        }
    }

    private func apply(_ wanted: Configuration) throws {
        let running = configuration
        logger.debug("reloading", metadata: ["file": "\(wanted.file ?? "none")"])
        let listeners = try wanted.makeListeners()
        logger.debug(
            "reload: certificates and keys read", metadata: ["listeners": .stringConvertible(listeners.count)])
        let (new, unapplied) = wanted.applicable(to: running)
        let showDocument = try parts.api.prepare(serverURL: new.serverURL)
        try applyPages(of: new)?.log(to: logger)
        logger.debug(
            "reload: pages stored and served", metadata: ["declared": .stringConvertible(new.pages?.count ?? 0)])
        showDocument()
        for (listener, place) in zip(parts.listeners, running.listen.places(in: wanted.listen)) {
            if let place { listener.become(listeners[place]) }
        }
        logger.debug("reload: certificates in use")
        applyLimits(of: new)
        logger.debug("reload: limits in use")
        current.withLock { $0 = new }
        for setting in unapplied { logger.warning("a change of \(setting) needs a restart") }
        // The operator waits for this line, so log it at every level.
        var logger = logger
        logger.logLevel = min(logger.logLevel, .info)
        logger.info(
            "configuration applied",
            metadata: ["file": "\(new.file ?? "none")", "pages": .stringConvertible(parts.publisher.site.pages.count)])
    }

    /// Without a file the pages stay unchanged, but they still get the new server URL.
    private func applyPages(of new: Configuration) throws -> PageChanges? {
        var changes: PageChanges?
        let declare = new.pages.map { pages in
            { [publishing = parts.publishing] (transaction: WriteTransaction) in
                changes = try publishing.apply(pages, allowsArchiving: new.allowsArchiving, in: transaction)
            }
        }
        try new.reportingRefusals {
            try parts.writer.refresh(as: .configuration, after: declare) { [publisher = parts.publisher] state in
                try publisher.refresh(state, new.publisherSettings)
            }
        }
        return changes
    }

    private func applyLimits(of new: Configuration) {
        parts.logLevel.use(new.logLevel)
        parts.api.use(new.rateLimits)
        parts.dashboard.use(new.dashboard)
        parts.reporter.use(new)
        parts.dashboard.use(Surroundings(new, listeners: parts.listeners, sightings: parts.sightings))
        parts.publishing.use(new.subscribers, endpoints: new.webhooks.endpointCheck)
        parts.deliverer.use(new.delivererSettings)
        parts.mirror.use(directory: new.mirror)
        parts.purgeSender.use(new.webhooks)
        parts.purger.use(new.purges)
        parts.auditRetention.use(keepDays: new.keepAuditDays)
        parts.live.use(new.live)
        parts.monitor.use(new.monitoring)
        parts.store.use(new.checkpointOwner)
        parts.writer.setCapacity(new.http.maxWaitingRequests)
        parts.server.use(new.http)
    }
}

extension Logger {
    /// Logs why a configuration was not applied: one line for each problem.
    /// - Returns: the first problem.
    func report(_ error: any Error, as message: Message) -> String {
        guard let invalid = error as? InvalidConfiguration else {
            self.error(message, metadata: ["error": "\(error)"])
            return "\(error)"
        }
        for problem in invalid.problems {
            self.error(message, metadata: ["file": "\(invalid.file ?? "none")", "problem": "\(problem)"])
        }
        return invalid.problems.first?.description ?? invalid.description
    }
}
