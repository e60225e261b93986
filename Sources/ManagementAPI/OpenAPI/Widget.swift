import StatusPages

extension Operation {
    static let previewWidget = Operation(
        id: "previewStatusPageWidget", tag: .pages, summary: "Show a page's widget",
        description: """
            The document that `<page>/api/v1/summary` serves to everyone. This operation shows it even while the \
            widget is disabled.
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
            "The ongoing incidents and the maintenances of a page.",
            [
                .required("page_title", .string("The page's name.")),
                .required("page_url", .uri("The page's public URL.")),
                .required(
                    "ongoing_incidents",
                    .array(
                        "Newest first.",
                        of: .event(
                            "An incident.", Incident.Status.self,
                            [
                                .required(
                                    "current_worst_impact",
                                    .choice("The worst current status of its visible components.", ComponentStatus.self)
                                )
                            ]))),
                .required(
                    "in_progress_maintenances",
                    .array(
                        "By start, soonest first.",
                        of: .event(
                            "A maintenance.", Maintenance.Status.self,
                            [
                                .required("started_at", .time("The start of the work.")),
                                .required("scheduled_end_at", .time("The planned end.")),
                            ]))),
                .required(
                    "scheduled_maintenances",
                    .array(
                        "By start, soonest first.",
                        of: .event(
                            "A maintenance.", Maintenance.Status.self,
                            [
                                .required("starts_at", .time("The planned start.")),
                                .required("ends_at", .time("The planned end.")),
                            ]))),
            ]))

    fileprivate static let affectedComponent = NamedSchema(
        "WidgetComponent",
        .object(
            "A component that an event affects.",
            [
                .required("id", .id("The component's id.")),
                .required("name", .string("The component's name.")),
                .optional("group_name", .string("The name of its group; absent if it is not in a group.")),
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
                .required("id", .id("Its id.")), .required("name", .string("Its title on the page.")),
                .required("status", .choice("Its status.", Status.self)),
                .required("url", .uri("Its public URL.")),
                .required("last_update_at", .time("The publication time of its last update.")),
                .required("last_update_message", .string("The text of its last update, in Markdown.")),
                .required(
                    "affected_components",
                    .array("In the page's order, without hidden components.", of: .reference(.affectedComponent))),
            ] + others)
    }
}
