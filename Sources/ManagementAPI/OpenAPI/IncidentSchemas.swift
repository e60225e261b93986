import JSONInput
import StatusPages

extension NamedSchema {
    static let incident = NamedSchema(
        "StatusPageIncident",
        .object(
            "Something that is wrong, or was.",
            [
                .required("id", .id("The incident's id.")),
                .required("status_page_id", .id("The page it is on.")),
                .required("name", .string("What it is called on the page.")),
                .required("published_at", .time("When its first update was published.")),
                .required("incident_status", .choice("Where it stands.", Incident.Status.self)),
                .required("updates", .array("What was published, oldest first.", of: .reference(incidentUpdate))),
                .required(
                    "component_impacts",
                    .array("The spans in which it impaired components.", of: .reference(impact))),
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
                .required("published_at", .time("When it was published.")),
                .required("message", .string("What it says, in Markdown.")),
                .optional("edited_at", .editedAt),
                .required("incident_status", .choice("Where the incident stood from then on.", Incident.Status.self)),
                .required(
                    "component_statuses",
                    .array("The components it set, and to what.", of: .reference(incidentComponentStatus))),
            ]))

    private static let impact = NamedSchema(
        "ComponentImpact",
        .object(
            "A span in which a component held one status that is not operational.",
            [
                .required("component_id", .id("The component.")),
                .required(
                    "component_status",
                    .choice(
                        "How it was.", of: ComponentStatus.allCases.filter { $0 != .operational }.map(\.rawValue))),
                .required("start_at", .time("When it began.")),
                .optional("end_at", .time("When it ended; left out while it lasts.")),
            ]))

    private static let incidentComponentStatus = NamedSchema(
        "IncidentComponentStatus",
        .object(
            "The status that an update gave a component.",
            [
                .required("component_id", .id("The component.")),
                .required("component_status", .choice("How it was from then on.", ComponentStatus.self)),
            ]))
}

// MARK: Request bodies

extension NamedSchema {
    static let incidentCreation = NamedSchema(
        "CreateStatusPageIncident",
        .object(
            "An incident to declare, with its first update.",
            [
                .required("status_page_id", .sentID("The page to declare it on.")),
                .required("name", .text("What it is called on the page.", .name)),
                .required("incident_status", .choice("Where it stands.", Incident.Status.self)),
                .required("message", .message),
                .required("idempotency_key", .idempotencyKey),
                .required("notify_subscribers", .notifySubscribers),
                .absentable("component_statuses", .incidentComponentStatuses),
            ]))

    static let incidentRevision = NamedSchema(
        "UpdateStatusPageIncident",
        Schema.object(
            """
            A new name, an update to publish, or both. One of `name` and `message` has to be there, and \
            `incident_status` and `component_statuses` come only with a `message`.
            """,
            [
                .absentable("name", .text("The new name.", .name)),
                .absentable("message", .message),
                .absentable(
                    "incident_status", .choice("Where it stands now; unchanged if left out.", Incident.Status.self)),
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
                    "incident_status", .choice("Where it stands now; unchanged if left out.", Incident.Status.self)),
                .absentable("component_statuses", .incidentComponentStatuses),
            ]))

    static let retrospectiveCreation = NamedSchema(
        "CreateStatusPageRetrospectiveIncident",
        .object(
            "An incident that is over, with all its updates.",
            [
                .required("status_page_id", .sentID("The page to record it on.")),
                .required("name", .text("What it is called on the page.", .name)),
                .required("idempotency_key", .idempotencyKey),
                .required(
                    "updates",
                    .array(
                        "Oldest first, each in the past; the last one resolves the incident. It may be the 101st.",
                        of: .reference(retrospectiveUpdate), count: 1...(Incident.mostUpdates + 1))),
            ]))

    private static let retrospectiveUpdate = NamedSchema(
        "RetrospectiveIncidentUpdate",
        .object(
            "An update as it was published then.",
            [
                .required("incident_status", .choice("Where the incident stood from then on.", Incident.Status.self)),
                .required("message", .message),
                .required("published_at", .time("When it was published.")),
                .absentable("component_statuses", .incidentComponentStatuses),
            ]))

    fileprivate static let incidentComponentStatusToSet = NamedSchema(
        "SetIncidentComponentStatus",
        .object(
            "A status for a component.",
            [
                .required("component_id", .sentID("A component of the page, in a group or sub-page of it or not.")),
                .required("component_status", .choice("How it is.", ComponentStatus.self)),
            ]))
}

extension Schema {
    fileprivate static let incidentComponentStatuses = array(
        """
        How components are now; the others stay as they are. Each component at most once. Not with the status \
        `resolved`, which makes all of them operational by itself.
        """,
        of: .reference(.incidentComponentStatusToSet), count: 0...Structure.mostComponents)
}
