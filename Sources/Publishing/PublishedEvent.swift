public import StatusPages
public import Storage

/// An incident or a maintenance. Both are created, changed and published in the same way, except for the members of
/// this protocol.
public protocol PublishedEvent: Sendable {
    associatedtype Status: EventStatus
    associatedtype ComponentStatus: RawRepresentable, CaseIterable, Equatable, Sendable
    where ComponentStatus.RawValue == String
    associatedtype Creation: Sendable
    associatedtype Revision: Sendable
    typealias Update = EventUpdate<Status, ComponentStatus>

    /// For error messages, for example `status page incident`.
    static var title: String { get }
    static var auditKind: AuditSubject.Kind { get }

    var id: ID<Self> { get }
    var pageID: ID<StatusPage> { get }
    var name: String { get }
    var publishedAt: Timestamp { get }
    var status: Status { get }
    var updates: [Update] { get set }

    // MARK: Decisions of the domain

    static func create(
        _ command: Creation, on page: StatusPage?, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> Self
    mutating func revise(
        _ command: Revision, page: StatusPage, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> Update?
    mutating func publish(
        _ command: Publication<Status, ComponentStatus>, page: StatusPage, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> Update
    /// Adds changes of the values that only this kind of event has.
    /// - Parameter old: the event before the change; nil for a new one.
    func noteOwnChanges(since old: Self?, in changes: inout AuditChanges)
    /// The announcement of the last update to subscribers.
    func announcement(on page: StatusPage, serverURL: String) -> Announcement?

    // MARK: Storage

    static func find(_ id: ID<Self>, in transaction: ReadTransaction) throws -> Self?
    static func owner(of update: ID<Update>, in transaction: ReadTransaction) throws -> ID<Self>?
    /// The authors of the event's updates, by the index of the update.
    static func authors(of id: ID<Self>, in transaction: ReadTransaction) throws -> [Int: UpdateAuthor]
    static func list(
        of page: ID<StatusPage>, matching filter: EventFilter, after: ID<Self>?, limit: Int,
        in transaction: ReadTransaction
    ) throws -> [Self]?
    func insert(in transaction: WriteTransaction) throws
    func save(publishing update: Update?, in transaction: WriteTransaction) throws
    func saveText(ofUpdateAt position: Int, in transaction: WriteTransaction) throws
    func delete(in transaction: WriteTransaction) throws
}

extension Incident: PublishedEvent {
    public static let title = "status page incident"
    public static let auditKind = AuditSubject.Kind.incident

    public static func create(
        _ command: IncidentCreation, on page: StatusPage?, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> Incident {
        try declare(command, on: page, at: now, newID: newID)
    }

    public func noteOwnChanges(since old: Incident?, in changes: inout AuditChanges) {}

    public func announcement(on page: StatusPage, serverURL: String) -> Announcement? {
        Announcement(self, on: page, serverURL: serverURL)
    }

    public static func find(_ id: ID<Incident>, in transaction: ReadTransaction) throws -> Incident? {
        try transaction.incident(id)
    }

    public static func authors(of id: ID<Incident>, in transaction: ReadTransaction) throws -> [Int: UpdateAuthor] {
        try transaction.authors(of: id)
    }

    public static func owner(of update: ID<IncidentUpdate>, in transaction: ReadTransaction) throws -> ID<Incident>? {
        try transaction.incident(of: update)
    }

    public static func list(
        of page: ID<StatusPage>, matching filter: EventFilter, after: ID<Incident>?, limit: Int,
        in transaction: ReadTransaction
    ) throws -> [Incident]? {
        try transaction.incidents(of: page, matching: filter, after: after, limit: limit)
    }

    public func insert(in transaction: WriteTransaction) throws { try transaction.insert(self) }

    public func save(publishing update: IncidentUpdate?, in transaction: WriteTransaction) throws {
        try transaction.save(self, publishing: update)
    }

    public func saveText(ofUpdateAt position: Int, in transaction: WriteTransaction) throws {
        try transaction.saveText(ofUpdateAt: position, of: self)
    }

    public func delete(in transaction: WriteTransaction) throws { try transaction.delete(self) }
}

extension Maintenance: PublishedEvent {
    public static let title = "status page maintenance"
    public static let auditKind = AuditSubject.Kind.maintenance

    public static func create(
        _ command: MaintenanceCreation, on page: StatusPage?, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> Maintenance {
        try schedule(command, on: page, at: now, newID: newID)
    }

    public mutating func revise(
        _ command: MaintenanceRevision, page: StatusPage, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> MaintenanceUpdate? {
        try revise(command, at: now)
        return nil
    }

    public func noteOwnChanges(since old: Maintenance?, in changes: inout AuditChanges) {
        changes.note("start_at", old?.window.startAt, window.startAt)
        changes.note("end_at", old?.window.endAt, window.endAt)
        changes.note("automated", old?.isAutomated, isAutomated)
        changes.note("notifies_automatically", old?.notifiesAutomatically ?? false, notifiesAutomatically)
    }

    public func announcement(on page: StatusPage, serverURL: String) -> Announcement? {
        Announcement(self, on: page, serverURL: serverURL)
    }

    public static func find(_ id: ID<Maintenance>, in transaction: ReadTransaction) throws -> Maintenance? {
        try transaction.maintenance(id)
    }

    public static func authors(
        of id: ID<Maintenance>, in transaction: ReadTransaction
    ) throws -> [Int: UpdateAuthor] {
        try transaction.authors(of: id)
    }

    public static func owner(
        of update: ID<MaintenanceUpdate>, in transaction: ReadTransaction
    ) throws -> ID<Maintenance>? {
        try transaction.maintenance(of: update)
    }

    public static func list(
        of page: ID<StatusPage>, matching filter: EventFilter, after: ID<Maintenance>?, limit: Int,
        in transaction: ReadTransaction
    ) throws -> [Maintenance]? {
        try transaction.maintenances(of: page, matching: filter, after: after, limit: limit)
    }

    public func insert(in transaction: WriteTransaction) throws { try transaction.insert(self) }

    public func save(publishing update: MaintenanceUpdate?, in transaction: WriteTransaction) throws {
        try transaction.save(self, publishing: update)
    }

    public func saveText(ofUpdateAt position: Int, in transaction: WriteTransaction) throws {
        try transaction.saveText(ofUpdateAt: position, of: self)
    }

    public func delete(in transaction: WriteTransaction) throws { try transaction.delete(self) }
}
