import StatusPages

extension Operation.Tag {
    fileprivate static let audit = Self(name: "Audit log", description: "The changes that were made, and by whom.")
}

extension Operation {
    static let listAuditEvents = Operation(
        id: "listAuditEvents", tag: .audit, summary: "List the audit log",
        description: """
            Every change by a key, a user, a command, the configuration or the clock, newest first. The log contains \
            no secrets, and no addresses of subscribers.
            """,
        parameters: [
            .query("status_page_id", .sentID("Only changes on this page."), example: .string(Example.pageID)),
            .query("actor_id", .sentID("Only changes by this API key or user."), example: .string(Example.keyID)),
            .query("actor_kind", .choice("Only this kind of actor.", AuditActor.Kind.self), example: "clock"),
            .query("action", .choice("Only this action.", AuditEvent.Action.self), example: "published"),
            .query("since", .time("Only changes at this time or later."), example: .string(Example.declaredAt)),
            .query("until", .time("Only changes before this time."), example: .string(Example.endAt)),
        ] + Parameter.paging(after: "41"),
        success: .ok(
            "One page of the list.", .auditList,
            example: ["audit_events": [event], "pagination_meta": ["page_size": 25, "after": "41"]]),
        errors: [.notFound])

    private static let event: JSONNode = [
        "id": "42", "at": .string(Example.declaredAt),
        "actor": ["kind": "api_key", "id": .string(Example.keyID), "name": "CI"], "action": "published",
        "subject": ["kind": "incident", "id": .string(Example.incidentID), "name": "Login is down"],
        "status_page_id": .string(Example.pageID),
        "changes": [
            "status": ["investigating", "identified"], "update_id": [.null, .string(Example.updateID)],
            "notify_subscribers": [.null, true],
        ],
        "request_id": .string(Example.requestID), "address": "192.0.2.7",
    ]
}

extension NamedSchema {
    fileprivate static let auditList = NamedSchema(
        "AuditEventListResult",
        .object(
            "One page of the list.",
            [
                .required("audit_events", .array("The records of this page.", of: .reference(event))),
                .required(
                    "pagination_meta",
                    .object(
                        "The position in the list.",
                        [
                            .required("page_size", .integer("The maximum number of records.", in: Paging.sizes)),
                            .optional("after", number("The value of `after` for the next page, if there is one.")),
                        ])),
            ]))

    private static let event = NamedSchema(
        "AuditEvent",
        .object(
            "A change.",
            [
                .required("id", number("The event's number. Newer events have larger numbers.")),
                .required("at", .time("The time of the change.")),
                .required(
                    "actor",
                    .object(
                        "The maker of the change.",
                        [
                            .required("kind", .choice("The kind of actor.", AuditActor.Kind.self)),
                            .optional("id", .id("The id of the API key or user that made the change.")),
                            .required(
                                "name",
                                .string(
                                    "The name of the key or user at that time; on the command line, the system user's name."
                                )),
                        ])),
                .required("action", .choice("The kind of change.", AuditEvent.Action.self)),
                .required(
                    "subject",
                    .object(
                        "The subject of the change.",
                        [
                            .required("kind", .choice("Its kind.", AuditSubject.Kind.self)),
                            .required("id", .string("Its id.")),
                            .required(
                                "name",
                                .string(
                                    """
                                    Its name after the change. For a subscriber it is the channel, and for a delivery \
                                    the kind of message.
                                    """)),
                        ])),
                .optional("status_page_id", .id("The page that it belongs to.")),
                .required(
                    "changes",
                    .free(
                        """
                        A member for each field that changed: an array with the values before and after, or `changed` \
                        for a secret or personal value. `update_id` is the id of the update that was published.
                        """)),
                .optional("request_id", .string("The id of the request, as in `X-Request-ID`.")),
                .optional("address", .string("The address of the client.")),
            ]))

    private static func number(_ description: String) -> Schema {
        .string(description, ["pattern": "^[1-9][0-9]{0,18}$"])
    }
}
