import Publishing
import StatusPages

/// The descriptions of the routes that incidents and maintenances share.
struct EventOperations: Sendable {
    let list: Operation
    let show: Operation
    let create: Operation
    let revise: Operation
    let delete: Operation
    let publish: Operation
    let editUpdate: Operation
}

/// Makes the descriptions of one kind of event.
struct EventDescription<Event: EventResource> {
    let tag: Operation.Tag
    let schema: NamedSchema
    /// The example of an event, without the members that follow from the constants below.
    let example: JSONNode
    let exampleID: String
    let exampleUpdateID: String
    /// The status and the text of the first update of the example.
    let status: Event.Status
    let message: String
    let componentStatuses: JSONNode

    private var names: EventNames { Event.names }

    private var id: Operation.Parameter {
        .path(names.id, "The \(names.noun)'s id.", example: .string(exampleID))
    }

    /// The schema of an answer with one event.
    var result: NamedSchema { .result("StatusPage\(names.type)Result", names.event, schema) }

    /// The example of such an answer.
    var resultExample: JSONNode { [names.event: event] }

    private var event: JSONNode {
        example.with([
            "id": .string(exampleID), "status_page_id": .string(Example.pageID),
            "published_at": .string(Example.declaredAt), names.status: .string(status.rawValue), "updates": [update],
        ])
    }

    private var update: JSONNode {
        [
            "id": .string(exampleUpdateID), names.id: .string(exampleID), "published_at": .string(Example.declaredAt),
            "message": .string(message), names.status: .string(status.rawValue),
            "component_statuses": componentStatuses,
        ]
    }

    func list(_ description: String) -> Operation {
        Operation(
            id: "listStatusPage\(names.type)s", tag: tag, summary: "List \(names.noun)s", description: description,
            parameters: Operation.Parameter.events,
            success: .ok(
                "One page of the list.", .list("StatusPage\(names.type)ListResult", names.events, of: schema),
                example: [names.events: [event], "pagination_meta": Example.pagination]),
            errors: [.notFound])
    }

    func show(_ description: String) -> Operation {
        Operation(
            id: "showStatusPage\(names.type)", tag: tag, summary: "Show \(names.oneNoun)", description: description,
            parameters: [id], success: .ok("The \(names.noun).", result, example: resultExample))
    }

    func create(_ summary: String, _ description: String, body: Operation.Body, success: String) -> Operation {
        Operation(
            id: "createStatusPage\(names.type)", tag: tag, summary: summary, description: description, body: body,
            success: .created(success, result, example: resultExample, isReplayed: true), errors: [.notFound],
            publishes: true)
    }

    func revise(_ summary: String, _ description: String, body: Operation.Body) -> Operation {
        Operation(
            id: "updateStatusPage\(names.type)", tag: tag, summary: summary, description: description,
            parameters: [id], body: body, success: .ok("The changed \(names.noun).", result, example: resultExample),
            publishes: true)
    }

    func delete(_ description: String) -> Operation {
        Operation(
            id: "deleteStatusPage\(names.type)", tag: tag, summary: "Delete \(names.oneNoun)",
            description: description, parameters: [id], success: .noContent("Deleted."))
    }

    // MARK: Updates

    private var updateResult: NamedSchema {
        .result("StatusPage\(names.type)UpdateResult", names.update, Event.updateSchema)
    }

    func publish(_ description: String, body: Operation.Body) -> Operation {
        Operation(
            id: "createStatusPage\(names.type)Update", tag: tag, summary: "Publish an update to \(names.oneNoun)",
            description: description, body: body,
            success: .created("The update.", updateResult, example: [names.update: update]), errors: [.notFound],
            publishes: true)
    }

    func editUpdate(to message: JSONNode) -> Operation {
        let edited = update.with(["message": message, "edited_at": .string(Example.editedAt)])
        return Operation(
            id: "editStatusPage\(names.type)Update", tag: tag, summary: "Change the text of an update",
            description: """
                Replaces only the text, in the API and on the page. Publishes no update and notifies nobody. The \
                update then has `edited_at`. Sending the same text again changes nothing.
                """,
            parameters: [.path("id", "The update's id.", example: .string(exampleUpdateID))],
            body: Operation.Body(schema: .updateEdit, example: ["message": message]),
            success: .ok("The changed update.", updateResult, example: [names.update: edited]))
    }
}

// MARK: Schemas

