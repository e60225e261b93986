extension Operation.Tag {
    fileprivate static let maintenances = Self(
        name: "Maintenances",
        description: "Work that is planned: maintenance windows and the updates published to them.")
}

extension Operation {
    static let listMaintenances = Operation(
        id: "listStatusPageMaintenances", tag: .maintenances, summary: "List maintenances",
        description: """
            The maintenances of a page, the last published first. A filter keeps what has one period that meets all of \
            the filters together; a bound that only touches counts.
            """,
        parameters: Parameter.events,
        success: .ok(
            "A page of the list.",
            .list("StatusPageMaintenanceListResult", "status_page_maintenances", of: .maintenance),
            example: ["status_page_maintenances": [maintenance], "pagination_meta": Example.pagination]),
        errors: [.notFound])

    static let showMaintenance = Operation(
        id: "showStatusPageMaintenance", tag: .maintenances, summary: "Show a maintenance",
        description: "One maintenance, with all its updates and periods.", parameters: [maintenanceID],
        success: .ok("The maintenance.", maintenanceResult, example: ["status_page_maintenance": maintenance]))

    static let createMaintenance = Operation(
        id: "createStatusPageMaintenance", tag: .maintenances, summary: "Schedule a maintenance",
        description: """
            Puts a maintenance on a page and publishes its first update. Work that is automated is begun and completed \
            by the server, each with an update at its moment; its window must not lie in the past.
            """,
        body: Body(schema: .maintenanceCreation, example: creation),
        success: .created(
            "The maintenance, as it was when it was scheduled.", maintenanceResult,
            example: ["status_page_maintenance": maintenance], isReplayed: true),
        errors: [.notFound])

    static let updateMaintenance = Operation(
        id: "updateStatusPageMaintenance", tag: .maintenances, summary: "Rename a maintenance and move its window",
        description: """
            Periods that have not ended move with the window. No update is published and nobody is told. The window of \
            automated work that is not complete cannot be moved into the past.
            """,
        parameters: [maintenanceID], body: Body(schema: .maintenanceRevision, example: revision),
        success: .ok(
            "The maintenance as it is now.", maintenanceResult, example: ["status_page_maintenance": maintenance]))

    static let deleteMaintenance = Operation(
        id: "deleteStatusPageMaintenance", tag: .maintenances, summary: "Remove a maintenance",
        description: "Takes it off everything that can be read. This cannot be undone, and nobody is told.",
        parameters: [maintenanceID], success: .noContent("It is gone."))

    static let createMaintenanceUpdate = Operation(
        id: "createStatusPageMaintenanceUpdate", tag: .maintenances, summary: "Publish an update to a maintenance",
        description: """
            An update may move the maintenance to any status. One that does ends its automation. A maintenance takes \
            100 updates, and one more that completes it.
            """,
        body: Body(schema: .maintenancePublication, example: publication),
        success: .created(
            "The update.",
            maintenanceUpdateResult,
            example: ["status_page_maintenance_update": update]),
        errors: [.notFound])

    static let editMaintenanceUpdate = Operation(
        id: "editStatusPageMaintenanceUpdate", tag: .maintenances, summary: "Change the text of an update",
        description: """
            Replaces the text alone, also on the page: no update is published and nobody is told. The update then has \
            an `edited_at`. The same text again changes nothing.
            """,
        parameters: [.path("id", "The update's id.", example: .string(Example.maintenanceUpdateID))],
        body: Body(schema: .updateEdit, example: ["message": "The database gets a new version, with all hands."]),
        success: .ok(
            "The update as it is now.", maintenanceUpdateResult,
            example: ["status_page_maintenance_update": editedUpdate]))

    private static let maintenanceUpdateResult = NamedSchema.result(
        "StatusPageMaintenanceUpdateResult", "status_page_maintenance_update", .maintenanceUpdate)

    private static let maintenanceResult = NamedSchema.result(
        "StatusPageMaintenanceResult", "status_page_maintenance", .maintenance)

    private static let maintenanceID = Parameter.path(
        "status_page_maintenance_id", "The maintenance's id.", example: .string(Example.maintenanceID))
}

// MARK: Examples

extension Operation {
    private static let update: JSONNode = [
        "id": .string(Example.maintenanceUpdateID), "status_page_maintenance_id": .string(Example.maintenanceID),
        "published_at": .string(Example.declaredAt), "message": "The database gets a new version.",
        "maintenance_status": "maintenance_scheduled",
        "component_statuses": [
            ["component_id": .string(Example.componentID), "component_status": "under_maintenance"]
        ],
    ]

    private static let editedUpdate: JSONNode = [
        "id": .string(Example.maintenanceUpdateID), "status_page_maintenance_id": .string(Example.maintenanceID),
        "published_at": .string(Example.declaredAt), "edited_at": .string(Example.editedAt),
        "message": "The database gets a new version, with all hands.", "maintenance_status": "maintenance_scheduled",
        "component_statuses": [
            ["component_id": .string(Example.componentID), "component_status": "under_maintenance"]
        ],
    ]

    private static let maintenance: JSONNode = [
        "id": .string(Example.maintenanceID), "status_page_id": .string(Example.pageID), "name": "Database upgrade",
        "published_at": .string(Example.declaredAt), "maintenance_status": "maintenance_scheduled",
        "automate_maintenance_status": true, "updates": [update],
        "component_maintenance_periods": [
            [
                "component_id": .string(Example.componentID), "start_at": .string(Example.startAt),
                "end_at": .string(Example.endAt),
            ]
        ],
    ]

    private static let creation: JSONNode = [
        "status_page_id": .string(Example.pageID), "name": "Database upgrade",
        "maintenance_status": "maintenance_scheduled", "message": "The database gets a new version.",
        "idempotency_key": "upgrade-17", "notify_subscribers": false, "automate_maintenance_status": true,
        "affected_component_ids": [.string(Example.componentID)], "start_at": .string(Example.startAt),
        "end_at": .string(Example.endAt),
    ]

    private static let revision: JSONNode = [
        "name": "Database upgrade", "start_at": "2026-12-02T02:00:00Z", "end_at": "2026-12-02T04:00:00Z",
    ]

    private static let publication: JSONNode = [
        "status_page_maintenance_id": .string(Example.maintenanceID), "message": "We have begun.",
        "maintenance_status": "maintenance_in_progress", "notify_subscribers": false,
    ]
}
