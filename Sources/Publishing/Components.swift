public import StatusPages
public import Storage

/// The configuration declares this, so it can only be changed there.
public struct ManagedByConfiguration: Error, Equatable {
    public init() {}
}

/// The use cases of components that no configuration declares.
extension Publishing {
    /// A component that clients may see.
    /// - Throws: `NotFound`, or an error of the database.
    public func find(_ id: ID<Component>, in transaction: ReadTransaction) throws -> ManagedComponent {
        guard let component = try transaction.component(id) else { throw NotFound("component") }
        return component
    }

    /// A component that may be changed.
    /// - Throws: `NotFound`, `ManagedByConfiguration`, or an error of the database.
    public func findChangeable(_ id: ID<Component>, in transaction: ReadTransaction) throws -> ManagedComponent {
        let component = try find(id, in: transaction)
        guard component.management.origin == .dashboard else { throw ManagedByConfiguration() }
        return component
    }

    /// Makes a component. It is not on any page.
    /// - Throws: `Faults`, or an error of the database.
    public func addComponent(_ draft: ComponentDraft, in transaction: WriteTransaction) throws -> ManagedComponent {
        let component = try draft.component(id: ID(newID()))
        try transaction.insert(component, at: now())
        try audit(.created, component, in: transaction)
        return ManagedComponent(component: component, management: Management(.dashboard))
    }

    /// Replaces a component's name and description.
    /// - Throws: `NotFound`, `ManagedByConfiguration`, `Faults`, or an error of the database.
    public func change(
        _ id: ID<Component>, with draft: ComponentDraft, in transaction: WriteTransaction
    ) throws -> ManagedComponent {
        let old = try findChangeable(id, in: transaction.reading)
        var managed = old
        managed.component = try draft.component(id: id)
        try transaction.save(managed.component)
        try audit(.changed, managed.component, since: old.component, in: transaction)
        return managed
    }

    /// Archives a component that nothing uses.
    /// - Throws: `NotFound`, `ManagedByConfiguration`, `Faults`, or an error of the database.
    public func archive(_ id: ID<Component>, in transaction: WriteTransaction) throws {
        let managed = try findChangeable(id, in: transaction.reading)
        if let fault = ComponentUse.fault(of: try transaction.reading.uses(of: id)) { throw Faults([fault]) }
        try transaction.archiveComponent(id, at: now())
        let subject = AuditSubject(.component, id, managed.component.name)
        try audit(.none, since: managed.management.claim, on: subject, page: nil, in: transaction)
        try audit(.archived, subject, page: nil, in: transaction)
    }

    private func audit(
        _ action: AuditEvent.Action, _ component: Component, since old: Component? = nil,
        in transaction: WriteTransaction
    ) throws {
        var changes = AuditChanges()
        changes.note("name", old?.name, component.name)
        changes.note("description", old?.description, component.description)
        if !changes.isEmpty {
            try audit(
                action, AuditSubject(.component, component.id, component.name), page: nil, changes, in: transaction)
        }
    }
}
