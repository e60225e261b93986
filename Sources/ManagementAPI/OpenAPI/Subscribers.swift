import Publishing
import StatusPages

extension Operation.Tag {
    fileprivate static let subscribers = Self(
        name: "Subscribers", description: "People and programs that get a page's updates.")
}

extension Operation {
    static let listSubscribers = Operation(
        id: "listStatusPageSubscribers", tag: .subscribers, summary: "List subscribers",
        description: "The subscribers of a page, in the order of their creation.",
        parameters: [
            .query(
                "status_page_id", .sentID("The page to list."), isRequired: true, example: .string(Example.pageID)),
            .query("state", .choice("Only subscribers in this state.", Subscriber.State.self), example: "active"),
            .query("channel", .choice("Only this channel.", Subscriber.Channel.self), example: "email"),
            .query(
                "email", .string("Only the subscriber by email with this address."), example: "jo@example.com"),
        ] + Parameter.paging,
        success: .ok(
            "One page of the list.",
            .list("StatusPageSubscriberListResult", "status_page_subscribers", of: .subscriber),
            example: ["status_page_subscribers": [subscriber], "pagination_meta": Example.pagination]),
        errors: [.notFound])

    static let showSubscriber = Operation(
        id: "showStatusPageSubscriber", tag: .subscribers, summary: "Show a subscriber",
        description: "One subscriber.", parameters: [subscriberID], success: shown("The subscriber."))

    static let createSubscriber = Operation(
        id: "createStatusPageSubscriber", tag: .subscribers, summary: "Add a subscriber",
        description: """
            Adds an email address, a webhook or a chat. An email address gets an email that asks for a confirmation, unless \
            `confirmed` is true. If the address has reached the configured limit of emails in 24 hours \
            (`subscribers.mails_per_address`), the answer is 429. The other channels are active at once. Without \
            lists, the subscriber gets the updates of the whole page. The response to a webhook contains its secret, \
            which is not shown again.
            """,
        body: Body(
            schema: .subscriberCreation,
            example: ["status_page_id": .string(Example.pageID), "channel": "email", "email": "jo@example.com"]),
        success: .created("The subscriber.", .subscriberWithSecret, example: ["status_page_subscriber": subscriber]),
        errors: [.notFound, .conflict])

    static let importSubscribers = Operation(
        id: "importStatusPageSubscribers", tag: .subscribers, summary: "Import email addresses",
        description: """
            Adds up to \(SubscriberImport.mostRows) email addresses at once. Known addresses get the row's scope. A \
            row is skipped and listed if it is invalid, or if its address is unsubscribed or quarantined. Unless \
            `confirmed` is true, each new address gets an email that asks for a confirmation. An address that has \
            reached the configured limit of emails in 24 hours (`subscribers.mails_per_address`) is added without one.
            """,
        body: Body(
            schema: .subscriberImport,
            example: [
                "status_page_id": .string(Example.pageID), "confirmed": true,
                "subscribers": [["email": "jo@example.com"]],
            ]),
        success: .ok(
            "The result.", .importReport,
            example: ["imported": 1, "updated": 0, "skipped": [["index": 1, "code": "duplicate"]]]),
        errors: [.notFound, .conflict])

    static let updateSubscriber = Operation(
        id: "updateStatusPageSubscriber", tag: .subscribers, summary: "Change a subscriber",
        description: """
            Absent members stay unchanged. Any list replaces the whole scope. If all given lists are empty, the \
            subscriber gets the updates of the whole page.
            """,
        parameters: [subscriberID],
        body: Body(schema: .subscriberChange, example: ["component_ids": [.string(Example.componentID)]]),
        success: shown("The changed subscriber."), errors: [.conflict])

    static let deleteSubscriber = Operation(
        id: "deleteStatusPageSubscriber", tag: .subscribers, summary: "Delete a subscriber",
        description: "Deletes the subscriber with its address and everything that was sent to it.",
        parameters: [subscriberID], success: .noContent("Deleted."))

    static let resendConfirmation = Operation(
        id: "resendStatusPageSubscriberConfirmation", tag: .subscribers, summary: "Send another confirmation email",
        description: """
            Only for email addresses that are pending. If the address has reached the configured limit of emails in 24 \
            hours (`subscribers.mails_per_address`), the answer is 429.
            """, parameters: [subscriberID], success: shown("The subscriber."), errors: [.conflict])

