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

    static let createIncidentUpdate = Operation(
        id: "createStatusPageIncidentUpdate", tag: .incidents, summary: "Publish an update to an incident",
        description: """
            An update with the status `resolved` ends the incident and makes its components operational. A resolved \
            incident is opened again by an update with another status. An incident has at most 100 updates.
            """,
        body: Body(schema: .incidentPublication, example: publication),
        success: .created(
            "The update.",
            .result("StatusPageIncidentUpdateResult", "status_page_incident_update", .incidentUpdate),
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
