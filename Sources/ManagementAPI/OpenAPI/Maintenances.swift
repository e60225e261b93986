import StatusPages

extension Maintenance {
    static let operations = EventOperations(
        list: described.list(
            """
            The maintenances of a page, the last published first. With filters, lists only maintenances with a period \
            that matches all filters. The bounds of the time filter are inclusive.
            """),
        show: described.show("One maintenance, with all its updates and periods."),
        create: described.create(
            "Schedule a maintenance",
            """
            Creates a maintenance on a page and publishes its first update. The server starts and completes an \
            automated maintenance and publishes an update each time. The window of an automated maintenance must not \
            be in the past.
            """,
            body: Operation.Body(
                schema: creation,
                example: [
                    "status_page_id": .string(Example.pageID), "name": "Database upgrade",
                    "maintenance_status": "maintenance_scheduled", "message": "The database gets a new version.",
                    "idempotency_key": "upgrade-17", "notify_subscribers": false, "automate_maintenance_status": true,
                    "affected_component_ids": [.string(Example.componentID)], "start_at": .string(Example.startAt),
                    "end_at": .string(Example.endAt),
                ]),
            success: "The scheduled maintenance."),
        revise: described.revise(
            "Rename a maintenance and move its window",
            """
            Periods that have not ended move with the window. Publishes no update and notifies nobody. The window of \
            an automated maintenance that is not complete cannot be moved into the past.
            """,
            body: Operation.Body(
                schema: revision,
                example: [
                    "name": "Database upgrade", "start_at": "2026-12-02T02:00:00Z", "end_at": "2026-12-02T04:00:00Z",
                ])),
        delete: described.delete(
            "Removes it from every list and page. This cannot be undone, and nobody is notified."),
        publish: described.publish(
            """
            An update can set any status. An update that sets a status ends the automation. A maintenance can \
            have 100 updates, and one more that completes it.
            """,
            body: Operation.Body(
                schema: publicationSchema(
                    componentStatuses(
                        """
                        The new component statuses. Name each component at most once. Not allowed with the status \
                        `maintenance_complete`.
                        """
                    )),
                example: [
                    "status_page_maintenance_id": .string(Example.maintenanceID), "message": "We have begun.",
                    "maintenance_status": "maintenance_in_progress", "notify_subscribers": false,
                ])),
        editUpdate: described.editUpdate(to: "The database gets a new version, with all hands."))

    private static let described = EventDescription<Maintenance>(
        tag: Operation.Tag(
            name: "Maintenances", description: "Maintenance windows and the updates published to them."),
        schema: schema(
            "A scheduled, ongoing or complete maintenance.",
            [
                .required(
                    "automate_maintenance_status", .boolean("Whether the server starts and completes it automatically.")
                ),
                .required(
                    "component_maintenance_periods",
                    .array("The time spans in which components are under maintenance.", of: .reference(period))),
            ]),
        example: [
            "name": "Database upgrade", "automate_maintenance_status": true,
            "component_maintenance_periods": [
                [
                    "component_id": .string(Example.componentID), "start_at": .string(Example.startAt),
                    "end_at": .string(Example.endAt),
                ]
            ],
        ],
        exampleID: Example.maintenanceID, exampleUpdateID: Example.maintenanceUpdateID, status: .scheduled,
        message: "The database gets a new version.",
        componentStatuses: [
            ["component_id": .string(Example.componentID), "component_status": "under_maintenance"]
        ])

    private static let period = NamedSchema(
        "ComponentMaintenancePeriod",
        .object(
            "A time span in which a component is under maintenance.",
            [
                .required("component_id", .id("The component.")),
                .required("start_at", .time("The start.")),
                .optional("end_at", .time("The end; absent if it is not known.")),
            ]))

    private static let creation = creationSchema(
        "A maintenance to schedule, with its first update.",
        [
            .required(
                "affected_component_ids",
                Schema.array(
                    "The components of the page under maintenance; may be empty.", of: .sentID("A component's id."),
                    count: 0...Structure.mostComponents
                ).unique),
            .absentable(
                "automate_maintenance_status",
                .boolean("Whether the server starts and completes it automatically. The default is false.")),
        ] + window)

    private static let revision = NamedSchema(
        "UpdateStatusPageMaintenance",
        .object("A new name and window.", [.required("name", .text("Its title on the page.", .name))] + window))

    private static let window: [Property] = [
        .required("start_at", .time("The start of the window.")),
        .required("end_at", .time("The end of the window, after its start.")),
    ]
}
