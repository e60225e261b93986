import JSONInput
import StatusPages

extension NamedSchema {
    static let maintenance = NamedSchema(
        "StatusPageMaintenance",
        .object(
            "A scheduled, ongoing or complete maintenance.",
            [
                .required("id", .id("The maintenance's id.")),
                .required("status_page_id", .id("Its status page.")),
                .required("name", .string("Its title on the page.")),
                .required("published_at", .time("The publication time of its first update.")),
                .required("maintenance_status", .choice("Its status.", Maintenance.Status.self)),
                .required(
                    "automate_maintenance_status", .boolean("Whether the server starts and completes it automatically.")
                ),
                .required("updates", .array("Its updates, oldest first.", of: .reference(maintenanceUpdate))),
                .required(
                    "component_maintenance_periods",
                    .array("The time spans in which components are under maintenance.", of: .reference(period))),
            ]))

    static let maintenanceUpdate = NamedSchema(
        "StatusPageMaintenanceUpdate",
        .object(
            "An update that was published to a maintenance.",
            [
                .required("id", .id("The update's id.")),
                .required("status_page_maintenance_id", .id("The maintenance it belongs to.")),
                .required("published_at", .time("The publication time.")),
                .required("message", .string("The text of the update, in Markdown.")),
                .optional("edited_at", .editedAt),
                .required(
                    "maintenance_status", .choice("The maintenance's status from then on.", Maintenance.Status.self)),
                .required(
                    "component_statuses",
                    .array("The component statuses that the update set.", of: .reference(maintenanceComponentStatus))),
            ]))

    private static let period = NamedSchema(
        "ComponentMaintenancePeriod",
        .object(
            "A time span in which a component is under maintenance.",
            [
                .required("component_id", .id("The component.")),
                .required("start_at", .time("The start.")),
                .optional("end_at", .time("The end; absent if it is not known.")),
            ]))

    private static let maintenanceComponentStatus = NamedSchema(
        "MaintenanceComponentStatus",
        .object(
            "The status that an update gave a component.",
            [
                .required("component_id", .id("The component.")),
                .required(
                    "component_status", .choice("The component's status from then on.", MaintenanceComponentStatus.self)
                ),
            ]))
}

// MARK: Request bodies

extension NamedSchema {
    static let maintenanceCreation = NamedSchema(
        "CreateStatusPageMaintenance",
        .object(
            "A maintenance to schedule, with its first update.",
            [
                .required("status_page_id", .sentID("The page that shows it.")),
                .required("name", .text("Its title on the page.", .name)),
                .required("maintenance_status", .choice("Its status.", Maintenance.Status.self)),
                .required("message", .message),
                .required("idempotency_key", .idempotencyKey),
                .required("notify_subscribers", .notifySubscribers),
                .required("affected_component_ids", affectedComponents),
                .required("start_at", .time("The start of the window.")),
                .required("end_at", .time("The end of the window, after its start.")),
                .absentable(
                    "automate_maintenance_status",
                    .boolean("Whether the server starts and completes it automatically. The default is false.")
                ),
            ]))

    static let maintenanceRevision = NamedSchema(
        "UpdateStatusPageMaintenance",
        .object(
            "A new name and window.",
            [
                .required("name", .text("Its title on the page.", .name)),
                .required("start_at", .time("The start of the window.")),
                .required("end_at", .time("The end of the window, after its start.")),
            ]))

    static let maintenancePublication = NamedSchema(
        "CreateStatusPageMaintenanceUpdate",
        .object(
            "An update to publish.",
            [
                .required("status_page_maintenance_id", .sentID("The maintenance it belongs to.")),
                .required("message", .message),
                .required("notify_subscribers", .notifySubscribers),
                .absentable(
                    "maintenance_status",
                    .choice("The new status; unchanged if absent.", Maintenance.Status.self)),
                .absentable(
                    "component_statuses",
                    .array(
                        "New component statuses, not allowed with `maintenance_complete`. Each component at most once.",
                        of: .reference(maintenanceComponentStatusToSet), count: 0...Structure.mostComponents)),
            ]))

    private static let affectedComponents = Schema.array(
        "The components of the page under maintenance; may be empty.", of: .sentID("A component's id."),
        count: 0...Structure.mostComponents
    ).unique

    private static let maintenanceComponentStatusToSet = NamedSchema(
        "SetMaintenanceComponentStatus",
        .object(
            "A status for a component.",
            [
                .required("component_id", .sentID("A component of the page, at any level.")),
                .required("component_status", .choice("The component's new status.", MaintenanceComponentStatus.self)),
            ]))
}
