import Accounts
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// The screens and forms that incidents and maintenances share.
enum EventScreens<Event: ComposedEvent> {
    static var list: String { "\(PageScreen.path)/\(Event.words.path)" }

    static func add(to router: inout Router<Screen>) {
        let one = "\(list)/{id}"
        func form(_ path: String, _ perform: @escaping @Sendable (Visit) throws -> Outcome) {
            router.add(.post, path, .user(as: .statusPagePublisher, keepText: keepText, perform))
        }
        router.add(.get, list, .user { .respond(try EventListScreen<Event>.show($0)) })
        form(list, create)
        router.add(.get, "\(list)/new", .user(as: .statusPagePublisher) { .respond(try openNew($0)) })
        form("\(list)/new") { .respond(try new($0, try using($0, $0.form))) }
        form("\(list)/review") { .respond(try reviewNew($0)) }
        router.add(.get, one, .user { .respond(try show($0)) })
        form(one) { .respond(try show($0, Fields(try using($0, $0.form)))) }
        router.add(.get, "\(one)/latest", .user { .respond(try latest($0)) })
        form("\(one)/updates/review") { .respond(try reviewUpdate($0)) }
        form("\(one)/updates", publish)
        EditTextScreen<Event>.add(to: &router)
        router.add(.post, "\(one)/rename", .user(as: .statusPagePublisher, rename))
        router.add(.post, "\(one)/delete", .user(as: .statusPagePublisher, isConfirmed: true, delete))
        router.add(.post, "\(one)/stop", .user(as: .statusPagePublisher, HeldNotification<Event>.stop))
        Event.addOwn(to: &router)
    }

    /// Keeps the text of a form that arrived without a session as a draft. A log-in publishes nothing.
    private static func keepText(_ visit: Visit) throws -> Outcome {
        let event = visit.base.parameters.count > 1 ? ULID(visit.parameters[1]) : nil
        return try Drafts.save(visit, at: Event.draftPlace(on: try visit.page(), of: event))
    }

    /// The form, filled from its template if the user chose "Use template".
    private static func using(_ visit: Visit, _ form: URLEncodedForm) throws -> URLEncodedForm {
        guard form["use"] != nil, let id = form["template"], let template = try template(visit, id) else {
            return form
        }
        return TemplateChoice.apply(template, to: form.with(["use": nil]))
    }

    private static func template(_ visit: Visit, _ id: String) throws -> Template? {
        let page = try visit.page()
        return try visit.context.store.read { transaction in
            try ID<Template>(id).flatMap { try transaction.template($0) }
        }.flatMap { $0.kind == Event.kind && ($0.pageID ?? page.id) == page.id ? $0 : nil }
    }

    // MARK: A new event

    private static func openNew(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        let reading = try ComposerReading(visit, page, Event.self)
        var values = Event.defaults(visit).map { URLEncodedForm.Field($0.0, $0.1) }
        if reading.subscribers > 0 { values.append(URLEncodedForm.Field("notify", "on")) }
        let form = URLEncodedForm(values)
        // A template in the address comes from a link that the user has just opened.
        if let id = visit.query["template"], let template = try template(visit, id) {
            return new(visit, page, reading, TemplateChoice.apply(template, to: form))
        }
        guard let draft = reading.draft else { return new(visit, page, reading, form) }
        return new(visit, page, reading, draft.form, showsDraft: true)
    }

    private static func new(_ visit: Visit, _ values: URLEncodedForm, faults: [FieldFault] = []) throws -> Response {
        let page = try visit.page()
        return new(visit, page, try ComposerReading(visit, page, Event.self), values, faults: faults)
    }

    private static func new(
        _ visit: Visit, _ page: StatusPage, _ reading: ComposerReading, _ values: URLEncodedForm,
        faults: [FieldFault] = [], showsDraft: Bool = false
    ) -> Response {
        let composer = Composer<Event>(
            visit: visit, page: page, event: nil, fields: Fields(visit.keyed(values), faults: faults),
            reading: reading, showsDraft: showsDraft)
        return ScreenPage(
            visit: visit, title: Event.words.new, page: page, tab: Event.words.tab,
            crumbs: [(Event.words.list, Event.listPath(on: page))]
        ) { html in composer.write(to: &html) }.response(faults.isEmpty ? .ok : .unprocessableContent)
    }

    private static func reviewNew(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        let input = EventInput<Event>(visit.form, on: page, event: nil, at: visit.now)
        let own = input.faults
        let event: Event
        do throws(Faults) {
            event = try Event.create(Event.creation(input), on: page, at: visit.now, newID: visit.context.newID)
            guard own.isEmpty else { throw Faults([]) }
        } catch {
            return try new(visit, visit.form, faults: FormFaults(own, and: error).all)
        }
        return try review(visit, event, on: page, isNew: true)
    }

