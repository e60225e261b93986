import StatusPages

extension Operation {
    static let previewWidget = Operation(
        id: "previewStatusPageWidget", tag: .pages, summary: "Show a page's widget",
        description: """
            The document that `<page>/api/v1/summary` shows to everyone while the page's widget is on; here it is shown \
            whether it is on or off.
            """,
        parameters: [.path("status_page_id", "The page's id.", example: .string(Example.pageID))],
        success: .ok(
            "The document.", .widget,
            example: [
                "page_title": "Acme Status", "page_url": "https://status.acme.example", "ongoing_incidents": [],
                "in_progress_maintenances": [], "scheduled_maintenances": [],
            ]))
}

extension NamedSchema {
    static let widget = NamedSchema(
        "Widget",
        .object(
            "What is wrong on a page now, and what is planned.",
            [
                .required("page_title", .string("The page's name.")),
                .required("page_url", .uri("Where the world reads the page.")),
                .required(
                    "ongoing_incidents",
                    .array(
                        "Newest first.",
                        of: .event(
                            "An incident.", Incident.Status.self,
                            [
                                .required(
                                    "current_worst_impact", .choice("The worst that shows now.", ComponentStatus.self))
                            ]))),
                .required(
                    "in_progress_maintenances",
                    .array(
                        "By start, soonest first.",
                        of: .event(
                            "A maintenance.", Maintenance.Status.self,
                            [
                                .required("started_at", .time("When the work began.")),
                                .required("scheduled_end_at", .time("When it is to end.")),
                            ]))),
                .required(
                    "scheduled_maintenances",
                    .array(
                        "By start, soonest first.",
                        of: .event(
                            "A maintenance.", Maintenance.Status.self,
                            [
                                .required("starts_at", .time("When the work is to begin.")),
                                .required("ends_at", .time("When it is to end.")),
                            ]))),
            ]))

    fileprivate static let affectedComponent = NamedSchema(
        "WidgetComponent",
        .object(
            "A component that an event touches.",
            [
                .required("id", .id("The component's id.")),
                .required("name", .string("The component's name.")),
                .optional("group_name", .string("The group it is in; left out outside a group.")),
                .required(
                    "current_status",
                    .choice(
                        "Its status within the event.",
                        of: ComponentStatus.allCases.map(\.rawValue) + [
                            MaintenanceComponentStatus.underMaintenance.rawValue
                        ])),
            ]))
}

extension Schema {
    fileprivate static func event<Status: EventStatus>(
        _ description: String, _: Status.Type, _ others: [Property]
    ) -> Schema {
        object(
            description,
            [
                .required("id", .id("Its id.")), .required("name", .string("What it is called on the page.")),
                .required("status", .choice("Where it stands.", Status.self)),
                .required("url", .uri("Where the world reads about it.")),
                .required("last_update_at", .time("When its last update was published.")),
                .required("last_update_message", .string("What that says, in Markdown.")),
                .required(
                    "affected_components",
                    .array("In the page's order; hidden ones are left out.", of: .reference(.affectedComponent))),
            ] + others)
    }
}
