import StatusPages

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
                .absentable("description", .componentDescription("The component's description.")),
            ]))

    static let componentRevision = NamedSchema(
        "UpdateStatusPageComponent",
        .object(
            "The component's new values.",
            [
                .required("name", .text("The component's name.", .name)),
                .absentable(
                    "description",
                    .componentDescription(
                        "The description. If it is absent, empty or only white space, the component gets none.")),
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

extension Schema {
    /// Unlike other texts, a description may be empty.
    fileprivate static func componentDescription(_ description: String) -> Schema {
        string(
            description, ["maxLength": .integer(TextRule.description.most), "pattern": #"^[^\u0000]*$"#])
    }
}
