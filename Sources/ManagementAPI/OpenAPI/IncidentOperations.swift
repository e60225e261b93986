extension Operation.Tag {
    fileprivate static let incidents = Self(
        name: "Incidents", description: "What is wrong, or was: incidents and the updates published to them.")
}

extension Operation {
    static let listIncidents = Operation(
        id: "listStatusPageIncidents", tag: .incidents, summary: "List incidents",
        description: """
            The incidents of a page, newest first. A filter keeps what has one impact that meets all of the filters \
            together; a bound that only touches counts.
            """,
        parameters: Parameter.events,
        success: .ok(
            "A page of the list.", .list("StatusPageIncidentListResult", "status_page_incidents", of: .incident),
            example: ["status_page_incidents": [incident], "pagination_meta": Example.pagination]),
        errors: [.notFound])

    static let showIncident = Operation(
        id: "showStatusPageIncident", tag: .incidents, summary: "Show an incident",
        description: "One incident, with all its updates and impacts.", parameters: [incidentID],
        success: .ok("The incident.", incidentResult, example: ["status_page_incident": incident]))

    static let createIncident = Operation(
        id: "createStatusPageIncident", tag: .incidents, summary: "Declare an incident",
        description: """
            Puts an incident on a page and publishes its first update. Once this is answered, every later read of the \
            page shows it. It may be declared `resolved`, with no components or operational ones only.
            """,
        body: Body(schema: .incidentCreation, example: creation),
        success: .created(
            "The incident, as it was when it was declared.", incidentResult,
            example: ["status_page_incident": incident], isReplayed: true),
        errors: [.notFound])

    static let updateIncident = Operation(
        id: "updateStatusPageIncident", tag: .incidents, summary: "Rename an incident, publish an update, or both",
        description: "Both happen together or not at all. Subscribers are not told unless it says so.",
        parameters: [incidentID],
        body: Body(schema: .incidentRevision, example: ["name": "Some logins fail in Europe"]),
        success: .ok("The incident as it is now.", incidentResult, example: ["status_page_incident": incident]))

    static let deleteIncident = Operation(
        id: "deleteStatusPageIncident", tag: .incidents, summary: "Delete an incident",
        description: """
            Takes it off everything that can be read: lists, the widget, availability. This cannot be undone, and \
            nobody is told. Its idempotency key stays used.
            """,
        parameters: [incidentID], success: .noContent("It is gone."))

    static let listResponseIncidents = Operation(
        id: "listStatusPageResponseIncidents", tag: .incidents, summary: "List linked Response incidents",
        description: "Always an empty list: this server has no incidents but those of its pages.",
        parameters: [
            .path("status_page_id", "The page's id.", example: .string(Example.pageID)),
            .path("incident_id", "An incident of the page.", example: .string(Example.incidentID)),
        ],
        success: .ok("The empty list.", .responseIncidents, example: ["incidents": []]))

    static let createIncidentUpdate = Operation(
        id: "createStatusPageIncidentUpdate", tag: .incidents, summary: "Publish an update to an incident",
        description: """
            An update with the status `resolved` ends the incident and makes its components operational. A resolved \
            incident is opened again by an update with another status. An incident takes 100 updates, and one more \
            that resolves it.
            """,
        body: Body(schema: .incidentPublication, example: publication),
        success: .created(
            "The update.",
            incidentUpdateResult,
            example: ["status_page_incident_update": update]),
        errors: [.notFound])

    static let createRetrospectiveIncident = Operation(
        id: "createStatusPageRetrospectiveIncident", tag: .incidents, summary: "Record an incident that is over",
        description: "Fills in history, for example from another tool. Nobody is told.",
        body: Body(schema: .retrospectiveCreation, example: retrospective),
        success: .created(
            "The incident, as it was when it was recorded.", incidentResult,
            example: ["status_page_incident": incident], isReplayed: true),
        errors: [.notFound])

    static let editIncidentUpdate = Operation(
        id: "editStatusPageIncidentUpdate", tag: .incidents, summary: "Change the text of an update",
        description: """
            Replaces the text alone, also on the page: no update is published and nobody is told. The update then has \
            an `edited_at`. The same text again changes nothing.
            """,
        parameters: [.path("id", "The update's id.", example: .string(Example.updateID))],
        body: Body(schema: .updateEdit, example: ["message": "We are looking into it, with all hands."]),
        success: .ok(
            "The update as it is now.", incidentUpdateResult, example: ["status_page_incident_update": editedUpdate]))

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
