/// A component status as a client sent it: what could be read of it, not yet checked.
public struct ComponentStatusDraft: Sendable {
    public var componentID: String?
    public var status: ComponentStatus?

    public init(componentID: String?, status: ComponentStatus?) {
        self.componentID = componentID
        self.status = status
    }
}

extension [ComponentStatusDraft] {
    /// Checks component statuses: each has both parts, names a component of the page, and no component comes twice.
    /// - Parameter page: nil when it is not known; then no component is held to be missing from it.
    /// - Returns: the changes that are sound; all of them, if no fault was noted.
    func checked(on page: StatusPage?, faults: inout [Fault]) -> [ComponentStatusChange] {
        let known = page.map { Set($0.structure.placements.map(\.component.id)) }
        var seen: Set<ID<Component>> = []
        return enumerated().compactMap { index, draft in
            let place: [Fault.Step] = [.field(.componentStatuses), .index(index)]
            let id = checkedComponent(draft.componentID, known: known, at: place, seen: &seen, faults: &faults)
            if draft.status == nil {
                faults.append(Fault(.required, place + [.field(.componentStatus)], "The component status is required."))
            }
            guard let id, let status = draft.status else { return nil }
            return ComponentStatusChange(componentID: id, status: status)
        }
    }

    private func checkedComponent(
        _ text: String?, known: Set<ID<Component>>?, at place: [Fault.Step], seen: inout Set<ID<Component>>,
        faults: inout [Fault]
    ) -> ID<Component>? {
        let place = place + [.field(.componentID)]
        guard let text else {
            faults.append(Fault(.required, place, "The component's id is required."))
            return nil
        }
        guard let id = ID<Component>(text), known?.contains(id) ?? true else {
            faults.append(Fault(.unknownComponent, place, "There is no component \(text) on this status page."))
            return nil
        }
        guard seen.insert(id).inserted else {
            faults.append(Fault(.invalidValue, place, "The component \(text) is listed more than once."))
            return nil
        }
        return id
    }
}
