import Accounts
import Dashboard
import HTTPServer
import Logging
import Publishing
import StatusPages
import Storage

/// The messages of a server that has just started. If they cannot be printed, the server continues.
extension ServeCommand {
    /// Logs the server's addresses, and a hint if there is no API key yet.
    /// - Parameter areInherited: whether the sockets came from the service manager.
    func announce(
        _ application: Application, at places: [SocketAddress], areInherited: Bool, _ logger: Logger
    ) {
        let configuration = application.configuration
        var metadata: Logger.Metadata = [
            "address": "\(places.map(\.description).joined(separator: " "))",
            "public_url": "\(configuration.serverURL)", "database": "\(configuration.database)",
            "pages": .stringConvertible(application.site.pages.count),
        ]
        if let monitoring = application.monitoringAddress { metadata["monitoring"] = "\(monitoring)" }
        logger.info("listening", metadata: metadata)
        if areInherited { warn(of: places, insteadOf: configuration.listen.map(\.address), logger) }
        if !firstKey, (try? application.store.read { try $0.apiKeyCount() }) == 0 {
            logger.notice("there is no API key; create one with: \(CommandHint.makingKey(for: configuration))")
        }
    }

    /// Warns if the service manager's sockets listen elsewhere than the configuration says. `allclear health` uses the
    /// configured address. If public_url is not set, its default also uses the configured port.
    private func warn(of addresses: [SocketAddress], insteadOf configured: [SocketAddress], _ logger: Logger) {
        for (address, configured) in zip(addresses, configured) where !configured.agrees(with: address) {
            logger.warning(
                "an inherited socket listens on another address than the configuration",
                metadata: ["socket": "\(address)", "listen": "\(configured)"])
        }
    }

    /// Makes the first key, if there is none, and prints the banner.
    func greet(_ application: Application, at places: [SocketAddress], _ logger: Logger) {
        let maker = APIKeyMaker(publishing: application.publishing)
        let made: (key: APIKey, token: AccessToken)?
        do {
            made = try maker.makeFirst(in: application.store)
        } catch {
            return logger.error("cannot create the first key", metadata: ["error": "\(error)"])
        }
        let declared = Array(zip(places, application.configuration.listen))
        guard let (address, declaration) = declared.first(where: { $0.1.redirectPort == nil }) ?? declared.first else {
            return
        }
        let setUpLink: String?
        do {
            setUpLink = try application.makeSetUpLink()
        } catch {
            setUpLink = nil
            logger.error("cannot create a link to set up the first owner", metadata: ["error": "\(error)"])
        }
        let banner = Banner(
            address: address, isSecure: declaration.tls != nil, site: application.site, firstKey: made?.token,
            setUpLink: setUpLink,
            keyCommand: CommandHint.makingKey(for: application.configuration))
        do {
            try Terminal.say(banner.text)
        } catch {
            if let made { revoke(made.key, with: maker, in: application.store, logger) }
        }
    }

    private func revoke(_ key: APIKey, with maker: APIKeyMaker, in store: Store, _ logger: Logger) {
        do {
            try maker.revoke(key, in: store)
            logger.warning("the first key could not be printed and was revoked; create one with allclear keys create")
        } catch {
            logger.error(
                "the first key could not be printed or revoked; revoke it with allclear keys revoke",
                metadata: ["key": "\(key.id)", "error": "\(error)"])
        }
    }
}

extension Application {
    /// Makes a link that creates the first owner. If it cannot be printed, that is harmless: nobody knows its token.
    /// - Returns: nil if there are users already, or no dashboard.
    fileprivate func makeSetUpLink() throws -> String? {
        guard configuration.dashboard.isEnabled, try store.read({ try $0.userCount() }) == 0 else { return nil }
        let token = try store.write(as: .commandLine) { try publishing.makeSetUpLink(in: $0) }
        return dashboard.rootURL + AccountLink.path(.setup, token)
    }
}
