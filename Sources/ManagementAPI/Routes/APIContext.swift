import JSONInput
import Publishing
import StatusPages
import Storage

/// The use cases, the database, the clock and the ID generator, which every route needs.
struct APIContext: Sendable {
    let publishing: Publishing
    let store: Store
    let now: @Sendable () -> Timestamp
    let newID: @Sendable () -> ULID

    /// The current pages.
    var site: Site { publishing.site }

    /// The page whose ID a client sent.
    func page(_ text: String) throws(APIError) -> StatusPage {
        guard let id = ID<StatusPage>(text) else { throw .notFound("status page") }
        return try page(id)
    }

    func page(_ id: ID<StatusPage>) throws(APIError) -> StatusPage {
        guard let page = site.servedPage(id) else { throw .notFound("status page") }
        return page
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
