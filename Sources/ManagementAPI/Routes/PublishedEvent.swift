import JSONInput
import StatusPages
import Storage

/// An incident or a maintenance. Both have the same routes, bodies and descriptions, except for what this protocol
/// asks of them.
protocol PublishedEvent: Sendable {
    associatedtype Status: EventStatus
    associatedtype ComponentStatus: RawRepresentable, CaseIterable, Equatable, Sendable
    where ComponentStatus.RawValue == String
    associatedtype Creation: Sendable
    associatedtype Revision: Sendable
    typealias Update = EventUpdate<Status, ComponentStatus>

    var id: ID<Self> { get }
    var pageID: ID<StatusPage> { get }
    var name: String { get }
    var publishedAt: Timestamp { get }
    var status: Status { get }
    var updates: [Update] { get set }

    // MARK: On the wire

    static var names: EventNames { get }
    static var operations: EventOperations { get }
    static var creationKind: IdempotencyScope.Kind { get }

    /// Encodes the members that the other kind of event does not have.
    func encodeOwnMembers(into members: inout KeyedEncodingContainer<MemberName>) throws
    static func readCreation(_ reader: JSONReader) -> Creation
    static func readRevision(_ reader: JSONReader) -> Revision

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

    // MARK: Queries

    static func find(_ id: ID<Self>, in transaction: ReadTransaction) throws -> Self?
    static func owner(of update: ID<Update>, in transaction: ReadTransaction) throws -> ID<Self>?
    static func list(
        of page: ID<StatusPage>, matching filter: EventFilter, after: ID<Self>?, limit: Int,
        in transaction: ReadTransaction
    ) throws -> [Self]?
    func insert(in transaction: WriteTransaction) throws
    func save(publishing update: Update?, in transaction: WriteTransaction) throws
    func saveText(ofUpdateAt position: Int, in transaction: WriteTransaction) throws
    func delete(in transaction: WriteTransaction) throws
}

/// The names of one kind of event in paths, members and texts.
struct EventNames: Sendable {
    /// For example `incident`.
    let noun: String
    /// The noun with its article.
    let oneNoun: String
    /// In error messages, for example `status page incident`.
    let title: String
    /// The member that holds an event, for example `status_page_incident`. The paths contain it too.
    let event: String
    /// The member that holds a list of events.
    let events: String
    /// The member that holds an update.
    let update: String
    /// The member or path parameter with an event's ID, for example `status_page_incident_id`.
    let id: String
    /// The member with an event's status, for example `incident_status`.
    let status: String
    /// In the names of schemas and operations, for example `Incident`.
    let type: String

    init(_ noun: String, article: String) {
        self.noun = noun
        oneNoun = "\(article) \(noun)"
        title = "status page \(noun)"
        event = "status_page_\(noun)"
        events = "\(event)s"
        update = "\(event)_update"
        id = "\(event)_id"
        status = "\(noun)_status"
        type = noun.prefix(1).uppercased() + noun.dropFirst()
    }
}
