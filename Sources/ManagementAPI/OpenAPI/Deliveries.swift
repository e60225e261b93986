import StatusPages

extension Operation.Tag {
    fileprivate static let deliveries = Self(
        name: "Deliveries", description: "The messages to subscribers, and their deliveries.")
}

extension Operation {
    static let listDeliveries = Operation(
        id: "listStatusPageDeliveries", tag: .deliveries, summary: "List deliveries",
        description: "The messages to a page's subscribers, newest first.",
        parameters: [
            .query(
                "status_page_id", .sentID("The page to list."), isRequired: true, example: .string(Example.pageID)),
            .query(
                "subscriber_id", .sentID("Only messages to this subscriber."), example: .string(Example.subscriberID)),
            .query("state", .choice("Only messages in this state.", Delivery.State.self), example: "failed"),
            .query("channel", .choice("Only this channel.", Subscriber.Channel.self), example: "email"),
        ] + Parameter.ofEvent + Parameter.paging,
        success: .ok(
            "One page of the list.", .list("StatusPageDeliveryListResult", "status_page_deliveries", of: .delivery),
            example: ["status_page_deliveries": [delivery], "pagination_meta": Example.pagination]),
        errors: [.notFound])

    static let showDelivery = Operation(
        id: "showStatusPageDelivery", tag: .deliveries, summary: "Show a delivery",
        description: "One message, with the last answer of the relay or endpoint.", parameters: [deliveryID],
        success: shown)

    static let retryDelivery = Operation(
        id: "retryStatusPageDelivery", tag: .deliveries, summary: "Retry a delivery",
        description: "Sends a failed message again, under the same ids.", parameters: [deliveryID],
        success: shown, errors: [.conflict])

    static let retryDeliveries = Operation(
        id: "retryStatusPageDeliveries", tag: .deliveries, summary: "Retry failed deliveries",
        description: "Sends the failed messages of a page again, if they were made at or after a given time.",
        body: Body(
            schema: .retry,
            example: ["status_page_id": .string(Example.pageID), "since": .string(Example.declaredAt)]),
        success: .ok("The number of messages that are sent again.", .retried, example: ["retried": 3]),
        errors: [.notFound])

    static let showDeliveryStatus = Operation(
        id: "showStatusPageDeliveryStatus", tag: .deliveries, summary: "Show the state of sending",
        description: """
            Whether updates are paused, how many notifications still lack messages, and whether the mail relay works.
            """,
        success: status)

    static let updateDeliveryStatus = Operation(
        id: "updateStatusPageDeliveryStatus", tag: .deliveries, summary: "Pause or resume sending",
        description: """
            While sending is paused, updates wait. Confirmations, manage links and tests are still sent. The pause \
            survives restarts.
            """,
        body: Body(schema: .pause, example: ["paused": true]), success: status)

    static let listNotifications = Operation(
        id: "listStatusPageNotifications", tag: .deliveries, summary: "List notifications",
        description: "The updates that subscribers are notified of, newest first. Counts the messages in each state.",
        parameters: [
            .query("status_page_id", .sentID("The page to list."), isRequired: true, example: .string(Example.pageID))
        ] + Parameter.ofEvent + Parameter.paging,
        success: .ok(
            "One page of the list.",
            .list("StatusPageNotificationListResult", "status_page_notifications", of: .notification),
            example: ["status_page_notifications": [notification], "pagination_meta": Example.pagination]),
        errors: [.notFound])

    private static let deliveryID = Parameter.path("id", "The delivery's id.", example: .string(Example.deliveryID))

    private static let shown = Success.ok(
        "The delivery.", .result("StatusPageDeliveryResult", "status_page_delivery", .delivery),
        example: ["status_page_delivery": delivery])

    private static let status = Success.ok(
        "The state.", .result("StatusPageDeliveryStatusResult", "delivery_status", .deliveryStatus),
        example: ["delivery_status": ["paused": false, "pending": 0, "relay": ["state": "ok"]]])

    static let delivery: JSONNode = [
        "id": .string(Example.deliveryID), "status_page_id": .string(Example.pageID),
        "status_page_subscriber_id": .string(Example.subscriberID), "channel": "email", "kind": "update",
        "status_page_incident_id": .string(Example.incidentID), "update_id": .string(Example.updateID),
        "state": "sent", "attempts": 1, "created_at": .string(Example.declaredAt),
        "last_attempt_at": .string(Example.editedAt), "sent_at": .string(Example.editedAt),
        "last_response": ["code": 250, "text": "2.0.0 Ok: queued"],
        "message_id": .string("<\(Example.notificationID).\(Example.subscriberID)@example.com>"),
    ]

