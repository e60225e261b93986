import Accounts
import HTTPServer
import Publishing
import StatusPages
import Storage

/// Everything that is wrong with a form.
struct FormFaults: Error, Equatable {
    let all: [FieldFault]

    init(_ all: [FieldFault]) { self.all = all }

    /// - Parameter own: faults of the form itself. They hide those of the domain at the same fields.
    init(_ own: [FieldFault], and faults: Faults) {
        let fields = Set(own.map(\.field))
        all = own + faults.all.map(FieldFault.init).filter { !fields.contains($0.field) }
    }
}

/// The data that a form needs from the database.
struct ComposerReading {
    /// How many active subscribers the page has. The scopes of some may exclude an update.
    let subscribers: Int
    /// The templates for the page and this kind of event.
    let templates: [Template]
    /// The user's unfinished form.
    let draft: EventForm?

    init<Event: ComposedEvent>(_ visit: Visit, _ page: StatusPage, _ kind: Event.Type) throws {
        self = try visit.context.store.read { try Self(visit, page, kind, of: nil, in: $0) }
    }

    /// - Parameter event: nil for a new one.
    init<Event: ComposedEvent>(
        _ visit: Visit, _ page: StatusPage, _: Event.Type, of event: ULID?, in transaction: ReadTransaction
    ) throws {
        subscribers = try transaction.subscriberCount(
            of: page.id, .active, over: visit.context.publishing.rules.channels)
        templates = try transaction.templates(for: page.id).filter { $0.kind == Event.kind }
        draft = try transaction.form(Event.draftPlace(on: page, of: event), of: visit.user.id.ulid)
    }
}

/// The data that the screen of an event needs from the database.
struct EventReading<Event: ComposedEvent> {
    /// More than an event can have: 100 updates, one that ends it, and two by the clock.
    private static var mostNotifications: Int { 110 }

    let event: Event
    /// By the index of their update.
    let authors: [Int: UpdateAuthor]
    /// By the id of their update.
    let notifications: [ULID: UpdateNotification]
    /// The notifications that can still be stopped, oldest first, and how many subscribers each one is for.
    let held: [(notification: UpdateNotification, recipients: Int)]
    let composer: ComposerReading

    /// Reads the event of the visit's path.
    /// - Throws: `NotFound`, or an error of the database.
    init(_ visit: Visit, _ page: StatusPage) throws {
        self = try visit.context.store.read { transaction in
            let event = try Event.find(visit.parameters[1], on: page, in: transaction)
            let notifications =
                try transaction.notifications(of: page.id, event: event.id.ulid, limit: Self.mostNotifications) ?? []
            let channels = visit.context.publishing.rules.channels
            let held = try notifications.filter { $0.isHeld(at: visit.now) }.reversed().map { notification in
                let recipients = try transaction.recipientCount(
                    of: notification.announcement, over: channels, at: notification.createdAt)
                return (notification: notification, recipients: recipients)
            }
            return Self(
                event: event, authors: try Event.authors(of: event.id, in: transaction),
                notifications: Dictionary(notifications.map { ($0.announcement.updateID, $0) }) { first, _ in first },
                held: held,
                composer: try ComposerReading(visit, page, Event.self, of: event.id.ulid, in: transaction))
        }
    }

    private init(
        event: Event, authors: [Int: UpdateAuthor], notifications: [ULID: UpdateNotification],
        held: [(notification: UpdateNotification, recipients: Int)], composer: ComposerReading
    ) {
        self.event = event
        self.authors = authors
        self.notifications = notifications
        self.held = held
        self.composer = composer
    }

    /// The values that the forms of the screen have before anything is entered. The names of all fields differ.
    func emptyForm(in zone: Zone) -> URLEncodedForm {
        var values = unchanging(in: zone)
        if composer.subscribers > 0 { values.append(URLEncodedForm.Field("notify", "on")) }
        return URLEncodedForm(values)
    }

    /// These values without the boxes, because browsers do not send a box that was turned off.
    func unchanging(in zone: Zone) -> [URLEncodedForm.Field] {
        var values: [(String, String)] = [("name", event.name)]
        if let last = event.updates.last { values.append(("after", last.id.description)) }
        if case .maintenance(let maintenance) = event.pageEvent {
            values += WindowFields.values(of: maintenance.window, in: zone)
        }
        return values.map { URLEncodedForm.Field($0.0, $0.1) }
    }
}

extension UpdateAuthor {
    /// The author as timelines show it.
    var title: String {
        switch kind {
        case .user: name ?? "a former user"
        case .apiKey: name.map { "the API key \($0)" } ?? "an API key"
        case .commandLine: "the command line"
        case .configuration: "the configuration"
        case .clock: "the clock"
        }
    }
}

extension Visit {
    /// A form with a key, by which the server recognizes it if it is sent twice.
    func keyed(_ form: URLEncodedForm) -> URLEncodedForm {
        form["key"].flatMap { ULID($0) } == nil ? form.with(["key": base.context.newID().description]) : form
    }
}
