import ArgumentParser
import HTTPServer
import Logging
import ManagementAPI
import StatusPages

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server until SIGTERM or SIGINT.",
        discussion: "Requests under way are answered before it ends. Logs go to standard error.")

    @OptionGroup var option: ConfigurationOption

    @Flag(help: "Make a key with every role if there is none, and print it with what to try first.")
    var firstKey = false

    func run() throws {
        let configuration = try option.load()
        defer { LogSink.standardError.flush() }
        do {
            try serve(configuration)
        } catch let error as ExitCode {
            throw error
        } catch {
            Terminal.complain(error)
            throw ExitCode.failure
        }
    }

    private func serve(_ configuration: Configuration) throws {
        let logger = configuration.logger
        Signals.raiseFileLimit()
        // A second server started by mistake must not apply its pages to the first one's database.
        try HTTPServer.checkUnused(configuration.listen)
        let application = try Application(configuration, logger: logger)
        let server = application.server
        let signals = Signals {
            logger.info("stopping")
            server.stop()
        }
        let address = try application.start()
        logger.info(
            "listening",
            metadata: [
                "address": "\(address)", "public_url": "\(configuration.serverURL)",
                "database": "\(configuration.database)", "pages": "\(application.site.pages.count)",
            ])
        if firstKey {
            let key = try APIKeyMaker(newID: IDSource().next).makeFirst(in: application.store)
            try Terminal.say(Banner(address: address, site: application.site, firstKey: key).text)
        }
        try withExtendedLifetime(signals) { try application.finish() }
        logger.info("stopped")
    }
}
