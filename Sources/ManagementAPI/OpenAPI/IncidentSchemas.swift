import JSONInput
import StatusPages

extension NamedSchema {
    static let incident = NamedSchema(
        "StatusPageIncident",
        .object(
            "An ongoing or past incident.",
            [
                .required("id", .id("The incident's id.")),
                .required("status_page_id", .id("Its status page.")),
                .required("name", .string("Its title on the page.")),
                .required("published_at", .time("The publication time of its first update.")),
                .required("incident_status", .choice("Its status.", Incident.Status.self)),
                .required("updates", .array("Its updates, oldest first.", of: .reference(incidentUpdate))),
                .required(
                    "component_impacts",
                    .array("The time spans in which it affected components.", of: .reference(impact))),
            ]))

    static let responseIncidents = NamedSchema(
        "StatusPageResponseIncidentListResult",
        .object(
            "The Response incidents that are linked to an incident of a status page.",
            [
                .required(
                    "incidents",
                    .array("Always empty.", of: .free("A linked incident."), count: 0...0))
            ]))

    static let incidentUpdate = NamedSchema(
        "StatusPageIncidentUpdate",
        .object(
            "An update that was published to an incident.",
            [
                .required("id", .id("The update's id.")),
                .required("status_page_incident_id", .id("The incident it belongs to.")),
                .required("published_at", .time("The publication time.")),
                .required("message", .string("The text of the update, in Markdown.")),
                .optional("edited_at", .editedAt),
                .required("incident_status", .choice("The incident's status from then on.", Incident.Status.self)),
                .required(
                    "component_statuses",
                    .array("The component statuses that the update set.", of: .reference(incidentComponentStatus))),
            ]))

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

    private static let incidentComponentStatus = NamedSchema(
        "IncidentComponentStatus",
        .object(
            "The status that an update gave a component.",
            [
                .required("component_id", .id("The component.")),
                .required("component_status", .choice("The component's status from then on.", ComponentStatus.self)),
            ]))
}

// MARK: Request bodies

extension NamedSchema {
    static let incidentCreation = NamedSchema(
        "CreateStatusPageIncident",
        .object(
            "An incident to declare, with its first update.",
            [
                .required("status_page_id", .sentID("The page that shows it.")),
                .required("name", .text("Its title on the page.", .name)),
                .required("incident_status", .choice("Its status.", Incident.Status.self)),
                .required("message", .message),
                .required("idempotency_key", .idempotencyKey),
                .required("notify_subscribers", .notifySubscribers),
                .absentable("component_statuses", .incidentComponentStatuses),
            ]))

    static let incidentRevision = NamedSchema(
        "UpdateStatusPageIncident",
        Schema.object(
            """
            A new name, an update to publish, or both. `name` or `message` is required. `incident_status` and \
            `component_statuses` require a `message`.
            """,
            [
                .absentable("name", .text("The new name.", .name)),
                .absentable("message", .message),
                .absentable(
                    "incident_status", .choice("The new status; unchanged if absent.", Incident.Status.self)),
                .absentable("component_statuses", .incidentComponentStatuses),
                .absentable("notify_subscribers", .notifySubscribers),
            ]
        ).having(oneOf: "name", "message"))

    static let incidentPublication = NamedSchema(
        "CreateStatusPageIncidentUpdate",
        .object(
            "An update to publish.",
            [
                .required("status_page_incident_id", .sentID("The incident it belongs to.")),
                .required("message", .message),
                .required("notify_subscribers", .notifySubscribers),
                .absentable(
                    "incident_status", .choice("The new status; unchanged if absent.", Incident.Status.self)),
                .absentable("component_statuses", .incidentComponentStatuses),
            ]))

    static let retrospectiveCreation = NamedSchema(
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
                .absentable("component_statuses", .incidentComponentStatuses),
            ]))

    fileprivate static let incidentComponentStatusToSet = NamedSchema(
        "SetIncidentComponentStatus",
        .object(
            "A status for a component.",
            [
                .required("component_id", .sentID("A component of the page, at any level.")),
                .required("component_status", .choice("The component's new status.", ComponentStatus.self)),
            ]))
}

extension Schema {
    fileprivate static let incidentComponentStatuses = array(
        """
        The new component statuses; other components stay unchanged. Each component at most once. Not allowed with \
        the status `resolved`, which makes all components of the incident operational.
        """,
        of: .reference(.incidentComponentStatusToSet), count: 0...Structure.mostComponents)
}
