import StatusPages

extension NamedSchema {
    static let page = NamedSchema(
        "StatusPage",
        .object(
            "A status page.",
            [
                .required("id", .id("The page's id.")),
                .required("name", .string("The page's name.")),
                .optional("description", .string("What the page is about.")),
                .optional("public_url", .uri("Where the world reads the page.")),
            ]))

    static let structure = NamedSchema(
        "StatusPageStructureResult",
        .object(
            "What is on a page, and how it is shown.",
            [
                .required(
                    "current_structure",
                    .object(
                        "What is on the page.",
                        [.required("items", .array("In the page's order.", of: .reference(structureItem)))])),
                .required(
                    "display_uptime_mode",
                    .choice("How uptime is shown beside components.", StatusPage.DisplayUptimeMode.self)),
                .required("management_meta", .reference(managementMeta)),
            ]))

    private static let structureItem = NamedSchema(
        "StructureItem",
        Schema.object(
            "One item of a page: exactly one of its members is there.",
            [
                .optional("component", .reference(placedComponent)),
                .optional("group", .reference(group)),
                .optional("sub_page", .reference(subPage)),
            ]
        ).exactlyOne)

    private static let subPage = NamedSchema(
        "SubPage",
        .object(
            "A page below a page.",
            [
                .required("id", .id("The sub-page's id.")),
                .required("name", .string("The sub-page's name.")),
                .required("items", .array("In the sub-page's order.", of: .reference(subPageItem))),
            ]))

    private static let subPageItem = NamedSchema(
        "SubPageItem",
        Schema.object(
            "One item of a sub-page: exactly one of its members is there.",
            [.optional("component", .reference(placedComponent)), .optional("group", .reference(group))]
        ).exactlyOne)

    private static let group = NamedSchema(
        "ComponentGroup",
        .object(
            "Components under one heading.",
            [
                .required("id", .id("The group's id.")),
                .required("name", .string("The group's name.")),
                .optional("description", .string("What the group is about.")),
                .required("components", .array("In the group's order.", of: .reference(placedComponent))),
                .required("display_aggregated_uptime", .boolean("Whether the uptime of all of it is shown as one.")),
                .required("hidden", .boolean("Whether the group is kept from the page's readers.")),
            ]))

    private static let placedComponent = NamedSchema(
        "PlacedComponent",
        .object(
            "A component where it stands on a page.",
            [
                .required("component_id", .id("The component's id.")),
                .required("name", .string("The component's name.")),
                .required("display_uptime", .boolean("Whether its uptime is shown.")),
                .required("hidden", .boolean("Whether it is kept from the page's readers.")),
            ]))
}
