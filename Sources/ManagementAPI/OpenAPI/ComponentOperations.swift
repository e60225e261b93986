extension Operation.Tag {
    fileprivate static let components = Self(
        name: "Components", description: "Components, which status pages show, and their availability.")
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
        description: "A new component is not shown until the structure of a page includes it.",
        body: Body(schema: .componentCreation, example: ["name": "Search", "description": "Finds things"]),
        success: .created("The component.", componentResult, example: ["status_page_component": component]))

    static let updateComponent = Operation(
        id: "updateStatusPageComponent", tag: .components, summary: "Change a component",
        description: "Changes a component that was created through the API.", parameters: [componentID],
        body: Body(schema: .componentRevision, example: ["name": "Search", "description": "Finds things"]),
        success: .ok(
            "The changed component.", componentResult, example: ["status_page_component": component]),
        errors: [.conflict])

    static let archiveComponent = Operation(
        id: "deleteStatusPageComponent", tag: .components, summary: "Archive a component",
        description: """
            Archives a component that was created through the API. Past incidents keep its data. The request fails \
            with the code `in_use` if a page shows the component, or if an ongoing incident or unfinished \
            maintenance refers to it. The message names them.
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
