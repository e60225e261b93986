/// The part of a page that a subscriber gets updates on.
public enum SubscriptionScope: Equatable, Sendable {
    case wholePage
    /// Chosen components, groups and sub-pages. Archived ones do not count. If no part of a choice is left, the
    /// subscriber gets no updates: the choice never becomes the whole page.
    case chosen(Choice)

    public struct Choice: Equatable, Sendable {
        public var components: [ID<Component>]
        public var groups: [ID<Structure.Group>]
        public var subPages: [ID<Structure.SubPage>]

        public init(
            components: [ID<Component>] = [], groups: [ID<Structure.Group>] = [],
            subPages: [ID<Structure.SubPage>] = []
        ) {
            self.components = components
            self.groups = groups
            self.subPages = subPages
        }
    }

    /// Whether the scope contains one of the components that an update concerns. An update that concerns no component
    /// matches only the whole page.
    public func contains(_ concerned: [ConcernedComponent]) -> Bool {
        guard case .chosen(let choice) = self else { return true }
        return concerned.contains { component in
            choice.components.contains(component.id)
                || component.groupID.map(choice.groups.contains) ?? false
                || component.subPageID.map(choice.subPages.contains) ?? false
        }
    }
}

/// A component that an update concerns, with its place on the page when the update was published.
public struct ConcernedComponent: Equatable, Sendable {
    public let id: ID<Component>
    public let groupID: ID<Structure.Group>?
    public let subPageID: ID<Structure.SubPage>?

    public init(id: ID<Component>, groupID: ID<Structure.Group>?, subPageID: ID<Structure.SubPage>?) {
        self.id = id
        self.groupID = groupID
        self.subPageID = subPageID
    }
}
