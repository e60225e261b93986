/// A page that shows the status of components to the public, to customers, or internally.
public struct StatusPage: Equatable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case `public`
        case customer
        /// Not served by either API. To clients it does not exist.
        case `internal`
    }

    /// How the page shows the uptime of its components.
    public enum DisplayUptimeMode: String, CaseIterable, Sendable {
        case chartAndPercentage = "chart_and_percentage"
        case chartOnly = "chart_only"
        case nothing
    }

    /// The URL scheme of the page's own domain.
    public enum DomainScheme: String, CaseIterable, Sendable {
        case http, https
    }

    public let id: ID<StatusPage>
    /// The page's name in URLs, which identifies it in the configuration.
    public var slug: String
    public var name: String
    public var description: String?
    public var kind: Kind
    /// The page's own host name, in lower case.
    public var domain: String?
    public var domainScheme: DomainScheme
    /// Whether the Widget API serves the page.
    public var isWidgetEnabled: Bool
    public var site: SiteSettings
    public var subscribe: SubscribeSettings
    public var cachePolicy: CachePolicy
    public var displayUptimeMode: DisplayUptimeMode
    public var structure: Structure
    public var management: Management
    /// Increases with every change to the structure that does not come from the configuration.
    public var revision: Int
    /// The time zone of the times that templates write, unless the form has one: a name of the IANA time zone database.
    public var timeZone: String
    /// The owner's picture for the browser's tab. Nil: an icon that shows the state.
    public var favicon: Picture?

    public init(
        id: ID<StatusPage>, slug: String, name: String, description: String? = nil, kind: Kind = .public,
        domain: String? = nil, domainScheme: DomainScheme = .https, isWidgetEnabled: Bool = true,
        site: SiteSettings = SiteSettings(), subscribe: SubscribeSettings = SubscribeSettings(),
        cachePolicy: CachePolicy = CachePolicy(), displayUptimeMode: DisplayUptimeMode = .chartAndPercentage,
        structure: Structure = Structure(items: []),
        management: Management = Management(.configuration), revision: Int = 0, timeZone: String = "UTC",
        favicon: Picture? = nil
    ) {
        self.id = id
        self.slug = slug
        self.name = name
        self.description = description
        self.kind = kind
        self.domain = domain
        self.domainScheme = domainScheme
        self.isWidgetEnabled = isWidgetEnabled
        self.site = site
        self.subscribe = subscribe
        self.cachePolicy = cachePolicy
        self.displayUptimeMode = displayUptimeMode
        self.structure = structure
        self.management = management
        self.revision = revision
        self.timeZone = timeZone
        self.favicon = favicon
    }

    public var isServed: Bool { kind != .internal }

    /// The same as `site.isEnabled`.
    public var isSiteEnabled: Bool { site.isEnabled }

    /// The page's address: its own domain, or otherwise a path under the server's address.
    /// - Parameter serverURL: without a trailing slash.
    public func publicURL(serverURL: String) -> String {
        if let domain { return "\(domainScheme.rawValue)://\(domain)" }
        return "\(serverURL)/\(slug)"
    }
}