extension EventResource {
    /// The schema of an event.
    /// - Parameter members: those that only this kind of event has.
    static func schema(_ description: String, _ members: [Property]) -> NamedSchema {
        NamedSchema(
            "StatusPage\(names.type)",
            .object(
                description,
                [
                    .required("id", .id("The \(names.noun)'s id.")),
                    .required("status_page_id", .id("Its status page.")),
                    .required("name", .string("Its title on the page.")),
                    .required("published_at", .time("The publication time of its first update.")),
                    .required(names.status, .choice("Its status.", Status.self)),
                    .required("updates", .array("Its updates, oldest first.", of: .reference(updateSchema))),
                ] + members))
    }

    static var updateSchema: NamedSchema {
        NamedSchema(
            "StatusPage\(names.type)Update",
            .object(
                "An update that was published to \(names.oneNoun).",
                [
                    .required("id", .id("The update's id.")),
                    .required(names.id, .id("The \(names.noun) it belongs to.")),
                    .required("published_at", .time("The publication time.")),
                    .required("message", .string("The text of the update, in Markdown.")),
                    .optional(
                        "edited_at", .time("The time of the last text edit; absent if the text was never edited.")),
                    .required(names.status, .choice("The \(names.noun)'s status from then on.", Status.self)),
                    .required(
                        "component_statuses",
                        .array("The component statuses that the update set.", of: .reference(componentStatus))),
                ]))
    }

    private static var componentStatus: NamedSchema {
        NamedSchema(
            "\(names.type)ComponentStatus",
            .object(
                "The status that an update gave a component.",
                [
                    .required("component_id", .id("The component.")),
                    .required(
                        "component_status", .choice("The component's status from then on.", ComponentStatus.self)),
                ]))
    }

    /// The schema of a request that creates an event.
    /// - Parameter members: those that only this kind of event has.
    static func creationSchema(_ description: String, _ members: [Property]) -> NamedSchema {
        NamedSchema(
            "CreateStatusPage\(names.type)",
            .object(
                description,
                [
                    .required("status_page_id", .sentID("The page that shows it.")),
                    .required("name", .text("Its title on the page.", .name)),
                    .required(names.status, .choice("Its status.", Status.self)),
                    .required("message", .message),
                    .required("idempotency_key", .idempotencyKey),
                    .required("notify_subscribers", .notifySubscribers),
                ] + members))
    }

    /// The schema of a request that publishes an update.
    static func publicationSchema(_ componentStatuses: Schema) -> NamedSchema {
        NamedSchema(
            "CreateStatusPage\(names.type)Update",
            .object(
                "An update to publish.",
                [
                    .required(names.id, .sentID("The \(names.noun) it belongs to.")),
                    .required("message", .message),
                    .required("notify_subscribers", .notifySubscribers),
                    newStatus,
                    .absentable("component_statuses", componentStatuses),
                ]))
    }

    /// A member with the status to set.
    static var newStatus: Property {
        .absentable(names.status, .choice("The new status; unchanged if absent.", Status.self))
    }

    /// The component statuses to set.
    static func componentStatuses(_ description: String) -> Schema {
        let element = NamedSchema(
            "Set\(names.type)ComponentStatus",
            .object(
                "A status for a component.",
                [
                    .required("component_id", .sentID("A component of the page, at any level.")),
                    .required("component_status", .choice("The component's new status.", ComponentStatus.self)),
                ]))
        return .array(description, of: .reference(element), count: 0...Structure.mostComponents)
    }
}

extension NamedSchema {
    fileprivate static let updateEdit = NamedSchema(
        "EditStatusPageUpdate", .object("The new text of an update.", [.required("message", .message)]))
}

extension Schema {
    static let notifySubscribers = boolean("Whether to notify the page's subscribers.")
}

extension Operation.Parameter {
    /// The query parameters of the lists of incidents and maintenances.
    fileprivate static let events: [Self] =
        [
            query(
                "status_page_id", .sentID("The page to list."), isRequired: true,
                example: .string(Example.pageID)),
            query(
                "component_id", .sentID("Only events that affected this component of the page."),
                example: .string(Example.componentID)),
            query(
                "group_id", .sentID("Only events that affected a component of this group."),
                example: .string(Example.groupID)),
            query(
                "sub_page_id", .sentID("Only events that affected a component of this sub-page."),
                example: .string(Example.subPageID)),
            query(
                "start_at", .time("Only events that affected a component at this time or later."),
                example: "2026-11-01T00:00:00Z"),
            query(
                "end_at", .time("Only events that affected a component at this time or earlier."),
                example: "2026-12-31T00:00:00Z"),
        ] + paging
}
