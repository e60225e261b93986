/// A component, and how it is managed.
public struct ManagedComponent: Equatable, Sendable {
    public var component: Component
    public let management: Management

    public init(component: Component, management: Management) {
        self.component = component
        self.management = management
    }
}

/// A command to make or change a component, as far as it could be read. It has not been checked yet.
public struct ComponentDraft: Sendable {
    public var name: String?
    /// Nil, empty text and white space all mean no description.
    public var description: String?

    public init(name: String?, description: String?) {
        self.name = name
        self.description = description
    }

    /// The component that the request describes.
    /// - Throws: everything that is wrong with the command.
    public func component(id: ID<Component>) throws(Faults) -> Component {
        let faults = [
            TextRule.name.fault(name, .name),
            TextRule.description.fault(ofOptional: description, .description),
        ].compactMap(\.self)
        guard faults.isEmpty, let name else { throw Faults(faults) }
        return Component(id: id, name: name, description: description.flatMap { TextRule.isBlank($0) ? nil : $0 })
    }
}

/// A reason why a component cannot be archived: a page shows it, or an unfinished event names it.
public struct ComponentUse: Equatable, Sendable {
    public enum Place: String, Sendable {
        case page, incident, maintenance
    }

    public let place: Place
    /// Nil for anything on an internal page, because clients must not learn of it.
    public let name: String?

    public init(_ place: Place, name: String?) {
        self.place = place
        self.name = name
    }

    private static let mostNamed = 5

    /// - Returns: nil if nothing uses the component.
    public static func fault(of uses: [ComponentUse]) -> Fault? {
        if uses.isEmpty { return nil }
        let named = uses.prefix(mostNamed).map(\.description)
        let others = uses.count > named.count ? ["\(uses.count - named.count) more"] : []
        return Fault(.inUse, [.field(.id)], "The component is in use by \((named + others).joined(separator: ", ")).")
    }

    private var description: String {
        if let name { return "the \(place.rawValue) \"\(name)\"" }
        return switch place {
        case .page: "an internal page"
        case .incident: "an incident on an internal page"
        case .maintenance: "a maintenance on an internal page"
        }
    }
}
