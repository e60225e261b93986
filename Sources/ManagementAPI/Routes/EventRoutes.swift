import HTTPServer
import HTTPTypes
import JSONInput
import Publishing
import StatusPages
import Storage

/// The routes that incidents and maintenances share: create, show, list, change and delete an event, publish an update
/// and edit its text.
struct EventRoutes<Event: EventResource>: Sendable {
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
        let id: ID<Event> = try call.id(of: Event.title)
        return .done(try Self.response(.ok, try context.store.read { try context.publishing.find(id, in: $0).event }))
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
        ) { (command, page) throws(Faults) in
            _ = try Event.create(command, on: page, at: context.now(), newID: context.newID)
        } create: { command, page, transaction in
            let published: Published<Event> = try context.publishing.create(command, on: page, in: transaction)
            return try Self.response(.created, published)
        }
    }

    private func revise(_ call: Call) throws -> Outcome {
        let id: ID<Event> = try call.id(of: Event.title)
        _ = try context.store.read { try context.publishing.find(id, in: $0) }
        let reader = try call.readBody()
        let command = Event.readRevision(reader)
        let read = reader.faults.all
        return .write { transaction in
            let published = try Validation.perform(read) {
                try context.publishing.revise(id, with: command, in: transaction)
            }
            return try Self.response(.ok, published)
        }
    }

    private func delete(_ call: Call) throws -> Outcome {
        let id: ID<Event> = try call.id(of: Event.title)
        return .writingInParts { transaction in
            let isMore = try context.publishing.delete(id, in: transaction)
            return cancelling(about: id, isMore)
        }
    }

    /// Cancels the remaining messages about a deleted event before the answer. If that fails, the deliverer does it.
    private func cancelling(about id: ID<Event>, _ isMore: Bool) -> PartResult {
        let response = Response(.noContent)
        guard isMore else { return .done(response) }
        return .next(
            { transaction in
                cancelling(about: id, try context.publishing.cancelDeliveries(about: id.ulid, in: transaction))
            }, orElse: response)
    }

    private static func response(_ status: HTTPResponse.Status, _ published: Published<Event>) throws -> Response {
        var response = try response(status, published.event)
        response.head.headerFields[.allclearNotified] = published.notified.map(String.init)
        return response
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
        guard let id = ID<Event>(parent) else { throw APIError.notFound(Event.title) }
        return .write { transaction in
            let published = try Validation.perform(read) {
                try context.publishing.publish(command, to: id, in: transaction)
            }
            return try Self.updateResponse(.created, published)
        }
    }

    /// Replaces the text of an update.
    private func editUpdate(_ call: Call) throws -> Outcome {
        let noun = "\(Event.title) update"
        let id: ID<Event.Update> = try call.id(of: noun)
        let owner = try context.store.read { transaction in
            guard let owner = try Event.owner(of: id, in: transaction) else { throw APIError.notFound(noun) }
            _ = try context.publishing.find(owner, in: transaction)
            return owner
        }
        let reader = try call.readBody()
        let message = reader.string("message")
        let read = reader.faults.all
        return .write { transaction in
            let published = try Validation.perform(read) {
                try context.publishing.edit(id, of: owner, message: message, in: transaction)
            }
            return try Self.updateResponse(.ok, published)
        }
    }

    /// The answer with the update of a use case.
    private static func updateResponse(
        _ status: HTTPResponse.Status, _ published: Published<Event>
    ) throws -> Response {
        let body = published.update.map { EventUpdateBody<Event>($0, of: published.event.id) }
        var response = try JSONResponse.make(status, [Event.names.update: body])
        response.head.headerFields[.allclearNotified] = published.notified.map(String.init)
        return response
    }
}

extension HTTPField.Name {
    /// The maximum number of subscribers that are notified of the published update (see `Published.notified`).
    // swift-format-ignore: NeverForceUnwrap
    static let allclearNotified = HTTPField.Name("Allclear-Notified")!
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
