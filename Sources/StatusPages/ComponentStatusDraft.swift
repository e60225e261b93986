/// A component status in a request, as far as it could be read. It has not been checked yet.
public struct StatusDraft<Status: Equatable & Sendable>: Sendable {
    public var componentID: String?
    public var status: Status?

    public init(componentID: String?, status: Status?) {
        self.componentID = componentID
        self.status = status
    }
}

/// A component status in an update of an incident.
public typealias ComponentStatusDraft = StatusDraft<ComponentStatus>

extension Array {
    /// Checks component statuses. Each must have both parts and name a component of the page. No component may occur
    /// twice.
    /// - Parameters:
    ///   - page: nil if the page is unknown. The check then accepts any component id.
    ///   - named: further components that are accepted.
    /// - Returns: the valid changes; all of them if no fault was added.
    func checked<Status>(
        on page: StatusPage?, or named: Set<ID<Component>> = [], faults: inout [Fault]
    ) -> [StatusChange<Status>]
    where Element == StatusDraft<Status> {
        var check = ComponentCheck(page, or: named)
        return enumerated().compactMap { index, draft in
            let place: [Fault.Step] = [.field(.componentStatuses), .index(index)]
            let id = check.component(draft.componentID, at: place + [.field(.componentID)], faults: &faults)
            if draft.status == nil {
                faults.append(Fault(.required, place + [.field(.componentStatus)], "The component status is required."))
            }
            guard let id, let status = draft.status else { return nil }
            return StatusChange(componentID: id, status: status)
        }
    }
}

/// Checks the components in a list, one at a time.
struct ComponentCheck {
    private let known: Set<ID<Component>>?
    private let named: Set<ID<Component>>
    private var seen: Set<ID<Component>> = []

    /// - Parameter named: further components that are known.
    init(_ page: StatusPage?, or named: Set<ID<Component>> = []) {
        known = page?.structure.componentIDs
        self.named = named
    }

    /// - Returns: the component; nil if it is not on the page, or was named before.
    mutating func component(_ text: String?, at place: [Fault.Step], faults: inout [Fault]) -> ID<Component>? {
        guard let text else {
            faults.append(Fault(.required, place, "The component's id is required."))
            return nil
        }
        guard let id = ID<Component>(text), known?.contains(id) ?? true || named.contains(id) else {
            faults.append(
                Fault(.unknownComponent, place, "There is no component \"\(text.prefix(40))\" on this status page."))
            return nil
        }
        guard seen.insert(id).inserted else {
            faults.append(Fault(.invalidValue, place, "The component \(id) is listed more than once."))
            return nil
        }
        return id
    }
}
