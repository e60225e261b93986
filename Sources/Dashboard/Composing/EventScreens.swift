import HTTPServer
import HTTPTypes
import Markup
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

/// The screens and forms that incidents and maintenances share.
enum EventScreens<Event: ComposedEvent> {
    static var list: String { "\(PageScreen.path)/\(Event.words.path)" }

    static func add(to router: inout Router<Screen>) {
        let one = "\(list)/{id}"
        router.add(.get, list, .user { .respond(try EventListScreen<Event>.show($0)) })
        router.add(.post, list, .user(as: .statusPagePublisher, create))
        router.add(.get, "\(list)/new", .user(as: .statusPagePublisher) { .respond(try openNew($0)) })
        router.add(.post, "\(list)/new", .user(as: .statusPagePublisher) { .respond(try new($0, $0.form)) })
        router.add(.post, "\(list)/review", .user(as: .statusPagePublisher) { .respond(try reviewNew($0)) })
        router.add(.get, one, .user { .respond(try show($0)) })
        router.add(
            .post, one,
            .user(as: .statusPagePublisher) { .respond(try show($0, Fields($0.form))) })
        router.add(.get, "\(one)/latest", .user { .respond(try latest($0)) })
        router.add(
            .post, "\(one)/updates/review", .user(as: .statusPagePublisher) { .respond(try reviewUpdate($0)) })
        router.add(.post, "\(one)/updates", .user(as: .statusPagePublisher, publish))
        router.add(
            .get, "\(one)/updates/{update}",
            .user(as: .statusPagePublisher) { .respond(try EditTextScreen<Event>.show($0)) })
        router.add(.post, "\(one)/updates/{update}", .user(as: .statusPagePublisher, EditTextScreen<Event>.save))
        router.add(.post, "\(one)/rename", .user(as: .statusPagePublisher, rename))
        router.add(.post, "\(one)/delete", .user(as: .statusPagePublisher, isConfirmed: true, delete))
        Event.addOwn(to: &router)
    }

    // MARK: A new event

    private static func openNew(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        let hasSubscribers = try visit.context.subscribers(of: page) > 0
        var values = Event.defaults(visit).map { URLEncodedForm.Field($0.0, $0.1) }
        if hasSubscribers { values.append(URLEncodedForm.Field("notify", "on")) }
        return try new(visit, URLEncodedForm(values))
    }

    /// The form with values.
    private static func new(_ visit: Visit, _ values: URLEncodedForm, faults: [FieldFault] = []) throws -> Response {
        let page = try visit.page()
        let composer = Composer<Event>(
            visit: visit, page: page, event: nil, fields: Fields(visit.keyed(values), faults: faults),
            subscribers: try visit.context.subscribers(of: page))
        return ScreenPage(
            visit: visit, title: Event.words.new, page: page, tab: Event.words.tab,
            crumbs: [(Event.words.list, Event.listPath(on: page))]
        ) { html in composer.write(to: &html) }.response(faults.isEmpty ? .ok : .unprocessableContent)
    }

    private static func reviewNew(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        do {
            let event = try created(visit, on: page)
            return try review(visit, event, on: page, of: nil)
        } catch let faults as FormFaults {
            return try new(visit, visit.form, faults: faults.all)
        }
    }

    /// The event that a form would make.
    /// - Throws: `FormFaults`.
    private static func created(_ visit: Visit, on page: StatusPage) throws -> Event {
        let form = EventInput<Event>(form: visit.form)
        let own = Event.ownFaults(of: form)
        do throws(Faults) {
            let event = try Event.create(
                Event.creation(form), on: page, at: visit.now, newID: visit.context.newID)
            guard own.isEmpty else { throw Faults([]) }
            return event
        } catch {
            throw FormFaults(own, and: error)
        }
    }

    private static func create(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        let form = EventInput<Event>(form: visit.form)
        let recover: @Sendable (any Error) throws -> Outcome = { error in
            guard let faults = faults(of: error) else { throw error }
            return .respond(try new(visit, visit.form, faults: faults))
        }
        return visit.write(as: .statusPagePublisher, recover: recover) { transaction, _ in
            let own = Event.ownFaults(of: form)
            guard own.isEmpty else { throw FormFaults(own) }
            let published: Published<Event> = try visit.context.publishing.create(
                Event.creation(form), on: page, in: transaction)
            return .redirect(published.event.path(on: page), Event.words.published)
        }
    }

    // MARK: An event

