@testable import StatusPages

/// The same number always gives the same id.
func makeID<Entity>(_ number: UInt64) -> ID<Entity> { ID(ULID(high: 0, low: number)) }

extension Structure.Item {
    static func component(_ number: UInt64, isHidden: Bool = false) -> Structure.Item {
        .component(.numbered(number, isHidden: isHidden))
    }

    static func group(
        _ number: UInt64, isHidden: Bool = false, _ components: [Structure.PlacedComponent]
    ) -> Structure.Item {
        .group(Structure.Group(id: makeID(number), name: "Group \(number)", isHidden: isHidden, components: components))
    }

    static func subPage(_ number: UInt64, key: String, _ items: [Structure.Item]) -> Structure.Item {
        .subPage(Structure.SubPage(id: makeID(number), key: key, name: "Sub-page \(number)", items: items))
    }
}

extension Structure.PlacedComponent {
    static func numbered(_ number: UInt64, isHidden: Bool = false) -> Structure.PlacedComponent {
        Structure.PlacedComponent(Component(id: makeID(number), name: "Component \(number)"), isHidden: isHidden)
    }
}

extension StatusPage {
    /// A page with the slug `acme` by default.
    static func sample(
        number: UInt64 = 1, slug: String = "acme", kind: Kind = .public, domain: String? = nil,
        isWidgetEnabled: Bool = true, _ items: [Structure.Item] = []
    ) -> StatusPage {
        StatusPage(
            id: makeID(number), slug: slug, name: "Page \(slug)", kind: kind, domain: domain,
            isWidgetEnabled: isWidgetEnabled, structure: Structure(items: items))
    }
}

extension Incident {
    /// An incident with one update for each dictionary of component statuses, one minute apart.
    static func sample(
        _ number: UInt64, status: Status = .investigating, _ updates: [[(UInt64, ComponentStatus)]]
    ) -> Incident {
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        return Incident(
            id: makeID(number), pageID: makeID(1), name: "Incident \(number)", publishedAt: start, status: status,
            updates: updates.enumerated().map { index, changes in
                IncidentUpdate(
                    id: makeID(number * 100 + UInt64(index)),
                    publishedAt: start.advanced(byMilliseconds: Int64(index) * 60_000), message: "Message \(index)",
                    status: status,
                    componentStatuses: changes.map { ComponentStatusChange(componentID: makeID($0.0), status: $0.1) },
                    notifiesSubscribers: false)
            })
    }
}
