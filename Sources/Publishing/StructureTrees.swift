public import StatusPages
public import Storage

/// Why the structure of a page cannot be saved as a whole.
public enum StructureRefusal: Error, Equatable {
    /// Somebody saved another structure meanwhile. The page has this revision now.
    case newerRevision(Int)
    case managedByConfiguration
    /// A tool manages the structure.
    case claimed(Claim)
    /// These ongoing events name components that would leave the page.
    case ongoingEvents([HiddenEvent])
}

/// An ongoing event that names components which would leave its page.
public struct HiddenEvent: Equatable, Sendable {
    public let event: PageEvent
    /// The names of the components.
    public let components: [String]
}

/// The use cases of structures that people edit as trees.
extension Publishing {
    /// The structure of a page to edit.
    /// - Throws: `NotFound`, or an error of the database.
    public func structureTree(
        of id: ID<StatusPage>, in transaction: ReadTransaction
    ) throws -> (tree: StructureTree, revision: Int) {
        guard let page = try transaction.page(id) else { throw NotFound("status page") }
        let fixed = try transaction.allComponents().filter { $0.management.manager != .dashboard }
        let tree = StructureTree(
            page.structure, keys: try transaction.itemKeys(of: id), fixed: Set(fixed.map(\.component.id)))
        return (tree, page.revision)
    }

    /// The components that may be added to a tree: those that are not archived, and not in the tree.
    /// - Throws: an error of the database.
    public func components(
        toAddTo tree: StructureTree, in transaction: ReadTransaction
    ) throws -> [ManagedComponent] {
        try transaction.allComponents().filter { tree.item($0.component.id.ulid) == nil }
    }

    /// Replaces the structure of a made page. Archives the groups and sub-pages that the tree lacks, for good.
    /// Components that it lacks only lose their place. Saving the same structure again changes nothing.
    /// - Parameters:
    ///   - revision: the revision of the page that the tree was made from.
    ///   - withOngoingEvents: whether to save it although components leave the page while ongoing events name them.
    /// - Returns: the page after the change.
    /// - Throws: `NotFound`, `StructureRefusal`, `Faults` that name items by their handles, or an error of the
    ///   database.
    @discardableResult
    public func saveStructure(
        _ tree: StructureTree, of id: ID<StatusPage>, basedOn revision: Int, withOngoingEvents: Bool,
        in transaction: WriteTransaction
    ) throws -> StatusPage {
        guard let page = try transaction.reading.page(id) else { throw NotFound("status page") }
        guard page.management.origin == .dashboard else { throw StructureRefusal.managedByConfiguration }
        guard page.management.manager == .dashboard else { throw StructureRefusal.claimed(page.management.claim) }
        guard page.revision == revision else { throw StructureRefusal.newerRevision(page.revision) }
        let checked = try tree.checked(
            with: try transaction.reading.allComponents(), history: try transaction.reading.keyHistory(of: id),
            reserved: reservedWords)
        let events = try eventsHidden(by: checked.structure, on: page, in: transaction.reading)
        if !withOngoingEvents, !events.isEmpty { throw StructureRefusal.ongoingEvents(events) }
        for component in checked.renamed { try rename(component, in: transaction) }
        if try isUnchanged(checked, of: page, in: transaction.reading) {
            return try transaction.reading.page(id) ?? page
        }
        try auditingPages(in: transaction) {
            for component in checked.added { try transaction.insert(component, at: now()) }
            try transaction.save(
                checked.structure, keys: checked.keys, page.displayUptimeMode, of: id, at: now(), newID: newID)
        }
        guard let changed = try transaction.reading.page(id) else { throw NotFound("status page") }
        return changed
    }

    private func rename(_ component: Component, in transaction: WriteTransaction) throws {
        guard let old = try transaction.reading.allComponents().first(where: { $0.component.id == component.id })
        else { throw NotFound("component") }
        try transaction.save(component)
        var changes = AuditChanges()
        changes.note("name", old.component.name, component.name)
        changes.note("description", old.component.description, component.description)
        try audit(
            .changed, AuditSubject(.component, component.id, component.name), page: nil, changes, in: transaction)
    }

    /// Whether the page has the structure already, except for the texts of components.
    private func isUnchanged(
        _ checked: CheckedStructure, of page: StatusPage, in transaction: ReadTransaction
    ) throws -> Bool {
        guard checked.added.isEmpty, let current = try transaction.page(page.id),
            current.structure == checked.structure
        else { return false }
        let keys = try transaction.itemKeys(of: page.id)
        return checked.keys.allSatisfy { item, key in keys.key(of: item) == key }
    }

    /// The ongoing events that name components which the new structure lacks. Automated maintenances that are over do
    /// not count, because the server completes them itself.
    private func eventsHidden(
        by structure: Structure, on page: StatusPage, in transaction: ReadTransaction
    ) throws -> [HiddenEvent] {
        let kept = Set(structure.placements.map(\.component.id))
        let leaving = page.structure.placements.map(\.component).filter { !kept.contains($0.id) }
        if leaving.isEmpty { return [] }
        func hidden(_ event: PageEvent, naming named: [ID<Component>]) -> HiddenEvent? {
            let named = Set(named)
            let components = leaving.filter { named.contains($0.id) }.map(\.name)
            return components.isEmpty ? nil : HiddenEvent(event: event, components: components)
        }
        let now = now()
        let incidents = try transaction.ongoingIncidents(of: page.id).compactMap { incident in
            hidden(.incident(incident), naming: incident.updates.flatMap { $0.componentStatuses.map(\.componentID) })
        }
        let maintenances = try transaction.unfinishedMaintenances(of: page.id)
            .filter { !$0.isAutomated || $0.window.endAt > now }
            .compactMap { hidden(.maintenance($0), naming: $0.touchedComponents) }
        return incidents + maintenances
    }
}
