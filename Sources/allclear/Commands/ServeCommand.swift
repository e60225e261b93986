public import ArgumentParser
import Glibc
import HTTPServer
public import Logging
import ManagementAPI
import PublicPages
import StatusPages

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server until SIGTERM or SIGINT.",
        discussion: "Requests under way are answered before it ends. Logs go to standard error.")

    @OptionGroup var option: ConfigurationOption

    @Flag(help: "Make a key with every role if there is none, and print it with what to try first.")
    var firstKey = false

    @Option(help: "What to log: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level?

    @Flag(
        help: "Start although another server listens on the same addresses, and share them until that one is stopped.")
    var takeOver = false

    func run() throws {
        var configuration = try option.load()
        if let logLevel { configuration.logLevel = logLevel }
        defer { LogSink.standardError.flush() }
        do {
            leaveFiles(for: &configuration)
            try serve(configuration)
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

    /// Keeps the connections from using up the files that the database needs.
    private func leaveFiles(for configuration: inout Configuration) {
        let forOthers = 64
        let most = max(1, Signals.raiseFileLimit() - forOthers)
        guard configuration.http.maxConnections > most else { return }
        configuration.http.maxConnections = most
        configuration.live.makeRoom(among: most)
        configuration.logger.warning(
            "fewer connections than configured: the system allows this process no more open files",
            metadata: ["max_connections": "\(most)"])
    }

    private func serve(_ configuration: Configuration) throws {
        let logger = configuration.logger
        let inherited = try InheritedSockets.take()
        // A second server started by mistake must not apply its pages to the first one's database.
        try HTTPServer.checkAddresses(
            configuration.listen.map(\.address), inherited: inherited, takingOver: takeOver)
        if let address = configuration.monitoring.listen {
            try HTTPServer.checkAddresses([address], takingOver: takeOver)
        }
        let application = try Application(configuration, logger: logger)
        if let token = configuration.bootstrapToken,
            try APIKeyMaker(newID: IDSource().next).makeFirst(token: token, in: application.store) != nil
        {
            logger.info("made the first key, with the token from the environment")
        }
        let manager = ServiceManager()
        let isServing = ServiceManager.Notice.ready(status: "Serving \(application.site.pages.count) pages")
        let signals = Signals(
            stop: { signal in
                logger.info("stopping")
                manager.tell(.stopping, logger: logger)
                // Who presses Ctrl-C waits for it, and has no successor started.
                application.stop(handingOver: signal == SIGTERM)
            },
            reload: {
                manager.tell(.reloading, logger: logger)
                application.reload(logger: logger)
                manager.tell(isServing, logger: logger)
            })
        let addresses = try application.start(inherited: inherited, takingOver: takeOver)
        logger.info(
            "listening",
            metadata: [
                "address": "\(addresses.map(\.description).joined(separator: " "))",
                "public_url": "\(configuration.serverURL)", "database": "\(configuration.database)",
                "pages": "\(application.site.pages.count)",
            ])
        manager.tell(isServing, logger: logger)
        if firstKey { try greet(application, at: Array(zip(addresses, configuration.listen))) }
        try withExtendedLifetime(signals) { try application.finish(within: configuration.http.shutdownTimeout) }
        logger.info("stopped")
    }

    /// Makes the first key and tells what a newcomer needs.
    private func greet(_ application: Application, at places: [(SocketAddress, ListenDeclaration)]) throws {
        let key = try APIKeyMaker(newID: IDSource().next).makeFirst(in: application.store)
        let serving = places.first { $0.1.redirectPort == nil } ?? places.first
        guard let (address, declaration) = serving else { return }
        let isSecure = declaration.tls != nil
        try Terminal.say(Banner(address: address, isSecure: isSecure, site: application.site, firstKey: key).text)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
