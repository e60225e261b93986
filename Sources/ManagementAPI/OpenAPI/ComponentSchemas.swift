import StatusPages

extension NamedSchema {
    static let component = NamedSchema(
        "StatusPageComponent",
        .object(
            "A part of what the organisation runs. Pages show it where their structure places it.",
            [
                .required("id", .id("The component's id.")),
                .required("name", .string("The component's name.")),
                .optional("description", .string("What it is.")),
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
            "A component to make.",
            [
                .required("name", .text("The component's name.", .name)),
                .absentable("description", .componentDescription("What it is.")),
            ]))

    static let componentRevision = NamedSchema(
        "UpdateStatusPageComponent",
        .object(
            "What a component is to be.",
            [
                .required("name", .text("The component's name.", .name)),
                .absentable(
                    "description",
                    .componentDescription("What it is. Left out, empty or white space: the component has none.")),
            ]))

    static let availability = NamedSchema(
        "ComponentAvailability",
        .object(
            "How much of a window a component was up.",
            [
                .required("status_page_id", .id("The page whose incidents count.")),
                .required("component_id", .id("The component.")),
                .required("start_at", .time("When the window begins.")),
                .required("end_at", .time("When the window ends.")),
                .required("data_available_since", .time("Since when there are records; earlier time does not count.")),
                .optional(
                    "availability_percent",
                    .string(
                        "Rounded down; left out when there are no records of any of the window.",
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
