import JSONInput
import Publishing
import StatusPages
import Storage

/// An incident or a maintenance as a resource of the API. Both have the same routes, bodies and descriptions, except for
/// the requirements of this protocol.
protocol EventResource: PublishedEvent {
    static var names: EventNames { get }
    static var operations: EventOperations { get }
    static var creationKind: IdempotencyScope.Kind { get }

    /// Encodes the members that the other kind of event does not have.
    func encodeOwnMembers(into members: inout KeyedEncodingContainer<MemberName>) throws
    static func readCreation(_ reader: JSONReader) -> Creation
    static func readRevision(_ reader: JSONReader) -> Revision
}

/// The names of one kind of event in paths, members and texts.
struct EventNames: Sendable {
    /// For example `incident`.
    let noun: String
    /// The noun with its article.
    let oneNoun: String
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
        event = "status_page_\(noun)"
        events = "\(event)s"
        update = "\(event)_update"
        id = "\(event)_id"
        status = "\(noun)_status"
        type = noun.prefix(1).uppercased() + noun.dropFirst()
    }
}
