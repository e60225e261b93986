import HTTPServer
import Markup
import PublicPages
import Publishing
import StatusPages
import Storage

/// An incident or a maintenance on the screens. Both are listed, composed, reviewed and published in the same way,
/// except for the members of this protocol.
protocol ComposedEvent: PublishedEvent {
    static var words: EventWords { get }
    /// The statuses that a form for a new event offers; empty if it always begins in the same one.
    static var beginnings: [Status] { get }

    static func word(for status: Status) -> String
    static func word(for status: ComponentStatus) -> String
    /// The statuses that updates can give a component, besides operational.
    static var impacts: [ComponentStatus] { get }

    static func search(
        _ search: EventSearch, of page: ID<StatusPage>, after: ID<Self>?, limit: Int, in transaction: ReadTransaction
    ) throws -> [Self]

    static var kind: Announcement.EventKind { get }

    /// The command of a form. Parts that cannot be read are nil.
    static func creation(_ input: EventInput<Self>) -> Creation
    /// The faults that the domain cannot find, such as an hour that the time zone skips.
    static func ownFaults(of form: URLEncodedForm) -> [FieldFault]
    func renaming(to name: String?) -> Revision

    /// The fields that only a new event of this kind has, before those about subscribers.
    static func ownFields(_ fields: Fields, page: StatusPage) -> HTML
    /// The fields with what a new event affects.
    static func componentFields(_ fields: Fields, page: StatusPage) -> HTML
    /// The values of an empty form, besides the common ones.
    static func defaults(_ visit: Visit) -> [(String, String)]
    /// Further facts for the review and the event's screen, such as the times of the window.
    func details(in zone: Zone) -> HTML
    /// The buttons that only this kind has on its screen.
    func ownActions(_ visit: Visit, on page: StatusPage) -> HTML
    /// The forms that only this kind has on its screen.
    func ownForms(_ visit: Visit, on page: StatusPage, _ fields: Fields) -> HTML
    static func addOwn(to router: inout Router<Screen>)

    var pageEvent: PageEvent { get }
    /// The components that the event affects now.
    var affected: [ID<Component>: ComponentStatus] { get }
}

/// The names of one kind of event on screens and in paths.
struct EventWords: Sendable {
    /// For example `incident`.
    let noun: String
    /// The last part of the list's path, for example `incidents`.
    let path: String
    let list: String
    let isEmpty: String
    /// The heading of the form for a new one.
    let new: String
    /// The button that publishes a new one.
    let publish: String
    let published: Notice
    let tab: ScreenPage.Tab
}

extension ComposedEvent {
    static func listPath(on page: StatusPage) -> String { "\(page.dashboardPath)/\(words.path)" }
    func path(on page: StatusPage) -> String { "\(Self.listPath(on: page))/\(id)" }
    var isOver: Bool { status == .closing }

    /// The event that the path names, if it is on the page that the path names.
    /// - Throws: `NotFound`.
    static func find(_ text: String, on page: StatusPage, in transaction: ReadTransaction) throws -> Self {
        guard let id = ID<Self>(text), let event = try find(id, in: transaction), event.pageID == page.id else {
            throw NotFound(words.noun)
        }
        return event
    }
}

extension Incident: ComposedEvent {
    static let words = EventWords(
        noun: "incident", path: "incidents", list: "Incidents", isEmpty: "No incidents yet", new: "Publish incident",
        publish: "Publish", published: .published, tab: .incidents)
    static let kind = Announcement.EventKind.incident
    static let beginnings = Status.allCases
    static let impacts = [StatusPages.ComponentStatus.degradedPerformance, .partialOutage, .fullOutage]

    static func word(for status: Status) -> String { status.word }
    static func word(for status: StatusPages.ComponentStatus) -> String { ShownStatus(status).word }

    static func search(
        _ search: EventSearch, of page: ID<StatusPage>, after: ID<Incident>?, limit: Int,
        in transaction: ReadTransaction
    ) throws -> [Incident] {
        try transaction.incidents(of: page, matching: search, after: after, limit: limit)
    }

    static func creation(_ input: EventInput<Incident>) -> IncidentCreation {
        IncidentCreation(
            name: input.name, status: input.status, message: input.message, idempotencyKey: input.form["key"],
            notifiesSubscribers: input.notifies, componentStatuses: input.componentStatuses)
    }

    static func ownFaults(of form: URLEncodedForm) -> [FieldFault] { [] }
    func renaming(to name: String?) -> IncidentRevision {
        IncidentRevision(renames: true, name: name, publication: nil)
    }

    static func ownFields(_ fields: Fields, page: StatusPage) -> HTML { "" }

    static func componentFields(_ fields: Fields, page: StatusPage) -> HTML {
        ComponentFields.selects(Incident.self, fields, page: page, unchanged: "Not affected", now: [:])
    }

    static func defaults(_ visit: Visit) -> [(String, String)] { [] }
    func details(in zone: Zone) -> HTML { "" }
    func ownActions(_ visit: Visit, on page: StatusPage) -> HTML { "" }
    func ownForms(_ visit: Visit, on page: StatusPage, _ fields: Fields) -> HTML { "" }
    static func addOwn(to router: inout Router<Screen>) {}

    var pageEvent: PageEvent { .incident(self) }
    var affected: [ID<Component>: StatusPages.ComponentStatus] {
        let current = timeline.current.filter { $0.status != .operational }
        return Dictionary(current.map { ($0.componentID, $0.status) }) { _, last in last }
    }
}
