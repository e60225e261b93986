extension Operation.Tag {
    fileprivate static let components = Self(
        name: "Components", description: "The parts whose condition pages show, and how much of the time they were up.")
}

extension Operation {
    static let listComponents = Operation(
        id: "listStatusPageComponents", tag: .components, summary: "List components",
        description: "All components that are not archived, oldest first, in one answer.",
        success: .ok("All components.", .components, example: ["status_page_components": [component]]))

    static let showComponent = Operation(
        id: "showStatusPageComponent", tag: .components, summary: "Show a component", description: "One component.",
        parameters: [componentID],
        success: .ok("The component.", componentResult, example: ["status_page_component": component]))

    static let createComponent = Operation(
        id: "createStatusPageComponent", tag: .components, summary: "Make a component",
        description: "It is on no page until a structure places it.",
        body: Body(schema: .componentCreation, example: ["name": "Search", "description": "Finds things"]),
        success: .created("The component.", componentResult, example: ["status_page_component": component]))

    static let updateComponent = Operation(
        id: "updateStatusPageComponent", tag: .components, summary: "Change a component",
        description: "Only one that was made through the API.", parameters: [componentID],
        body: Body(schema: .componentRevision, example: ["name": "Search", "description": "Finds things"]),
        success: .ok(
            "The component as it is now.", componentResult, example: ["status_page_component": component]),
        errors: [.conflict])

    static let archiveComponent = Operation(
        id: "deleteStatusPageComponent", tag: .components, summary: "Archive a component",
        description: """
            Only one that was made through the API. Past incidents keep what they say of it. A component that a page \
            shows, or that an ongoing incident or an unfinished maintenance names, is refused with the code `in_use`; \
            the message names them.
            """,
        parameters: [componentID], success: .noContent("It is archived."),
        errors: [.conflict, .unprocessableContent])

    static let showAvailability = Operation(
        id: "showStatusPageComponentAvailability", tag: .components, summary: "Show how much of the time it was up",
        description: """
            Full and partial outages count as downtime, whatever number of incidents overlap. Degraded performance and \
            maintenance do not, and neither does time in the future. The window is at most 366 days long.
            """,
        parameters: [
            .path("status_page_id", "The page's id.", example: .string(Example.pageID)),
            .path("component_id", "A component of the page.", example: .string(Example.componentID)),
            .query("start_at", .time("When the window begins."), isRequired: true, example: "2026-11-01T00:00:00Z"),
            .query("end_at", .time("When it ends, after it began."), isRequired: true, example: "2026-12-01T00:00:00Z"),
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