    private static func create(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        let input = EventInput<Event>(visit.form, on: page, event: nil, at: visit.now)
        let recover: @Sendable (any Error) throws -> Outcome = { error in
            guard let faults = faults(of: error) else { throw error }
            return .respond(try new(visit, visit.form, faults: faults))
        }
        return visit.write(as: .statusPagePublisher, recover: recover) { transaction, user in
            let publishing = visit.context.publishing
            let location = try publishing.once(try key(visit), by: user.id.ulid, in: transaction) {
                guard input.faults.isEmpty else { throw FormFaults(input.faults) }
                let published: Published<Event> = try publishing.create(
                    Event.creation(input), on: page, in: transaction)
                try publishing.discardForm(Event.draftPlace(on: page, of: nil), by: user.id.ulid, in: transaction)
                return published.event.path(on: page)
            }
            return .redirect(location, Event.words.published)
        }
    }

    /// - Throws: `FormFaults`.
    private static func key(_ visit: Visit) throws -> ULID {
        guard let key = visit.form["key"].flatMap({ ULID($0) }) else {
            throw FormFaults([FieldFault("", "The form is incomplete. Check it and send it again.")])
        }
        return key
    }

    // MARK: An event

    /// - Parameter fields: the entered values; nil before anything is entered.
    static func show(_ visit: Visit, _ fields: Fields? = nil, status: HTTPResponse.Status = .ok) throws -> Response {
        let page = try visit.page()
        let reading = try EventReading<Event>(visit, page)
        guard fields == nil, visit.may(.statusPagePublisher) else {
            return EventScreen(visit: visit, page: page, reading: reading, entered: fields).response(status)
        }
        if let id = visit.query["template"], let template = try template(visit, id) {
            let form = TemplateChoice.apply(template, to: reading.emptyForm(in: visit.zone))
            return EventScreen(visit: visit, page: page, reading: reading, entered: Fields(form)).response(status)
        }
        let draft = reading.composer.draft
        return EventScreen(
            visit: visit, page: page, reading: reading, entered: draft.map { Fields($0.form) },
            showsDraft: draft != nil
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
        case SubscriberConflict.wrongState(let explanation): [FieldFault("", explanation)]
        default: nil
        }
    }

    /// The last update, for scripts that warn before somebody publishes a second one.
    private static func latest(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        return try visit.context.store.read { transaction in
            try LatestUpdate(try Event.find(visit.parameters[1], on: page, in: transaction), in: transaction).response
        }
    }

    private static func reviewUpdate(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        let (old, conflict) = try visit.context.store.read { transaction in
            let event = try Event.find(visit.parameters[1], on: page, in: transaction)
            return (event, try EventConflict(visit, event, on: page, in: transaction))
        }
        if let conflict { return conflict.response }
        let input = EventInput<Event>(visit.form, on: page, event: old, at: visit.now)
        let own = input.faults
        var event = old
        do throws(Faults) {
            _ = try event.publish(input.publication, page: page, at: visit.now, newID: visit.context.newID)
            guard own.isEmpty else { throw Faults([]) }
        } catch {
            let faults = FormFaults(own, and: error).all
            return try show(visit, Fields(visit.form, faults: faults), status: .unprocessableContent)
        }
        return try review(visit, event, on: page, isNew: false)
    }

    private static func publish(_ visit: Visit) throws -> Outcome {
        let page = try visit.page()
        return visit.write(as: .statusPagePublisher, recover: showing(visit)) { transaction, user in
            let publishing = visit.context.publishing
            let event = try Event.find(visit.parameters[1], on: page, in: transaction.reading)
            let key = try key(visit)
            // If this form was sent before, it published the newer update itself.
            if try transaction.reading.submission(of: key) == nil,
                let conflict = try EventConflict(visit, event, on: page, in: transaction.reading)
            {
                return .respond(conflict.response)
            }
            let location = try publishing.once(key, by: user.id.ulid, in: transaction) {
                let input = EventInput<Event>(visit.form, on: page, event: event, at: visit.now)
                guard input.faults.isEmpty else { throw FormFaults(input.faults) }
                _ = try publishing.publish(input.publication, to: event.id, in: transaction)
                let place = Event.draftPlace(on: page, of: event.id.ulid)
                try publishing.discardForm(place, by: user.id.ulid, in: transaction)
                return event.path(on: page)
            }
            return .redirect(location, .published)
        }
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

    private static func review(
        _ visit: Visit, _ event: Event, on page: StatusPage, isNew: Bool
    ) throws -> Response {
        let recipients = try visit.context.store.read { transaction in
            try visit.context.publishing.recipientCount(of: event, on: page, in: transaction)
        }
        return Review(visit: visit, page: page, event: event, isNew: isNew, recipients: recipients).response
    }
}
