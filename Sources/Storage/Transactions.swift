import GRDB
public import StatusPages

/// A snapshot of the database, which does not change while it exists. Queries are extensions, in one file for each
/// noun.
public struct ReadTransaction {
    let db: Database

    init(_ db: Database) { self.db = db }
}

/// A write transaction. It notes which of its changes affect data that is kept in memory.
public struct WriteTransaction {
    let db: Database
    let changes: Changes
    /// The maker of the changes; nil for work that the audit log leaves out, such as outcomes of deliveries.
    public let actor: AuditActor?

    init(_ db: Database, as actor: AuditActor? = nil, changes: Changes = Changes()) {
        self.db = db
        self.actor = actor
        self.changes = changes
    }

    /// The same transaction, with another maker of the changes that follow.
    public func acting(as actor: AuditActor) -> WriteTransaction { WriteTransaction(db, as: actor, changes: changes) }

    /// The state with the changes that this transaction has made so far.
    public var reading: ReadTransaction { ReadTransaction(db) }
}

/// The changes of a transaction that affect data kept in memory.
final class Changes {
    /// The events that changed, by page.
    private(set) var events: [ID<StatusPage>: ChangedEvents] = [:]
    /// Whether any API key changed.
    private(set) var hasKeys = false
    /// Whether a page itself or its structure changed.
    private(set) var hasPages = false

    func note(_ incident: Incident) { events[incident.pageID, default: ChangedEvents()].incidents.insert(incident.id) }

    func note(_ maintenance: Maintenance) {
        events[maintenance.pageID, default: ChangedEvents()].maintenances.insert(maintenance.id)
    }

    func noteKeys() { hasKeys = true }

    func notePages() { hasPages = true }

    func add(_ others: Changes) {
        events.merge(others.events) { $0.union($1) }
        hasKeys = hasKeys || others.hasKeys
        hasPages = hasPages || others.hasPages
    }
}

/// The events of one page that were added, changed or deleted.
public struct ChangedEvents: Equatable, Sendable {
    public internal(set) var incidents: Set<ID<Incident>> = []
    public internal(set) var maintenances: Set<ID<Maintenance>> = []

    func union(_ other: ChangedEvents) -> ChangedEvents {
        ChangedEvents(
            incidents: incidents.union(other.incidents), maintenances: maintenances.union(other.maintenances))
    }
}
