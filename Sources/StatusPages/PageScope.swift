/// A page or one of its sub-pages: the part of a page that has its own documents. It decides which parts of an event
/// those documents show.
public struct PageScope: Sendable {
    public let page: StatusPage
    /// Nil for the page itself.
    public let subPage: Structure.SubPage?
    /// The address, without a trailing slash.
    public let url: String
    /// The components that are not hidden, in the structure's order.
    public let visible: [Structure.Placement]
    /// All components of the scope, including hidden ones.
    private let componentIDs: Set<ID<Component>>

    /// - Parameters:
    ///   - pageURL: the address of the page, without a trailing slash.
    ///   - subPage: one of the page's sub-pages; nil for the page itself.
    public init(_ page: StatusPage, pageURL: String, subPage: Structure.SubPage? = nil) {
        self.page = page
        self.subPage = subPage
        url = subPage.map { "\(pageURL)/\($0.key)" } ?? pageURL
        let all = page.structure.placements
        let placements = subPage.map { subPage in all.filter { $0.subPageID == subPage.id } } ?? all
        visible = placements.filter { !$0.isHidden }
        componentIDs = Set(placements.map(\.component.id))
    }

    public var id: ULID { subPage?.id.ulid ?? page.id.ulid }
    public var name: String { subPage?.name ?? page.name }
    /// The components and groups, and on a page the sub-pages, in order. Includes hidden ones.
    public var items: [Structure.Item] { subPage?.items ?? page.structure.items }
    /// The path below the page: empty for the page itself.
    public var path: String { subPage.map { "/\($0.key)" } ?? "" }
    /// A sub-page shows only events that name one of these components. Nil for the page itself, which shows every
    /// event.
    public var requiredComponents: Set<ID<Component>>? { subPage == nil ? nil : componentIDs }

    public func url(of incident: ID<Incident>) -> String { "\(url)/incidents/\(incident)" }
    public func url(of maintenance: ID<Maintenance>) -> String { "\(url)/maintenances/\(maintenance)" }

    /// Whether the scope shows an event that names these components.
    public func shows(_ named: some Sequence<ID<Component>>) -> Bool {
        requiredComponents.map { required in named.contains(where: required.contains) } ?? true
    }

    public func shows(_ incident: Incident) -> Bool {
        subPage == nil || shows(incident.timeline.current.map(\.componentID))
    }
    public func shows(_ maintenance: Maintenance) -> Bool { subPage == nil || shows(maintenance.touchedComponents) }
}
