/// A page that tells the world, or some customers, how things are.
public struct StatusPage: Equatable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case `public`
        case customer
        /// Served by neither API: to a client it does not exist.
        case `internal`
    }

    /// How the page shows uptime beside its components.
    public enum DisplayUptimeMode: String, CaseIterable, Sendable {
        case chartAndPercentage = "chart_and_percentage"
        case chartOnly = "chart_only"
        case nothing
    }

    public let id: ID<StatusPage>
    /// The page's name in URLs, and its identity in the configuration.
    public var slug: String
    public var name: String
    public var description: String?
    public var kind: Kind
    /// The page's own host name, in lower case.
    public var domain: String?
    /// Whether the Widget API shows the page.
    public var isWidgetEnabled: Bool
    public var displayUptimeMode: DisplayUptimeMode
    public var structure: Structure

    public init(
        id: ID<StatusPage>, slug: String, name: String, description: String? = nil, kind: Kind = .public,
        domain: String? = nil, isWidgetEnabled: Bool = true,
        displayUptimeMode: DisplayUptimeMode = .chartAndPercentage, structure: Structure = Structure(items: [])
    ) {
        self.id = id
        self.slug = slug
        self.name = name
        self.description = description
        self.kind = kind
        self.domain = domain
        self.isWidgetEnabled = isWidgetEnabled
        self.displayUptimeMode = displayUptimeMode
        self.structure = structure
    }

    public var isServed: Bool { kind != .internal }

    /// The page's address: its own domain, else a path under the server's.
    /// - Parameter serverURL: without a slash at its end.
    public func publicURL(serverURL: String) -> String {
        if let domain { return "https://\(domain)" }
        return "\(serverURL)/\(slug)"
    }
}
