extension Operation.Tag {
    fileprivate static let maintenances = Self(
        name: "Maintenances",
        description: "Maintenance windows and the updates published to them.")
}

extension Operation {
    static let listMaintenances = Operation(
        id: "listStatusPageMaintenances", tag: .maintenances, summary: "List maintenances",
        description: """
            The maintenances of a page, the last published first. If there are filters, a maintenance is listed if \
            one of its periods matches all of them. The bounds of the time filter are inclusive.
            """,
        parameters: Parameter.events,
        success: .ok(
            "One page of the list.",
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
            Creates a maintenance on a page and publishes its first update. The server starts and completes an \
            automated maintenance and publishes an update each time. The window of an automated maintenance must not \
            be in the past.
            """,
        body: Body(schema: .maintenanceCreation, example: creation),
        success: .created(
            "The scheduled maintenance.", maintenanceResult,
            example: ["status_page_maintenance": maintenance], isReplayed: true),
        errors: [.notFound])

    static let updateMaintenance = Operation(
        id: "updateStatusPageMaintenance", tag: .maintenances, summary: "Rename a maintenance and move its window",
        description: """
            Periods that have not ended move with the window. Publishes no update and notifies nobody. The window of \
            an automated maintenance that is not complete cannot be moved into the past.
            """,
        parameters: [maintenanceID], body: Body(schema: .maintenanceRevision, example: revision),
        success: .ok(
            "The changed maintenance.", maintenanceResult, example: ["status_page_maintenance": maintenance]))

    static let deleteMaintenance = Operation(
        id: "deleteStatusPageMaintenance", tag: .maintenances, summary: "Delete a maintenance",
        description: "Removes it from every list and page. This cannot be undone, and nobody is notified.",
        parameters: [maintenanceID], success: .noContent("Deleted."))

    static let createMaintenanceUpdate = Operation(
        id: "createStatusPageMaintenanceUpdate", tag: .maintenances, summary: "Publish an update to a maintenance",
        description: """
            An update can set any status. An update that changes the status ends the automation. A maintenance can \
            have 100 updates, and one more that completes it.
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
            Replaces only the text, also on the page. Publishes no update and notifies nobody. The update then has \
            an `edited_at`. Sending the same text again changes nothing.
            """,
        parameters: [.path("id", "The update's id.", example: .string(Example.maintenanceUpdateID))],
        body: Body(schema: .updateEdit, example: ["message": "The database gets a new version, with all hands."]),
        success: .ok(
            "The changed update.", maintenanceUpdateResult,
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
