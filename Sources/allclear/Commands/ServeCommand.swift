public import ArgumentParser
import Glibc
import HTTPServer
public import Logging
import ManagementAPI
import PublicPages
import StatusPages
import Storage

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server until SIGTERM or SIGINT.",
        discussion: """
            Requests under way are answered before it ends. Logs go to standard error.

            On SIGHUP it reads the configuration and the certificates again, and applies all that needs no restart; if \
            anything is wrong with them, nothing changes, and the log says what it is.
            """)

    @OptionGroup var option: ConfigurationOption

    @Flag(help: "Make a key with every role if there is none, and print it with what to try first.")
    var firstKey = false

    @Option(help: "What to log: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level?

    @Flag(
        help: "Start although another server listens on the same addresses, and share them until that one is stopped.")
    var takeOver = false

    func run() throws {
        Signals.holdReloads()
        var configuration = try option.load()
        if let logLevel { configuration.logLevel = logLevel }
        defer { LogSink.standardError.flush() }
        do {
            let level = LogLevel(configuration.logLevel)
            let logger = configuration.makeLogger(level)
            configuration.leaveFiles(logger: logger)
            for override in configuration.overrides {
                logger.info("\(override.variable) counts instead of \(override.key) in the configuration file")
            }
            try serve(configuration, level, logger)
        } catch let error as ExitCode {
            throw error
        } catch let error as InvalidConfiguration {
            Terminal.complain(error)
            throw ExitCode.configuration
        } catch {
            Terminal.complain(error)
            throw ExitCode.failure
        }
    }

    private func serve(_ configuration: Configuration, _ level: LogLevel, _ logger: Logger) throws {
        let inherited = try InheritedSockets.take()
        // A second server started by mistake must not apply its pages to the first one's database.
        try HTTPServer.checkAddresses(
            configuration.listen.map(\.address), inherited: inherited, takingOver: takeOver,
            beside: configuration.monitoring.listen)
        // Where there is no database the token is needed for sure; what is wrong with it must not leave one.
        if access(configuration.database, F_OK) != 0 { _ = try BootstrapToken().read() }
        let listeners = try configuration.makeListeners()
        try DatabaseFile(configuration.database).claim(
            sharing: takeOver, waitingFor: min(configuration.http.shutdownTimeout, 60) + 5,
            waiting: { logger.notice("waiting for another server, which has the database in use, to end") })
        let application = try Application(
            configuration, listeners: listeners, bootstrapToken: BootstrapToken(), isAlone: !takeOver, logLevel: level,
            logger: logger)
        let manager = ServiceManager()
        let tellServing = { @Sendable (obstacle: String?) in
            // Who began to stop is not ready again.
            if application.isStopping { return }
            let pages = application.site.pages.count
            let status = obstacle.map { "configuration not applied: \($0)" } ?? "Serving \(pages) pages"
            manager.tell(.ready(status: status), logger: logger)
        }
        let signals = Signals(
            stop: { signal in
                logger.info("stopping")
                manager.tell(.stopping, logger: logger)
                // Who presses Ctrl-C waits for it, and has no successor started.
                application.stop(handingOver: signal == SIGTERM)
            },
            reload: { [logLevel] in
                if application.isStopping { return }
                manager.tell(.reloading, logger: logger)
                let obstacle = application.reload { () throws(InvalidConfiguration) in
                    // The file that was read at the start has to be there: without it, a server would begin anew.
                    var new = try ConfigurationLoader(file: application.configuration.file).load()
                    if let logLevel { new.logLevel = logLevel }
                    new.leaveFiles(logger: logger)
                    return new
                }
                tellServing(obstacle)
            })
        let addresses = try application.start(inherited: inherited, takingOver: takeOver)
        var metadata: Logger.Metadata = [
            "address": "\(addresses.map(\.description).joined(separator: " "))",
            "public_url": "\(configuration.serverURL)", "database": "\(configuration.database)",
            "pages": .stringConvertible(application.site.pages.count),
        ]
        if let monitoring = application.monitoringAddress { metadata["monitoring"] = "\(monitoring)" }
        logger.info("listening", metadata: metadata)
        tellServing(nil)
        if firstKey { try greet(application, at: Array(zip(addresses, configuration.listen)), logger) }
        try withExtendedLifetime(signals) { try application.finish() }
        logger.info("stopped")
    }

    /// Makes the first key and tells what a newcomer needs. Where nobody can be told, the server goes on without that key.
    private func greet(
        _ application: Application, at places: [(SocketAddress, ListenDeclaration)], _ logger: Logger
    ) throws {
        let made = try APIKeyMaker(newID: IDSource().next).makeFirst(in: application.store)
        let serving = places.first { $0.1.redirectPort == nil } ?? places.first
        guard let (address, declaration) = serving else { return }
        let isSecure = declaration.tls != nil
        let banner = Banner(address: address, isSecure: isSecure, site: application.site, firstKey: made?.token)
        do {
            try Terminal.say(banner.text)
        } catch {
            guard let made else { return }
            // A key whose token nobody has seen is of no use to anyone.
            do {
                _ = try application.store.write { try $0.revokeAPIKey(made.key.id, at: Clock.now()) }
                logger.warning(
                    "the first key was revoked, since it could not be shown; make one with allclear keys create")
            } catch {
                logger.error(
                    "the first key could not be shown, nor revoked; do that with allclear keys revoke",
                    metadata: ["key": "\(made.key.id)", "error": "\(error)"])
            }
        }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
