import Dashboard
import HTTPServer
import Logging
import ManagementAPI
import Notifications
import PublicPages
import Publishing
import StatusPages
import Storage

/// The settings for health, readiness and metrics.
struct MonitoringSettings: Equatable {
    /// The engine settings of the separate monitoring server. It is separate, so that it answers even when the main
    /// server is busy.
    static var server: ServerSettings {
        var settings = ServerSettings()
        settings.eventLoops = 1
        settings.maxConnections = 100
        return settings
    }

    /// The address of the separate monitoring server. Nil: the main listeners serve the metrics. They serve health and
    /// readiness in any case.
    var listen: SocketAddress?
    /// Whether `/metrics` is served.
    var metrics = true
}

/// All settings of a server. They are checked completely before anything starts.
struct Configuration {
    enum LogFormat: String, CaseIterable {
        case text, json
    }

    /// An environment variable that overrides a key of the file.
    struct Override: Equatable {
        let variable: String
        /// The key in the file.
        let key: String
    }

    /// The path of the configuration file, if there is one.
    var file: String?
    /// The text of that file.
    var text: ConfigurationText?
    /// The keys of the file that environment variables override.
    var overrides: [Override] = []
    var listen = [ListenDeclaration(address: SocketAddress(host: "127.0.0.1", port: 8080))]
    /// The certificates of pages with their own domain and certificate, by domain.
    var domainCertificates: [String: DomainCertificate] = [:]
    /// The files of the pages' logos and favicons, by the page's slug.
    var pictures: [String: [PictureFile]] = [:]
    /// The URL at which clients reach the server, without a trailing slash. Nil: `localhost` with the first port.
    var publicURL: String?
    /// The path of the database file.
    var database = "allclear.db"
    /// The environment variable that set the path, if one did.
    var databaseVariable: String?
    /// Whether this server or another program checkpoints the database; nil to look for Litestream. Replication
    /// overrides it.
    var checkpoints: Checkpoints?
    /// Nil: writes are answered without waiting for a copy.
    var replication: ReplicationSettings?
    /// Whether a configuration may archive pages and components that have ongoing events.
    var allowsArchiving = false
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
    var http = ServerSettings()
    /// The limits for readers that wait for changes.
    var live = LiveSettings()
    var rateLimits = RateLimits()
    var monitoring = MonitoringSettings()
    /// The relay for emails. Nil: the server sends none, and pages have no form to subscribe.
    var mail: MailSettings?
    var webhooks = WebhookSettings()
    var subscribers = SubscriptionRules()
    var dashboard = DashboardSettings()
    /// For how many days the audit log keeps events; 0 keeps them forever.
    var keepAuditDays = 730
    /// Whether public documents have the keys by which caches purge them.
    var hasCacheTags = false
    /// The directory in which the public documents are kept as files. Nil: there is none.
    var mirror: String?
    /// The requests by which caches forget documents that changed.
    var purges: [PurgeTarget] = []
    /// Nil without a configuration file. An existing database then keeps its pages, and a new one gets a demo page.
    var pages: [PageDeclaration]?

    var serverURL: String {
        if let publicURL { return publicURL }
        guard let first = listen.first(where: { $0.address.port != nil && $0.redirectPort == nil }),
            let port = first.address.port
        else { return "http://localhost" }
        return "\(first.tls == nil ? "http" : "https")://localhost:\(port)"
    }

    /// The page of a new database when no pages are declared.
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
