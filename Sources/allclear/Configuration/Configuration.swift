import HTTPServer
import Logging
import ManagementAPI
import PublicPages
import StatusPages
import Storage

/// Where the server tells how it is.
struct MonitoringSettings: Equatable {
    /// What a server of its own goes by, apart from the other so that it answers however busy that is.
    static var server: ServerSettings {
        var settings = ServerSettings()
        settings.eventLoops = 1
        settings.maxConnections = 100
        return settings
    }

    /// An address of its own; nil: where the pages are. Health and readiness can be asked for there always.
    var listen: SocketAddress?
    /// Whether there are metrics at all.
    var metrics = true
}

/// All that an operator decides. It is checked whole before anything starts.
struct Configuration {
    enum LogFormat: String, CaseIterable {
        case text, json
    }

    /// A variable that overrides what the file says.
    struct Override: Equatable {
        let variable: String
        /// The key in the file.
        let key: String
    }

    /// The file it was read from, if there is one.
    var file: String?
    /// What is in that file.
    var text: ConfigurationText?
    /// What the file says to no effect.
    var overrides: [Override] = []
    var listen = [ListenDeclaration(address: SocketAddress(host: "127.0.0.1", port: 8080))]
    /// What pages with a domain and a certificate of their own show to those who come by that domain.
    var domainCertificates: [String: DomainCertificate] = [:]
    /// The address clients reach the server at, without a slash at its end. Nil: `localhost` and the first port.
    var publicURL: String?
    /// The path of the database file.
    var database = "allclear.db"
    /// The variable that named it, if one did.
    var databaseVariable: String?
    /// Who makes its checkpoints; nil to look for Litestream.
    var checkpoints: Checkpoints?
    /// Whether pages and components with ongoing events may be archived.
    var allowsArchiving = false
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
    var http = ServerSettings()
    /// How readers may wait for changes.
    var live = LiveSettings()
    var rateLimits = RateLimits()
    var monitoring = MonitoringSettings()
    /// Nil without a configuration file: the pages stay what they are in the database, and a new database gets a page
    /// to try things on.
    var pages: [PageDeclaration]?

    var serverURL: String {
        if let publicURL { return publicURL }
        guard let first = listen.first(where: { $0.address.port != nil && $0.redirectPort == nil }),
            let port = first.address.port
        else { return "http://localhost" }
        return "\(first.tls == nil ? "http" : "https")://localhost:\(port)"
    }

    /// The page a new database gets when nothing is declared.
    static let demoPages = [
        PageDeclaration(
            slug: "demo", name: "Demo Status", description: "A page to try things on.",
            items: [
                .component(PageDeclaration.Component(key: "website", name: "Website")),
                .group(
                    PageDeclaration.Group(
                        key: "services", name: "Services",
                        components: [
                            PageDeclaration.Component(key: "api", name: "API"),
                            PageDeclaration.Component(key: "login", name: "Login"),
                        ])),
            ])
    ]
}
