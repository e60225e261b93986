import StatusPages

extension Incident {
    static let operations = EventOperations(
        list: described.list(
            """
            The incidents of a page, newest first. With filters, lists only incidents with an impact that matches all \
            filters. The bounds of the time filter are inclusive.
            """),
        show: described.show("One incident, with all its updates and impacts."),
        create: described.create(
            "Declare an incident",
            """
            Creates an incident on a page and publishes its first update. Every read of the page after the response \
            shows the incident. An incident can also be declared `resolved`. Its components must then be operational.
            """,
            body: Operation.Body(
                schema: creationSchema(
                    "An incident to declare, with its first update.",
                    [
                        .absentable(
                            "component_statuses",
                            componentStatuses(
                                """
                                The component statuses. Name each component at most once. With the status `resolved`, \
                                each must be `operational`.
                                """))
                    ]),
                example: [
                    "status_page_id": .string(Example.pageID), "name": "Some logins fail",
                    "incident_status": "investigating", "message": "We are looking into it.",
                    "idempotency_key": "login-1", "notify_subscribers": false, "component_statuses": statuses,
                ]),
            success: "The declared incident."),
        revise: described.revise(
            "Rename an incident, publish an update, or both",
            "Both happen together or not at all. Subscribers are notified only if `notify_subscribers` is true.",
            body: Operation.Body(schema: revision, example: ["name": "Some logins fail in Europe"])),
        delete: described.delete(
            """
            Removes it from every list, the widget and the availability. This cannot be undone, and nobody is \
            notified. Its idempotency key stays in use.
            """),
        publish: described.publish(
            """
            An update with the status `resolved` ends the incident and makes its components operational. An update \
            with another status reopens a resolved incident. An incident can have 100 updates, and one more that \
            resolves it.
            """,
            body: Operation.Body(
                schema: publicationSchema(statusesToSet),
                example: [
                    "status_page_incident_id": .string(Example.incidentID), "message": "Logins work again.",
                    "incident_status": "resolved", "notify_subscribers": false,
                ])),
        editUpdate: described.editUpdate(to: "We are looking into it, with all hands."))

    fileprivate static let described = EventDescription<Incident>(
        tag: Operation.Tag(name: "Incidents", description: "Incidents and the updates published to them."),
        schema: schema(
            "An ongoing or past incident.",
            [
                .required(
                    "component_impacts",
                    .array("The time spans in which it affected components.", of: .reference(impact)))
            ]),
        example: [
            "name": "Some logins fail",
            "component_impacts": [
                [
                    "component_id": .string(Example.componentID), "component_status": "partial_outage",
                    "start_at": .string(Example.declaredAt),
                ]
            ],
        ],
        exampleID: Example.incidentID, exampleUpdateID: Example.updateID, status: .investigating,
        message: "We are looking into it.", componentStatuses: statuses)

    fileprivate static let statuses: JSONNode = [
        ["component_id": .string(Example.componentID), "component_status": "partial_outage"]
    ]

    private static let impact = NamedSchema(
        "ComponentImpact",
        .object(
            "A time span in which a component had one status other than operational.",
            [
                .required("component_id", .id("The component.")),
                .required(
                    "component_status",
                    .choice(
                        "The component's status.",
                        of: ComponentStatus.allCases.filter { $0 != .operational }.map(\.rawValue))),
                .required("start_at", .time("The start.")),
                .optional("end_at", .time("The end; absent while it lasts.")),
            ]))

    private static let revision = NamedSchema(
        "UpdateStatusPageIncident",
        Schema.object(
            """
            A new name, an update to publish, or both. `name` or `message` is required. `incident_status` and \
            `component_statuses` require a `message`.
            """,
            [
                .absentable("name", .text("The new name.", .name)),
                .absentable("message", .message),
                newStatus,
                .absentable("component_statuses", statusesToSet),
                .absentable("notify_subscribers", .notifySubscribers),
            ]
        ).having(oneOf: "name", "message"))

    private static let statusesToSet = componentStatuses(
        """
        The new component statuses; other components stay unchanged. Name each component at most once. Not allowed \
        with the status `resolved`, which makes all components of the incident operational.
        """)
}

// MARK: Routes that only incidents have

extension Operation {
    static let createRetrospectiveIncident = Operation(
        id: "createStatusPageRetrospectiveIncident", tag: Incident.described.tag, summary: "Record a past incident",
        description: "Adds history, for example from another tool. Nobody is notified.",
        body: Body(
            schema: .retrospectiveCreation,
            example: [
                "status_page_id": .string(Example.pageID), "name": "Slow search", "idempotency_key": "search-2025",
                "updates": [
                    [
                        "incident_status": "investigating", "message": "Search is slow.",
                        "published_at": "2025-03-01T09:00:00Z", "component_statuses": Incident.statuses,
                    ],
                    [
                        "incident_status": "resolved", "message": "It is fast again.",
                        "published_at": "2025-03-01T10:30:00Z",
                    ],
                ],
            ]),
        success: .created(
            "The recorded incident.", Incident.described.result, example: Incident.described.resultExample,
            isReplayed: true),
        errors: [.notFound])

    static let listResponseIncidents = Operation(
        id: "listStatusPageResponseIncidents", tag: Incident.described.tag, summary: "List linked Response incidents",
        description: "Always an empty list: this server has only status page incidents.",
        parameters: [
            .path("status_page_id", "The page's id.", example: .string(Example.pageID)),
            .path("incident_id", "An incident of the page.", example: .string(Example.incidentID)),
        ],
        success: .ok("The empty list.", .responseIncidents, example: ["incidents": []]))
}

extension NamedSchema {
    fileprivate static let retrospectiveCreation = NamedSchema(
        "CreateStatusPageRetrospectiveIncident",
        .object(
            "A past incident with all its updates.",
            [
                .required("status_page_id", .sentID("The page that shows it.")),
                .required("name", .text("Its title on the page.", .name)),
                .required("idempotency_key", .idempotencyKey),
                .required(
                    "updates",
                    .array(
                        "Oldest first, all in the past. The last update resolves the incident and may be the 101st.",
                        of: .reference(retrospectiveUpdate), count: 1...(Incident.mostUpdates + 1))),
            ]))

    private static let retrospectiveUpdate = NamedSchema(
        "RetrospectiveIncidentUpdate",
        .object(
            "An update of a past incident.",
            [
                .required("incident_status", .choice("The incident's status from then on.", Incident.Status.self)),
                .required("message", .message),
                .required("published_at", .time("The publication time.")),
                .absentable(
                    "component_statuses",
                    Incident.componentStatuses(
                        """
                        The new component statuses; other components stay unchanged. Name each component at most once. \
                        With the status `resolved`, only the first update may have them, and each must be \
                        `operational`.
                        """)),
            ]))

    fileprivate static let responseIncidents = NamedSchema(
        "StatusPageResponseIncidentListResult",
        .object(
            "The Response incidents that are linked to an incident of a status page.",
            [.required("incidents", .array("Always empty.", of: .free("A linked incident."), count: 0...0))]))
}