    /// - Parameter fields: what was entered; nil: nothing yet.
    static func show(
        _ visit: Visit, _ fields: Fields? = nil, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let page = try visit.page()
        let event = try visit.context.store.read { try Event.find(visit.parameters[1], on: page, in: $0) }
        return EventScreen(
            visit: visit, page: page, event: event, entered: fields,
            subscribers: try visit.context.subscribers(of: page)
        ).response(status)
    }

    /// Shows the event's screen again after a form on it failed, with everything that was entered.
    static func showing(_ visit: Visit) -> @Sendable (any Error) throws -> Outcome {
        { error in
            guard let faults = faults(of: error) else { throw error }
            return .respond(try show(visit, Fields(visit.form, faults: faults), status: .unprocessableContent))
        }
    }

    static func faults(of error: any Error) -> [FieldFault]? {
        switch error {
        case let faults as FormFaults: faults.all
        case let faults as Faults: faults.all.map(FieldFault.init)
        default: nil
        }
    }

    /// The last update, for scripts that warn before somebody publishes a second one.
    private static func latest(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        let event = try visit.context.store.read { try Event.find(visit.parameters[1], on: page, in: $0) }
        return try LatestUpdate(event).response
    }

    private static func reviewUpdate(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        let old = try visit.context.store.read { try Event.find(visit.parameters[1], on: page, in: $0) }
        let form = EventInput<Event>(form: visit.form)
        if let conflict = try conflict(visit, old, on: page) { return conflict }
        var event = old
        do throws(Faults) {
            _ = try event.publish(form.publication, page: page, at: visit.now, newID: visit.context.newID)
        } catch {
            return try show(
                visit, Fields(visit.form, faults: error.all.map(FieldFault.init)), status: .unprocessableContent)
        }
        return try review(visit, event, on: page, of: old)
    }

    private static func publish(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        let form = EventInput<Event>(form: visit.form)
        return visit.write(as: .statusPagePublisher, recover: showing(visit)) { transaction, _ in
            let event = try Event.find(visit.parameters[1], on: page, in: transaction.reading)
            if let conflict = try conflict(visit, event, on: page) { return .respond(conflict) }
            let published: Published<Event> = try visit.context.publishing.publish(
                form.publication, to: event.id, in: transaction)
            return .redirect(published.event.path(on: page), .published)
        }
    }

    /// The answer if the form does not show the last update; nil if it does.
    private static func conflict(_ visit: Visit, _ event: Event, on page: StatusPage) throws -> Response? {
        guard let newest = event.updates.last, newest.id.description != visit.form["after"] else { return nil }
        return EventConflict(visit: visit, page: page, event: event, newest: newest).response
    }

    private static func rename(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        return visit.write(as: .statusPagePublisher, recover: showing(visit)) { transaction, _ in
            let event = try Event.find(visit.parameters[1], on: page, in: transaction.reading)
            let command = event.renaming(to: visit.form.trimmed("name"))
            let renamed: Published<Event> = try visit.context.publishing.revise(
                event.id, with: command, in: transaction)
            return .redirect(renamed.event.path(on: page), .saved)
        }
    }

    private static func delete(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        return visit.write(as: .statusPagePublisher, recover: showing(visit)) { transaction, _ in
            let event = try Event.find(visit.parameters[1], on: page, in: transaction.reading)
            // Names are compared as people read them, without white space at the ends.
            guard visit.form.trimmed("typed") == URLEncodedForm([.init("name", event.name)]).trimmed("name") else {
                throw FormFaults([FieldFault("typed", "Type the name of the \(Event.words.noun) exactly.")])
            }
            try visit.context.publishing.delete(event.id, in: transaction)
            return .redirect(Event.listPath(on: page), .deleted)
        }
    }

    // MARK: Review

    /// - Parameter old: the event before the update; nil for a new event.
    private static func review(
        _ visit: Visit, _ event: Event, on page: StatusPage, of old: Event?
    ) throws -> Response {
        Review(
            visit: visit, page: page, event: event, isNew: old == nil,
            subscribers: try visit.context.subscribers(of: page)
        ).response
    }
}

extension Context {
    /// How many subscribers an update of a page is sent to.
    func subscribers(of page: StatusPage) throws -> Int {
        let channels = publishing.rules.channels
        return try store.read { try $0.subscriberCount(of: page.id, .active, over: channels) }
    }
}

extension Visit {
    /// A form with a key, by which the server recognizes it if it is sent twice.
    func keyed(_ form: URLEncodedForm) -> URLEncodedForm {
        form["key"].flatMap { ULID($0) } == nil ? form.with(["key": base.context.newID().description]) : form
    }
}
