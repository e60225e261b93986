import JSONInput
import StatusPages

extension NamedSchema {
    static let maintenance = NamedSchema(
        "StatusPageMaintenance",
        .object(
            "Work that is planned, under way or done.",
            [
                .required("id", .id("The maintenance's id.")),
                .required("status_page_id", .id("The page it is on.")),
                .required("name", .string("What it is called on the page.")),
                .required("published_at", .time("When its first update was published.")),
                .required("maintenance_status", .choice("Where it stands.", Maintenance.Status.self)),
                .required(
                    "automate_maintenance_status", .boolean("Whether the server begins and completes it by itself.")),
                .required("updates", .array("What was published, oldest first.", of: .reference(maintenanceUpdate))),
                .required(
                    "component_maintenance_periods",
                    .array("The spans in which components are worked on.", of: .reference(period))),
            ]))

    static let maintenanceUpdate = NamedSchema(
        "StatusPageMaintenanceUpdate",
        .object(
            "An update that was published to a maintenance.",
            [
                .required("id", .id("The update's id.")),
                .required("status_page_maintenance_id", .id("The maintenance it belongs to.")),
                .required("published_at", .time("When it was published.")),
                .required("message", .string("What it says, in Markdown.")),
                .optional("edited_at", .editedAt),
                .required(
                    "maintenance_status", .choice("Where the maintenance stood from then on.", Maintenance.Status.self)),
                .required(
                    "component_statuses",
                    .array("The components it set, and to what.", of: .reference(maintenanceComponentStatus))),
            ]))

    private static let period = NamedSchema(
        "ComponentMaintenancePeriod",
        .object(
            "A span in which a component is worked on.",
            [
                .required("component_id", .id("The component.")),
                .required("start_at", .time("When it begins.")),
                .optional("end_at", .time("When it ends; left out while nobody can tell.")),
            ]))

    private static let maintenanceComponentStatus = NamedSchema(
        "MaintenanceComponentStatus",
        .object(
            "The status that an update gave a component.",
            [
                .required("component_id", .id("The component.")),
                .required("component_status", .choice("How it was from then on.", MaintenanceComponentStatus.self)),
            ]))
}

// MARK: Request bodies

extension NamedSchema {
    static let maintenanceCreation = NamedSchema(
        "CreateStatusPageMaintenance",
        .object(
            "A maintenance to schedule, with its first update.",
            [
                .required("status_page_id", .sentID("The page to schedule it on.")),
                .required("name", .text("What it is called on the page.", .name)),
                .required("maintenance_status", .choice("Where it stands.", Maintenance.Status.self)),
                .required("message", .message),
                .required("idempotency_key", .idempotencyKey),
                .required("notify_subscribers", .notifySubscribers),
                .required("affected_component_ids", affectedComponents),
                .required("start_at", .time("When the window opens.")),
                .required("end_at", .time("When the window closes, after it opened.")),
                .absentable(
                    "automate_maintenance_status",
                    .boolean("Whether the server is to begin and complete it by itself. It is not unless this is true.")
                ),
            ]))

    static let maintenanceRevision = NamedSchema(
        "UpdateStatusPageMaintenance",
        .object(
            "A name and a window, in place of those it has.",
            [
                .required("name", .text("What it is called on the page.", .name)),
                .required("start_at", .time("When the window opens.")),
                .required("end_at", .time("When the window closes, after it opened.")),
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
                    .choice("Where it stands now; unchanged if left out.", Maintenance.Status.self)),
                .absentable(
                    "component_statuses",
                    .array(
                        "What is worked on now; not with the status `maintenance_complete`. Each component at most once.",
                        of: .reference(maintenanceComponentStatusToSet), count: 0...Structure.mostComponents)),
            ]))

    private static let affectedComponents = Schema.array(
        "The components of the page that are worked on; none is fine.", of: .sentID("A component's id."),
        count: 0...Structure.mostComponents
    ).unique

    private static let maintenanceComponentStatusToSet = NamedSchema(
        "SetMaintenanceComponentStatus",
        .object(
            "A status for a component.",
            [
                .required("component_id", .sentID("A component of the page, in a group or sub-page of it or not.")),
                .required("component_status", .choice("How it is.", MaintenanceComponentStatus.self)),
            ]))
}
