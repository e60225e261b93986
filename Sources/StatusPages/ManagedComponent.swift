/// A component and who looks after it.
public struct ManagedComponent: Equatable, Sendable {
    public enum Origin: String, CaseIterable, Sendable {
        /// Declared in the server's configuration, and changed only there.
        case configuration = "external"
        /// Made through the API.
        case dashboard
    }

    public var component: Component
    public let origin: Origin

    public init(component: Component, origin: Origin) {
        self.component = component
        self.origin = origin
    }
}

/// The command to make or change a component, as a client sent it: what could be read of it, not yet checked.
public struct ComponentDraft: Sendable {
    public var name: String?
    /// Nil: kept as it is. Empty: there is none.
    public var description: String?

    public init(name: String?, description: String?) {
        self.name = name
        self.description = description
    }

    /// The component this makes of another.
    /// - Parameter description: what an absent description means.
    /// - Throws: everything that is wrong with the command.
    public func component(id: ID<Component>, keeping description: String? = nil) throws(Faults) -> Component {
        let faults = [
            TextRule.name.fault(name, .name),
            TextRule.description.fault(ofOptional: self.description, .description),
        ].compactMap(\.self)
        guard faults.isEmpty, let name else { throw Faults(faults) }
        let described = self.description ?? description
        return Component(id: id, name: name, description: described.flatMap { TextRule.isBlank($0) ? nil : $0 })
    }
}
