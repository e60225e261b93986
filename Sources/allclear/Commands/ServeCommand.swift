import ArgumentParser
import Glibc
import HTTPServer
import Logging
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

    @Flag(
        help: """
            Print commands to try first. If there is no API key, also create one with every role and print it. Use \
            this in a terminal only: a service manager would keep the key in its log.
            """)
    var firstKey = false

    @Option(help: "The minimum log level: trace, debug, info, notice, warning, error or critical.")
    var logLevel: LogLevelArgument?

    @Flag(
        help: """
            Take over the listening sockets of the server that uses this database. Both servers share them until the \
            old one is stopped. If no server uses it, start alone.
            """)
    var takeOver = false

    @Flag(
        help: """
            Serve the copy that litestream restore -f keeps at the configured path. Writes get 503 until allclear \
            promote makes this server the active one.
            """)
    var standby = false

    @Flag(help: "Start even if another server has replicated this database within the last 10 s.")
    var force = false

    @OptionGroup var archiving: ArchivingOption

    func validate() throws {
        if standby, takeOver || firstKey {
            throw ValidationError("--standby cannot be combined with --take-over or --first-key.")
        }
    }

    func run() throws {
        Signals.prepare()
        let configuration = try loadConfiguration()
        defer { LogSink.standardError.flush() }
        do {
            try serve(configuration)
        } catch {
            throw StartUpFailure(format: configuration.logFormat).end(error, isTakingOver: takeOver)
        }
    }

    private func loadConfiguration() throws -> Configuration {
        do {
            return adjusted(try option.loader.loadToServe().configuration)
        } catch {
            let readable = option.loader.loadWhatIsRight().configuration
            throw StartUpFailure(format: readable.logFormat).end(error)
        }
    }

    /// The command line overrides the file, at the start and after each reload.
    private func adjusted(_ configuration: Configuration) -> Configuration {
        var configuration = configuration
        if let logLevel { configuration.logLevel = logLevel.level }
        archiving.apply(to: &configuration)
        return configuration
    }

    private func serve(_ configuration: Configuration) throws {
        let level = LogLevel(configuration.logLevel)
        let logger = configuration.makeLogger(level)
        var configuration = configuration
        configuration.leaveFiles(logger: logger)
        for override in configuration.overrides {
            logger.info("\(override.variable) overrides \(override.key) in the configuration file")
        }
        let inherited = try InheritedSockets.take()
        let database = DatabaseFile(configuration.database)
        let succession = try Succession(takingOver: takeOver, of: database, logger: logger)
        // Bind the addresses before opening the database: a server that cannot listen must not apply its pages.
        let sockets = try ServerSockets(
            configuration, inherited: inherited, predecessor: succession.predecessor, logger: logger)
        var isStarted = false
        defer { if !isStarted { sockets.discard() } }
        let application = try open(
            database, configuration, isAlone: succession.predecessor == nil, logLevel: level, logger: logger)
        // A standby must not call this: its successor would write to the copy.
        let acceptSuccessors = { @Sendable in
            succession.open({ application.sockets }, whenAlone: sockets.removeDroppedFiles)
        }
        let control = ServiceControl(
            application, succession, areSocketsInherited: sockets.areInherited, logger: logger,
            whenActive: acceptSuccessors,
            load: makeReload(of: application.configuration.file, logger: logger))
        let signals = Signals(stop: control.stop, reload: control.reload, promote: control.promote)
        let places = try application.start(on: sockets)
        isStarted = true
        if !application.isStandby { acceptSuccessors() }
        announce(application, at: places, areInherited: sockets.areInherited, logger)
        if firstKey { greet(application, at: places, logger) }
        control.reportReady()
        try withExtendedLifetime(signals) { try application.finish() }
        // The socket files were kept for another server. If that one has ended too, remove them.
        if !succession.leave() { sockets.removeFiles() }
        logger.info("stopped")
    }

    /// Claims the database, opens it, and prepares to serve.
    private func open(
        _ database: DatabaseFile, _ configuration: Configuration, isAlone: Bool, logLevel: LogLevel, logger: Logger
    ) throws -> Application {
        // A new database certainly needs the token. Check it first, so that an invalid token does not leave a new file
        // behind.
        if access(configuration.database, F_OK) != 0 {
            // Check before the claim, because the claim creates the file.
            if standby { throw StandbyError.missing(path: configuration.database) }
            _ = try BootstrapToken().read()
        }
        let listeners = try configuration.makeListeners()
        try database.claim(
            sharing: !isAlone, waitingFor: min(configuration.http.shutdownTimeout, 60) + 5,
            waiting: { logger.notice("waiting for another server that uses the database to stop") })
        return try Application(
            configuration, listeners: listeners, bootstrapToken: BootstrapToken(), isStandby: standby,
            isForced: force, isAlone: isAlone, logLevel: logLevel, logger: logger)
    }

    /// Reads the file that the server started with, and fails if it is gone. Otherwise a reload would fall back to the
    /// built-in configuration.
    private func makeReload(
        of file: String?, logger: Logger
    ) -> @Sendable () throws(InvalidConfiguration) -> Configuration {
        { () throws(InvalidConfiguration) in
            var new = adjusted(try ConfigurationLoader(file: file).loadToServe().configuration)
            new.leaveFiles(logger: logger)
            return new
        }
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
