import JSONInput
import StatusPages
import Storage

/// The pages, the database, the clock and the ID generator, which every route needs.
struct APIContext: Sendable {
    private let currentSite: @Sendable () -> Site
    let store: Store
    let now: @Sendable () -> Timestamp
    let newID: @Sendable () -> ULID

    init(
        site: @escaping @Sendable () -> Site, store: Store, now: @escaping @Sendable () -> Timestamp,
        newID: @escaping @Sendable () -> ULID
    ) {
        currentSite = site
        self.store = store
        self.now = now
        self.newID = newID
    }

    /// The current pages.
    var site: Site { currentSite() }

    /// The page whose ID a client sent.
    func page(_ text: String) throws(APIError) -> StatusPage {
        guard let id = ID<StatusPage>(text) else { throw .notFound("status page") }
        return try page(id)
    }

    func page(_ id: ID<StatusPage>) throws(APIError) -> StatusPage {
        guard let page = site.servedPage(id) else { throw .notFound("status page") }
        return page
    }

    /// An incident or a maintenance, if its page is visible to clients.
    func event<Event: PublishedEvent>(
        _ id: ID<Event>, in transaction: ReadTransaction
    ) throws -> (event: Event, page: StatusPage) {
        guard let event = try Event.find(id, in: transaction), let page = site.servedPage(event.pageID) else {
            throw APIError.notFound(Event.names.title)
        }
        return (event, page)
    }
}

extension JSONFault {
    static func badTime(_ name: String, at pointer: JSONPointer) -> JSONFault {
        let message = "\(name) must be an RFC 3339 time with an offset, such as 2026-11-20T21:48:34Z."
        return JSONFault(.format, pointer, message)
    }
}

extension JSONReader {
    /// Reads text and notes a fault if it is absent. For members that every request needs, such as the parent's ID.
    func requiredString(_ name: String) -> String? {
        if !has(name) { faults.note(JSONFault(.missing, pointer.appending(name), "\(name) is required.")) }
        return string(name)
    }

    func timestamp(_ name: String) -> Timestamp? {
        guard let text = string(name) else { return nil }
        if let time = Timestamp(rfc3339: text) { return time }
        faults.note(.badTime(name, at: pointer.appending(name)))
        return nil
    }

    func componentStatuses<Status: RawRepresentable & CaseIterable & Equatable & Sendable>() -> [StatusDraft<Status>]?
    where Status.RawValue == String {
        objects("component_statuses", atMost: Structure.mostComponents)?.map { element in
            StatusDraft(
                componentID: element.string("component_id"), status: element.choice("component_status"))
        }
    }
}