    static let reactivateSubscriber = Operation(
        id: "reactivateStatusPageSubscriber", tag: .subscribers, summary: "Reactivate a subscriber",
        description: """
            Sends updates again to a subscriber that is quarantined. An email address that was never confirmed becomes \
            pending, and gets another email that asks for a confirmation.
            """, parameters: [subscriberID], success: shown("The subscriber."), errors: [.conflict])

    static let reportBounce = Operation(
        id: "reportStatusPageSubscriberBounce", tag: .subscribers, summary: "Report a bounce",
        description: """
            A hard bounce quarantines the subscriber. Three soft bounces or rejections in a row do so, too. A complaint \
            unsubscribes it.
            """,
        parameters: [subscriberID], body: Body(schema: .bounce, example: ["type": "hard", "detail": "550 5.1.1"]),
        success: shown("The subscriber."), errors: [.conflict])

    static let rotateSecret = Operation(
        id: "rotateStatusPageSubscriberSecret", tag: .subscribers, summary: "Rotate a webhook's secret",
        description: "Until the grace period ends, both secrets sign. The new secret is not shown again.",
        parameters: [subscriberID], body: Body(schema: .secretRotation, example: ["grace_period_minutes": 60]),
        isBodyRequired: false,
        success: .created(
            "The webhook and its secret.", .subscriberWithSecret,
            example: [
                "status_page_subscriber": webhook, "secret": "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            ]), errors: [.conflict])

    static let testSubscriber = Operation(
        id: "testStatusPageSubscriber", tag: .subscribers, summary: "Send a test message",
        description: "The message goes out at once, even while sending is paused.", parameters: [subscriberID],
        success: .created(
            "The delivery.", .result("StatusPageDeliveryResult", "status_page_delivery", .delivery),
            example: ["status_page_delivery": delivery]), errors: [.conflict])

    private static let subscriberID = Parameter.path(
        "id", "The subscriber's id.", example: .string(Example.subscriberID))

    private static func shown(_ description: String) -> Success {
        .ok(
            description, .result("StatusPageSubscriberResult", "status_page_subscriber", .subscriber),
            example: ["status_page_subscriber": subscriber])
    }

    private static let subscriber: JSONNode = [
        "id": .string(Example.subscriberID), "status_page_id": .string(Example.pageID), "channel": "email",
        "state": "pending", "email": "jo@example.com", "source": "api", "created_at": .string(Example.declaredAt),
    ]

    private static let webhook: JSONNode = [
        "id": .string(Example.subscriberID), "status_page_id": .string(Example.pageID), "channel": "webhook",
        "state": "active", "url": "https://hooks.example.com/status", "format": "incident_io", "source": "api",
        "created_at": .string(Example.declaredAt), "confirmed_at": .string(Example.declaredAt),
    ]
}

extension NamedSchema {
    static let subscriber = NamedSchema(
        "StatusPageSubscriber",
        .object(
            "A subscriber. Without `component_ids`, `group_ids` and `sub_page_ids`, it gets the whole page's updates.",
            [
                .required("id", .id("The subscriber's id.")),
                .required("status_page_id", .id("The page.")),
                .required("channel", .choice("The channel over which it gets updates.", Subscriber.Channel.self)),
                .required("state", .choice("Its state. Only active ones get updates.", Subscriber.State.self)),
                .optional("email", .string("The email address.")),
                .optional("url", .string("The URL of the webhook or chat.")),
                .optional("format", .choice("The body of webhooks.", Subscriber.Format.self)),
                .optional("name", .string("A name for people.")),
                .optional("component_ids", .array("The chosen components.", of: .id("A component."))),
                .optional("group_ids", .array("The chosen groups.", of: .id("A group."))),
                .optional("sub_page_ids", .array("The chosen sub-pages.", of: .id("A sub-page."))),
                .required("source", .choice("How it was added.", Subscriber.Source.self)),
                .required("created_at", .time("The time of creation.")),
                .optional("confirmed_at", .time("When it was confirmed.")),
                .optional("quarantined_at", .time("When it was quarantined.")),
                .optional("unsubscribed_at", .time("When it unsubscribed.")),
                .optional("reason", .string("Why it is quarantined or unsubscribed.")),
            ]))

    fileprivate static let subscriberWithSecret = NamedSchema(
        "StatusPageSubscriberSecretResult",
        .object(
            "A subscriber, and the secret if one was made.",
            [
                .required("status_page_subscriber", .reference(subscriber)),
                .optional("secret", .string("The secret that signs the webhooks. It is not shown again.")),
            ]))

    fileprivate static let subscriberCreation = NamedSchema(
        "CreateStatusPageSubscriber",
        .object(
            "A subscriber to add.",
            [
                .required("status_page_id", .sentID("The page.")),
                .required("channel", .choice("The channel over which it gets updates.", Subscriber.Channel.self)),
                .absentable("email", .string("The email address; required for `email`, and only there.")),
                .absentable(
                    "url", .string("The URL; required for the other channels, and only there.", ["maxLength": 2_048])),
                .absentable("format", .choice("The body of webhooks.", Subscriber.Format.self)),
                .absentable("name", name),
                .absentable(
                    "confirmed", .boolean("Whether the owner of the email address has agreed already. Default: false.")),
            ] + scope))

    fileprivate static let subscriberChange = NamedSchema(
        "UpdateStatusPageSubscriber",
        .object(
            "The new values.",
            [
                .absentable("url", .string("The URL of a webhook or chat.", ["maxLength": 2_048])),
                .absentable("format", .choice("The body of webhooks.", Subscriber.Format.self)),
                .absentable("name", name),
            ] + scope))

    fileprivate static let subscriberImport = NamedSchema(
        "ImportStatusPageSubscribers",
        .object(
            "Email addresses to add.",
            [
                .required("status_page_id", .sentID("The page.")),
                .required("confirmed", .boolean("Whether the owners of the addresses have agreed already.")),
                .required(
                    "subscribers",
                    .array(
                        "The addresses.",
                        of: .reference(
                            NamedSchema(
                                "ImportedStatusPageSubscriber",
                                .object(
                                    "An address.", [.absentable("email", .string("The email address."))] + scope))),
                        count: 1...SubscriberImport.mostRows)),
            ]))

    fileprivate static let importReport = NamedSchema(
        "StatusPageSubscriberImportResult",
        .object(
            "The result of an import.",
            [
                .required("imported", .integer("How many were added.", in: 0...SubscriberImport.mostRows)),
                .required(
                    "updated",
                    .integer("How many known addresses got the row's scope.", in: 0...SubscriberImport.mostRows)),
                .required(
                    "skipped",
                    .array(
                        "The rows that were skipped.",
                        of: .object(
                            "A row.",
                            [
                                .required(
                                    "index", .integer("Its position, from 0.", in: 0...SubscriberImport.mostRows)),
                                .required("code", .choice("Why.", SubscriberImport.Problem.self)),
                            ]))),
            ]))

    fileprivate static let bounce = NamedSchema(
        "ReportStatusPageSubscriberBounce",
        .object(
            "A report about an email.",
            [
                .required("type", .choice("The kind of report.", Bounce.self)),
                .absentable("detail", .text("The reason, such as the reply of the mail server.", .detail)),
            ]))

    fileprivate static let secretRotation = NamedSchema(
        "RotateStatusPageSubscriberSecret",
        .object(
            "Options for rotating a secret.",
            [
                .absentable(
                    "grace_period_minutes",
                    .integer("How many minutes both secrets sign.", in: 0...1_440, default: 1_440))
            ]))

    private static let name = Schema.text("A name for people.", .name)

    private static let scope: [Property] = [
        .absentable(
            "component_ids",
            .array("Components of the page.", of: .sentID("A component."), count: 0...Structure.mostComponents)),
        .absentable(
            "group_ids", .array("Groups of the page.", of: .sentID("A group."), count: 0...Structure.mostComponents)),
        .absentable(
            "sub_page_ids",
            .array("Sub-pages of the page.", of: .sentID("A sub-page."), count: 0...Structure.mostComponents)),
    ]
}