    private static let notification: JSONNode = [
        "id": .string(Example.notificationID), "status_page_id": .string(Example.pageID),
        "status_page_incident_id": .string(Example.incidentID), "update_id": .string(Example.updateID),
        "created_at": .string(Example.declaredAt), "fanned_out_at": .string(Example.editedAt),
        "deliveries": ["pending": 0, "sent": 120, "failed": 1, "superseded": 0, "cancelled": 0],
    ]
}

extension NamedSchema {
    static let delivery = NamedSchema(
        "StatusPageDelivery",
        .object(
            "A message to a subscriber.",
            [
                .required("id", .id("The delivery's id.")),
                .required("status_page_id", .id("The page.")),
                .required("status_page_subscriber_id", .id("The subscriber.")),
                .required("channel", .choice("The channel of the message.", Subscriber.Channel.self)),
                .required("kind", .choice("The kind of the message.", Delivery.Kind.self)),
            ] + event(isRequired: false) + [
                .required("state", .choice("Its state.", Delivery.State.self)),
                .required(
                    "attempts",
                    .integer("The number of attempts. An explicit retry resets it to 0.", in: 0...1_000_000)),
                .required("created_at", .time("The time of creation.")),
                .optional("last_attempt_at", .time("The time of the last attempt.")),
                .optional("next_attempt_at", .time("The time of the next attempt.")),
                .optional("sent_at", .time("When the relay or endpoint accepted it.")),
                .optional(
                    "last_response",
                    .object(
                        "The last answer of the relay or endpoint.",
                        [
                            .optional("code", .integer("The SMTP reply code or HTTP status.", in: 0...999)),
                            .required("text", .string("The answer.", ["maxLength": .integer(Delivery.Response.most)])),
                        ])),
                .optional("message_id", .string("The Message-ID of an email.")),
            ]))

    fileprivate static let notification = NamedSchema(
        "StatusPageNotification",
        .object(
            "An update that subscribers are notified of.",
            [
                .required("id", .id("The notification's id.")),
                .required("status_page_id", .id("The page.")),
            ] + event(isRequired: true) + [
                .required("created_at", .time("The time of creation.")),
                .optional("fanned_out_at", .time("When the message to the last subscriber was made.")),
                .required(
                    "deliveries",
                    .object(
                        "The number of messages in each state.",
                        Delivery.State.allCases.map {
                            .required($0.rawValue, .integer("How many are \($0.rawValue).", in: 0...1_000_000_000))
                        })),
            ]))

    private static func event(isRequired: Bool) -> [Property] {
        let update = Schema.id("The update.")
        return [
            .optional("status_page_incident_id", .id("The incident, if it is about one.")),
            .optional("status_page_maintenance_id", .id("The maintenance, if it is about one.")),
            isRequired ? .required("update_id", update) : .optional("update_id", update),
        ]
    }

    fileprivate static let retry = NamedSchema(
        "RetryStatusPageDeliveries",
        .object(
            "The messages to send again.",
            [
                .required("status_page_id", .sentID("The page.")),
                .required("since", .time("Only messages that were made at this time or later.")),
                .absentable("subscriber_id", .sentID("Only messages to this subscriber.")),
            ]))

    fileprivate static let retried = NamedSchema(
        "RetryStatusPageDeliveriesResult",
        .object(
            "The result.",
            [.required("retried", .integer("The number of messages that are sent again.", in: 0...1_000_000_000))]))

    fileprivate static let pause = NamedSchema(
        "UpdateStatusPageDeliveryStatus",
        .object("Whether to pause.", [.required("paused", .boolean("Whether updates wait."))]))

    fileprivate static let deliveryStatus = NamedSchema(
        "StatusPageDeliveryStatus",
        .object(
            "The state of sending.",
            [
                .required("paused", .boolean("Whether updates wait.")),
                .required(
                    "pending",
                    .integer("How many notifications have messages that are still to be made.", in: 0...1_000_000_000)),
                .optional("oldest_pending_at", .time("When the oldest of these notifications was made.")),
                .required(
                    "relay",
                    .object(
                        "The mail relay.",
                        [
                            .required("state", .choice("Whether it works.", DeliveryStatus.RelayState.self)),
                            .optional("last_error", .string("Its last failure, while it is failing.")),
                        ])),
            ]))
}

extension Operation.Parameter {
    fileprivate static let ofEvent: [Self] = [
        query(
            "status_page_incident_id", .sentID("Only about this incident."), example: .string(Example.incidentID)),
        query(
            "status_page_maintenance_id", .sentID("Only about this maintenance."),
            example: .string(Example.maintenanceID)),
    ]
}
