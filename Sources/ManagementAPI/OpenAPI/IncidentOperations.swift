extension Operation.Tag {
    fileprivate static let incidents = Self(
        name: "Incidents", description: "Incidents and the updates published to them.")
}

extension Operation {
    static let listIncidents = Operation(
        id: "listStatusPageIncidents", tag: .incidents, summary: "List incidents",
        description: """
            The incidents of a page, newest first. If there are filters, an incident is listed if one of its impacts \
            matches all of them. The bounds of the time filter are inclusive.
            """,
        parameters: Parameter.events,
        success: .ok(
            "One page of the list.", .list("StatusPageIncidentListResult", "status_page_incidents", of: .incident),
            example: ["status_page_incidents": [incident], "pagination_meta": Example.pagination]),
        errors: [.notFound])

    static let showIncident = Operation(
        id: "showStatusPageIncident", tag: .incidents, summary: "Show an incident",
        description: "One incident, with all its updates and impacts.", parameters: [incidentID],
        success: .ok("The incident.", incidentResult, example: ["status_page_incident": incident]))

    static let createIncident = Operation(
        id: "createStatusPageIncident", tag: .incidents, summary: "Declare an incident",
        description: """
            Creates an incident on a page and publishes its first update. Every read of the page after the response \
            shows the incident. An incident can be declared `resolved`, with operational components only or none.
            """,
        body: Body(schema: .incidentCreation, example: creation),
        success: .created(
            "The declared incident.", incidentResult,
            example: ["status_page_incident": incident], isReplayed: true),
        errors: [.notFound])

    static let updateIncident = Operation(
        id: "updateStatusPageIncident", tag: .incidents, summary: "Rename an incident, publish an update, or both",
        description:
            "Both happen together or not at all. Subscribers are notified only if `notify_subscribers` is true.",
        parameters: [incidentID],
        body: Body(schema: .incidentRevision, example: ["name": "Some logins fail in Europe"]),
        success: .ok("The changed incident.", incidentResult, example: ["status_page_incident": incident]))

    static let deleteIncident = Operation(
        id: "deleteStatusPageIncident", tag: .incidents, summary: "Delete an incident",
        description: """
            Removes it from every list, the widget and the availability. This cannot be undone, and nobody is \
            notified. Its idempotency key stays in use.
            """,
        parameters: [incidentID], success: .noContent("Deleted."))

    static let listResponseIncidents = Operation(
        id: "listStatusPageResponseIncidents", tag: .incidents, summary: "List linked Response incidents",
        description: "Always an empty list: this server has only status page incidents.",
        parameters: [
            .path("status_page_id", "The page's id.", example: .string(Example.pageID)),
            .path("incident_id", "An incident of the page.", example: .string(Example.incidentID)),
        ],
        success: .ok("The empty list.", .responseIncidents, example: ["incidents": []]))

    static let createIncidentUpdate = Operation(
        id: "createStatusPageIncidentUpdate", tag: .incidents, summary: "Publish an update to an incident",
        description: """
            An update with the status `resolved` ends the incident and makes its components operational. An update \
            with another status reopens a resolved incident. An incident can have 100 updates, and one more that \
            resolves it.
            """,
        body: Body(schema: .incidentPublication, example: publication),
        success: .created(
            "The update.",
            incidentUpdateResult,
            example: ["status_page_incident_update": update]),
        errors: [.notFound])

    static let createRetrospectiveIncident = Operation(
        id: "createStatusPageRetrospectiveIncident", tag: .incidents, summary: "Record a past incident",
        description: "Adds history, for example from another tool. Nobody is notified.",
        body: Body(schema: .retrospectiveCreation, example: retrospective),
        success: .created(
            "The recorded incident.", incidentResult,
            example: ["status_page_incident": incident], isReplayed: true),
        errors: [.notFound])

    static let editIncidentUpdate = Operation(
        id: "editStatusPageIncidentUpdate", tag: .incidents, summary: "Change the text of an update",
        description: """
            Replaces only the text, also on the page. Publishes no update and notifies nobody. The update then has \
            an `edited_at`. Sending the same text again changes nothing.
            """,
        parameters: [.path("id", "The update's id.", example: .string(Example.updateID))],
        body: Body(schema: .updateEdit, example: ["message": "We are looking into it, with all hands."]),
        success: .ok(
            "The changed update.", incidentUpdateResult, example: ["status_page_incident_update": editedUpdate]))

    private static let incidentUpdateResult = NamedSchema.result(
        "StatusPageIncidentUpdateResult", "status_page_incident_update", .incidentUpdate)

    private static let incidentResult = NamedSchema.result(
        "StatusPageIncidentResult", "status_page_incident", .incident)

    private static let incidentID = Parameter.path(
        "status_page_incident_id", "The incident's id.", example: .string(Example.incidentID))
}

// MARK: Examples

extension Operation {
    private static let statuses: JSONNode = [
        ["component_id": .string(Example.componentID), "component_status": "partial_outage"]
    ]

    private static let update: JSONNode = [
        "id": .string(Example.updateID), "status_page_incident_id": .string(Example.incidentID),
        "published_at": .string(Example.declaredAt), "message": "We are looking into it.",
        "incident_status": "investigating", "component_statuses": statuses,
    ]

    private static let editedUpdate: JSONNode = [
        "id": .string(Example.updateID), "status_page_incident_id": .string(Example.incidentID),
        "published_at": .string(Example.declaredAt), "edited_at": .string(Example.editedAt),
        "message": "We are looking into it, with all hands.", "incident_status": "investigating",
        "component_statuses": statuses,
    ]

    private static let incident: JSONNode = [
        "id": .string(Example.incidentID), "status_page_id": .string(Example.pageID), "name": "Some logins fail",
        "published_at": .string(Example.declaredAt), "incident_status": "investigating", "updates": [update],
        "component_impacts": [
            [
                "component_id": .string(Example.componentID), "component_status": "partial_outage",
                "start_at": .string(Example.declaredAt),
            ]
        ],
    ]

    private static let creation: JSONNode = [
        "status_page_id": .string(Example.pageID), "name": "Some logins fail", "incident_status": "investigating",
        "message": "We are looking into it.", "idempotency_key": "login-1", "notify_subscribers": false,
        "component_statuses": statuses,
    ]

    private static let publication: JSONNode = [
        "status_page_incident_id": .string(Example.incidentID), "message": "Logins work again.",
        "incident_status": "resolved", "notify_subscribers": false,
    ]

    private static let retrospective: JSONNode = [
        "status_page_id": .string(Example.pageID), "name": "Slow search", "idempotency_key": "search-2025",
        "updates": [
            [
                "incident_status": "investigating", "message": "Search is slow.",
                "published_at": "2025-03-01T09:00:00Z", "component_statuses": statuses,
            ],
            ["incident_status": "resolved", "message": "It is fast again.", "published_at": "2025-03-01T10:30:00Z"],
        ],
    ]
}
