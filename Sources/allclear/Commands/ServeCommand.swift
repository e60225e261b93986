import ArgumentParser
import Glibc
import HTTPServer
import Locking
import Logging
import ManagementAPI
import PublicPages
import StatusPages
import Storage

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server until SIGTERM or SIGINT.",
        discussion: """
            When it stops, the server first answers the requests in progress. Logs go to standard error.

            On SIGHUP, the server reloads the configuration and the certificates. It applies every setting that needs \
            no restart. If anything is invalid, nothing changes and the log reports the problem.

            At the start and on SIGHUP, the server refuses a configuration that would archive a page or component \
            with ongoing incidents or maintenances. --allow-archiving permits it, and so does "allow_archiving": true \
            in the configuration. `allclear check` shows what a configuration would change.
            """)

    @OptionGroup var option: ConfigurationOption

    @Flag(help: "Print commands to try first. If there is no API key, also create one with every role and print it.")
    var firstKey = false

    @Option(help: "The minimum log level: trace, debug, info, notice, warning, error or critical.")
    var logLevel: LogLevelArgument?

    @Flag(
        help: """
            Take over the listening sockets of the server that uses this database. Both servers share them until the \
            old one is stopped. If no server uses it, start alone.
            """)
    var takeOver = false

    @OptionGroup var archiving: ArchivingOption

    func run() throws {
        Signals.prepare()
        var configuration: Configuration
        do {
            configuration = try option.loader.loadToServe().configuration
        } catch {
            let readable = option.loader.loadWhatIsRight().configuration
            StartUpFailure(format: readable.logFormat).report(error)
            throw ExitCode.configuration
        }
        if let logLevel { configuration.logLevel = logLevel.level }
        archiving.apply(to: &configuration)
        let failure = StartUpFailure(format: configuration.logFormat)
        defer { LogSink.standardError.flush() }
        do {
            let level = LogLevel(configuration.logLevel)
            let logger = configuration.makeLogger(level)
            configuration.leaveFiles(logger: logger)
            for override in configuration.overrides {
                logger.info("\(override.variable) overrides \(override.key) in the configuration file")
            }
            try serve(configuration, level, logger)
        } catch let error as ExitCode {
            throw error
        } catch let error where error is InvalidConfiguration || error is InheritedSockets.Unusable {
            failure.report(error)
            throw ExitCode.configuration
        } catch let error as ServerStartError where error.isAddressInUse {
            let advice =
                takeOver
                ? "--take-over works only with an allclear server of the same user"
                : "stop the process that listens there, or use --take-over if it is allclear"
            failure.report(error, advice: advice)
            throw ExitCode.failure
        } catch {
            failure.report(error)
            throw ExitCode.failure
        }
    }

    private func serve(_ configuration: Configuration, _ level: LogLevel, _ logger: Logger) throws {
        let inherited = try InheritedSockets.take()
        let database = DatabaseFile(configuration.database)
        let succession = try Succession(takingOver: takeOver, of: database, logger: logger)
        // Bind the addresses before opening the database: a server that cannot listen must not apply its pages.
        let sockets = try ServerSockets(
            configuration, inherited: inherited, predecessor: succession.predecessor, logger: logger)
        var isStarted = false
        defer { if !isStarted { sockets.discard() } }
        // A new database certainly needs the token. Check it first, so that an invalid token does not leave a new file
        // behind.
        if access(configuration.database, F_OK) != 0 { _ = try BootstrapToken().read() }
        let listeners = try configuration.makeListeners()
        let isAlone = succession.predecessor == nil
        try database.claim(
            sharing: !isAlone, waitingFor: min(configuration.http.shutdownTimeout, 60) + 5,
            waiting: { logger.notice("waiting for another server that uses the database to stop") })
        let application = try Application(
            configuration, listeners: listeners, bootstrapToken: BootstrapToken(), isAlone: isAlone, logLevel: level,
            logger: logger)
        let manager = ServiceManager()
        let tellServing = { @Sendable in
            // Never report ready after the stop has begun.
            if application.isStopping { return }
            manager.tell(.ready(status: application.status), logger: logger)
        }
        let isReloading = Locked(false)
        let signals = Signals(
            stop: {
                logger.info("stopping")
                manager.tell(.stopping, logger: logger)
                succession.close()
                let isSucceeded = succession.sharesSockets
                application.stop(handingOver: isSucceeded || sockets.areInherited, isSucceeded: isSucceeded)
            },
            reload: { [logLevel, archiving] in
                if application.isStopping { return }
                isReloading.withLock { isReloading in
                    isReloading = true
                    manager.tell(.reloading, logger: logger)
                }
                application.reload { () throws(InvalidConfiguration) in
                    // Reload the file that the server started with, and fail if it is gone. Otherwise the reload would
                    // fall back to the built-in configuration.
                    var new = try ConfigurationLoader(file: application.configuration.file).loadToServe().configuration
                    if let logLevel { new.logLevel = logLevel.level }
                    archiving.apply(to: &new)
                    new.leaveFiles(logger: logger)
                    return new
                }
                isReloading.withLock { isReloading in
                    isReloading = false
                    tellServing()
                }
            })
        let places = try application.start(on: sockets)
        isStarted = true
        succession.open({ application.sockets }, whenAlone: sockets.removeDroppedFiles)
        announce(application, at: places, areInherited: sockets.areInherited, logger)
        // Before READY=1: `systemctl start && journalctl` must show the key.
        if firstKey { greet(application, at: places, logger) }
        application.readOnlyStart.whenOver {
            // READY=1 also means that a reload has ended. So during a reload, only its own end may send it.
            isReloading.withLock { if !$0 { tellServing() } }
        }
        tellServing()
        try withExtendedLifetime(signals) { try application.finish() }
        // The socket files stayed for another server, which may have ended since.
        if !succession.leave() { sockets.removeFiles() }
        logger.info("stopped")
    }
}

/// The value of `--log-level`.
struct LogLevelArgument: ExpressibleByArgument {
    static let allValueStrings = Logger.Level.allCases.map(\.rawValue)

    let level: Logger.Level

    init?(argument: String) {
        guard let level = Logger.Level(rawValue: argument) else { return nil }
        self.level = level
    }
}
