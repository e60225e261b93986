/// A page as the configuration declares it. It has stable keys, but not the ids that the database keeps for them.
public struct PageDeclaration: Equatable, Sendable {
    public enum Item: Equatable, Sendable {
        case component(Component)
        case group(Group)
        case subPage(SubPage)
    }

    public struct Component: Equatable, Sendable {
        public var key: String
        public var name: String
        public var description: String?
        public var displayUptime: Bool
        public var isHidden: Bool

        public init(
            key: String, name: String, description: String? = nil, displayUptime: Bool = true, isHidden: Bool = false
        ) {
            self.key = key
            self.name = name
            self.description = description
            self.displayUptime = displayUptime
            self.isHidden = isHidden
        }
    }

    public struct Group: Equatable, Sendable {
        public var key: String
        public var name: String
        public var description: String?
        public var isHidden: Bool
        public var displayAggregatedUptime: Bool
        public var components: [Component]

        public init(
            key: String, name: String, description: String? = nil, isHidden: Bool = false,
            displayAggregatedUptime: Bool = true, components: [Component] = []
        ) {
            self.key = key
            self.name = name
            self.description = description
            self.isHidden = isHidden
            self.displayAggregatedUptime = displayAggregatedUptime
            self.components = components
        }
    }

    public struct SubPage: Equatable, Sendable {
        public var key: String
        public var name: String
        /// Components and groups.
        public var items: [Item]

        public init(key: String, name: String, items: [Item] = []) {
            self.key = key
            self.name = name
            self.items = items
        }
    }

    /// How many components are declared, including those in groups and sub-pages.
    public var componentCount: Int { Self.count(items) }

    private static func count(_ items: [Item]) -> Int {
        items.reduce(0) { count, item in
            switch item {
            case .component: count + 1
            case .group(let group): count + group.components.count
            case .subPage(let subPage): count + self.count(subPage.items)
            }
        }
    }

    public var slug: String
    /// Whether the declaration takes over a page with this slug that was not declared before.
    public var adopts: Bool
    public var name: String
    public var description: String?
    public var kind: StatusPage.Kind
    public var domain: String?
    public var domainScheme: StatusPage.DomainScheme
    public var isWidgetEnabled: Bool
    public var site: SiteSettings
    public var subscribe: SubscribeSettings
    public var cachePolicy: CachePolicy
    public var displayUptimeMode: StatusPage.DisplayUptimeMode
    /// See `StatusPage.timeZone`.
    public var timeZone: String
    /// See `StatusPage.favicon`.
    public var favicon: Picture?
    public var items: [Item]

    /// - Parameter isWidgetEnabled: nil for the default: true for public pages, false for others. Anyone who knows the
    ///   address of a widget can read it.
    public init(
        slug: String, adopts: Bool = false, name: String, description: String? = nil,
        kind: StatusPage.Kind = .public, domain: String? = nil,
        domainScheme: StatusPage.DomainScheme = .https, isWidgetEnabled: Bool? = nil,
        site: SiteSettings = SiteSettings(), subscribe: SubscribeSettings = SubscribeSettings(),
        cachePolicy: CachePolicy = CachePolicy(), displayUptimeMode: StatusPage.DisplayUptimeMode = .chartAndPercentage,
        timeZone: String = "UTC", favicon: Picture? = nil, items: [Item] = []
    ) {
        self.slug = slug
        self.adopts = adopts
        self.name = name
        self.description = description
        self.kind = kind
        self.domain = domain
        self.domainScheme = domainScheme
        self.isWidgetEnabled = isWidgetEnabled ?? (kind == .public)
        self.site = site
        self.subscribe = subscribe
        self.cachePolicy = cachePolicy
        self.displayUptimeMode = displayUptimeMode
        self.timeZone = timeZone
        self.favicon = favicon
        self.items = items
    }
}
