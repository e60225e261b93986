import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages
import Storage

/// The routes that incidents and maintenances share: create, show, list, change and delete an event, publish an update
/// and edit its text.
struct EventRoutes<Event: PublishedEvent>: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        let list = "/v2/\(Event.names.events)"
        let one = "\(list)/{\(Event.names.id)}"
        let updates = "/v2/\(Event.names.update)s"
        let operations = Event.operations
        router.add(.get, list, Endpoint(.statusPageViewer, self.list, as: operations.list))
        router.add(.post, list, Endpoint(.statusPagePublisher, create, as: operations.create))
        router.add(.get, one, Endpoint(.statusPageViewer, show, as: operations.show))
        router.add(.put, one, Endpoint(.statusPagePublisher, revise, as: operations.revise))
        router.add(.delete, one, Endpoint(.statusPagePublisher, delete, as: operations.delete))
        router.add(.post, updates, Endpoint(.statusPagePublisher, publish, as: operations.publish))
        router.add(.put, "\(updates)/{id}", Endpoint(.statusPagePublisher, editUpdate, as: operations.editUpdate))
    }

    private func show(_ call: Call) throws -> Outcome {
        let id: ID<Event> = try call.id(of: Event.names.title)
        return .done(try Self.response(.ok, try context.store.read { try context.event(id, in: $0).event }))
    }

    private func list(_ call: Call) throws -> Outcome {
        let query = call.query
        query.require("status_page_id")
        let page = try query.string("status_page_id").map(context.page)
        let paging = Paging(query)
        let events = EventQuery(query)
        guard let page else { throw Validation.refusal(query.faults) }
        let filter = try events.filter(on: page)
        return .done(
            try paging.response(Event.names.events, body: EventBody<Event>.init, id: \.id) { after, limit in
                try context.store.read {
                    try Event.list(of: page.id, matching: filter, after: after, limit: limit, in: $0)
                }
            })
    }

    private func create(_ call: Call) throws -> Outcome {
        try IdempotentCreation(context: context, kind: Event.creationKind).outcome(
            call, read: Event.readCreation
        ) { (command, page, now) throws(Faults) in
            try Event.create(command, on: page, at: now, newID: context.newID)
        } record: { event, transaction in
            try event.insert(in: transaction)
            return try Self.response(.created, event)
        }
    }

    private func revise(_ call: Call) throws -> Outcome {
        let id: ID<Event> = try call.id(of: Event.names.title)
        _ = try context.store.read { try context.event(id, in: $0) }
        let reader = try call.readBody()
        let command = Event.readRevision(reader)
        let read = reader.faults.all
        return .write { transaction in
            var (event, page) = try context.event(id, in: transaction.reading)
            let update = try Validation.decide(read) { () throws(Faults) in
                try event.revise(command, page: page, at: context.now(), newID: context.newID)
            }
            try event.save(publishing: update, in: transaction)
            return try Self.response(.ok, event)
        }
    }

    private func delete(_ call: Call) throws -> Outcome {
        let id: ID<Event> = try call.id(of: Event.names.title)
        return .write { transaction in
            try context.event(id, in: transaction.reading).event.delete(in: transaction)
            return Response(.noContent)
        }
    }

    private static func response(_ status: HTTPResponse.Status, _ event: Event) throws -> Response {
        try JSONResponse.make(status, [Event.names.event: EventBody(event)])
    }

    // MARK: Updates

    private func publish(_ call: Call) throws -> Outcome {
        let reader = try call.readBody()
        let parent = reader.requiredString(Event.names.id)
        let command = Publication<Event.Status, Event.ComponentStatus>(
            reader, status: Event.names.status, notifiesByDefault: nil)
        let read = reader.faults.all
        guard let parent else { throw Validation.refusal(reader.faults, command.faults) }
        guard let id = ID<Event>(parent) else { throw APIError.notFound(Event.names.title) }
        return .write { transaction in
            var (event, page) = try context.event(id, in: transaction.reading)
            let update = try Validation.decide(read) { () throws(Faults) in
                try event.publish(command, page: page, at: context.now(), newID: context.newID)
            }
            try event.save(publishing: update, in: transaction)
            return try Self.response(.created, update, of: event)
        }
    }

    /// Replaces the text of an update.
    private func editUpdate(_ call: Call) throws -> Outcome {
        let noun = "\(Event.names.title) update"
        let id: ID<Event.Update> = try call.id(of: noun)
        let owner = try context.store.read { transaction in
            guard let owner = try Event.owner(of: id, in: transaction) else { throw APIError.notFound(noun) }
            _ = try context.event(owner, in: transaction)
            return owner
        }
        let reader = try call.readBody()
        let message = reader.string("message")
        let read = reader.faults.all
        return .write { transaction in
            var (event, _) = try context.event(owner, in: transaction.reading)
            guard let position = event.updates.firstIndex(where: { $0.id == id }) else {
                throw APIError.notFound(noun)
            }
            try Validation.decide(read) { () throws(Faults) in
                try event.updates[position].edit(message: message, at: context.now())
            }
            try event.saveText(ofUpdateAt: position, in: transaction)
            return try Self.response(.ok, event.updates[position], of: event)
        }
    }

    private static func response(
        _ status: HTTPResponse.Status, _ update: Event.Update, of event: Event
    ) throws -> Response {
        try JSONResponse.make(status, [Event.names.update: EventUpdateBody(update, of: event.id)])
    }
}

extension Publication where ComponentStatus: RawRepresentable & CaseIterable, ComponentStatus.RawValue == String {
    /// - Parameters:
    ///   - status: the name of the member with the status.
    ///   - notifiesByDefault: the meaning of an absent `notify_subscribers`. Nil: the member is required.
    init(_ reader: JSONReader, status: String, notifiesByDefault: Bool?) {
        self.init(
            message: reader.string("message"), status: reader.choice(status),
            componentStatuses: reader.componentStatuses(),
            notifiesSubscribers: reader.bool("notify_subscribers") ?? notifiesByDefault)
    }
}
