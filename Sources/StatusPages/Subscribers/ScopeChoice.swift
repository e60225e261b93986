/// The components that a form shows for a scope, and the change that it makes.
extension SubscriptionScope {
    /// The visible components that the scope contains now; nil for the whole page.
    public func covered(on page: PageScope) -> [Structure.Placement]? {
        guard case .chosen = self else { return nil }
        return page.visible.filter { placement in
            contains([
                ConcernedComponent(
                    id: placement.component.id, groupID: placement.groupID, subPageID: placement.subPageID)
            ])
        }
    }

    /// The scope after its components were chosen again in a form.
    ///
    /// Groups and sub-pages stay in the scope if all their visible components are chosen. So it also contains
    /// components that are added to them later. The form does not show hidden parts of the scope, so they stay, too.
    public func choosing(_ components: Set<ID<Component>>, on page: PageScope) -> SubscriptionScope {
        if let shown = covered(on: page), Set(shown.map(\.component.id)) == components { return self }
        let visible = page.visible.map(\.component.id)
        var choice = Choice()
        var hidden: [ID<Component>] = []
        var covered: Set<ID<Component>> = []
        func keep(_ isMember: (Structure.Placement) -> Bool) -> Bool {
            let members = Set(page.visible.filter(isMember).map(\.component.id))
            guard members.isSubset(of: components) else { return false }
            covered.formUnion(members)
            return true
        }
        if case .chosen(let old) = self {
            choice.subPages = old.subPages.filter { id in keep { $0.subPageID == id } }
            choice.groups = old.groups.filter { id in keep { $0.groupID == id } }
            hidden = old.components.filter { !visible.contains($0) }
        }
        choice.components = visible.filter { components.contains($0) && !covered.contains($0) } + hidden
        return .chosen(choice)
    }
}
