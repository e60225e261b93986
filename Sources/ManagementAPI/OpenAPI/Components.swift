import StatusPages

extension Operation.Tag {
    fileprivate static let components = Self(
        name: "Components", description: "The components of status pages, and their availability.")
}

extension Operation {
    static let listComponents = Operation(
        id: "listStatusPageComponents", tag: .components, summary: "List components",
        description: "All components that are not archived, oldest first, in one response.",
        success: .ok("All components.", .components, example: ["status_page_components": [component]]))

    static let showComponent = Operation(
        id: "showStatusPageComponent", tag: .components, summary: "Show a component", description: "One component.",
        parameters: [componentID],
        success: .ok("The component.", componentResult, example: ["status_page_component": component]))

    static let createComponent = Operation(
        id: "createStatusPageComponent", tag: .components, summary: "Create a component",
        description: """
            Creates a component that is not on any page. Pages that the configuration does not declare can show it.
            """,
        body: Body(schema: .componentCreation, example: ["name": "Search", "description": "Finds things"]),
        success: .created("The component.", componentResult, example: ["status_page_component": component]))

    static let updateComponent = Operation(
        id: "updateStatusPageComponent", tag: .components, summary: "Change a component",
        description: "Changes a component that the configuration does not declare.", parameters: [componentID],
        body: Body(schema: .componentRevision, example: ["name": "Search", "description": "Finds things"]),
        success: .ok(
            "The changed component.", componentResult, example: ["status_page_component": component]),
        errors: [.conflict])

    static let archiveComponent = Operation(
        id: "deleteStatusPageComponent", tag: .components, summary: "Archive a component",
        description: """
            Archives a component that the configuration does not declare. Past incidents keep its data. The request \
            fails with the code `in_use` while a page, an ongoing incident or an unfinished maintenance uses the \
            component. The message names them.
            """,
        parameters: [componentID], success: .noContent("Archived."),
        errors: [.conflict, .unprocessableContent])

    static let showAvailability = Operation(
        id: "showStatusPageComponentAvailability", tag: .components, summary: "Show a component's availability",
        description: """
            Full and partial outages count as downtime. Overlapping incidents count once. Degraded performance, \
            maintenance and future time do not count. The window is at most 366 days long.
            """,
        parameters: [
            .path("status_page_id", "The page's id.", example: .string(Example.pageID)),
            .path("component_id", "A component of the page.", example: .string(Example.componentID)),
            .query("start_at", .time("The start of the window."), isRequired: true, example: "2026-11-01T00:00:00Z"),
            .query(
                "end_at", .time("The end of the window, after its start."), isRequired: true,
                example: "2026-12-01T00:00:00Z"),
        ],
        success: .ok(
            "The availability.", .result("ComponentAvailabilityResult", "availability", .availability),
            example: ["availability": availability]))

    private static let componentResult = NamedSchema.result(
        "StatusPageComponentResult", "status_page_component", .component)

    private static let componentID = Parameter.path(
        "id", "The component's id.", example: .string(Example.componentID))

    private static let component: JSONNode = [
        "id": .string(Example.componentID), "name": "Search", "description": "Finds things",
        "management_meta": ["managed_by": "dashboard", "annotations": [:]],
    ]

    private static let availability: JSONNode = [
        "status_page_id": .string(Example.pageID), "component_id": .string(Example.componentID),
        "start_at": "2026-11-01T00:00:00.000Z", "end_at": "2026-12-01T00:00:00.000Z",
        "data_available_since": "2026-01-15T12:00:00.000Z", "availability_percent": "99.94",
    ]
}

extension NamedSchema {
    static let component = NamedSchema(
        "StatusPageComponent",
        .object(
            "A part of the organisation's services. The structure of a page says where the page shows it.",
            [
                .required("id", .id("The component's id.")),
                .required("name", .string("The component's name.")),
                .optional("description", .string("The component's description.")),
                .required("management_meta", .reference(managementMeta)),
            ]))

    static let components = NamedSchema(
        "StatusPageComponentListResult",
        .object(
            "All components.",
            [.required("status_page_components", .array("Oldest first.", of: .reference(component)))]))

    static let componentCreation = NamedSchema(
        "CreateStatusPageComponent",
        .object(
            "A component to create.",
            [
                .required("name", .text("The component's name.", .name)),
                .absentable("description", .optionalText("The component's description.", .description)),
            ]))

    static let componentRevision = NamedSchema(
        "UpdateStatusPageComponent",
        .object(
            "The component's new values.",
            [
                .required("name", .text("The component's name.", .name)),
                .absentable(
                    "description",
                    .optionalText(
                        "The description. If it is absent, empty or only white space, the component gets none.",
                        .description)),
            ]))

    static let availability = NamedSchema(
        "ComponentAvailability",
        .object(
            "The availability of a component in a time window.",
            [
                .required("status_page_id", .id("The page whose incidents are counted.")),
                .required("component_id", .id("The component.")),
                .required("start_at", .time("The start of the window.")),
                .required("end_at", .time("The end of the window.")),
                .required("data_available_since", .time("The time of the first record. Earlier time is not counted.")),
                .optional(
                    "availability_percent",
                    .string(
                        "A percentage, rounded down; absent if there are no records in the window.",
                        ["pattern": #"^(100\.00|[0-9]{1,2}\.[0-9]{2})$"#])),
            ]))
}
