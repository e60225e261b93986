import StatusPages

extension NamedSchema {
    static let page = NamedSchema(
        "StatusPage",
        .object(
            "A status page.",
            [
                .required("id", .id("The page's id.")),
                .required("name", .string("The page's name.")),
                .optional("description", .string("The page's description.")),
                .optional("public_url", .uri("The page's public URL.")),
            ]))

    static let structure = NamedSchema(
        "StatusPageStructureResult",
        .object(
            "The structure of a page, and how the page shows it.",
            [
                .required(
                    "current_structure",
                    .object(
                        "The content of the page.",
                        [.required("items", .array("In the page's order.", of: .reference(structureItem)))])),
                .required(
                    "display_uptime_mode",
                    .choice("How the page shows the uptime of components.", StatusPage.DisplayUptimeMode.self)),
                .required("management_meta", .reference(managementMeta)),
            ]))

    private static let structureItem = NamedSchema(
        "StructureItem",
        Schema.object(
            "One item of a page, with exactly one of these members.",
            [
                .optional("component", .reference(placedComponent)),
                .optional("group", .reference(group)),
                .optional("sub_page", .reference(subPage)),
            ]
        ).exactlyOne)

    private static let subPage = NamedSchema(
        "SubPage",
        .object(
            "A sub-page.",
            [
                .required("id", .id("The sub-page's id.")),
                .required("name", .string("The sub-page's name.")),
                .required("items", .array("In the sub-page's order.", of: .reference(subPageItem))),
            ]))

    private static let subPageItem = NamedSchema(
        "SubPageItem",
        Schema.object(
            "One item of a sub-page, with exactly one of these members.",
            [.optional("component", .reference(placedComponent)), .optional("group", .reference(group))]
        ).exactlyOne)

    private static let group = NamedSchema(
        "ComponentGroup",
        .object(
            "A group of components.",
            [
                .required("id", .id("The group's id.")),
                .required("name", .string("The group's name.")),
                .optional("description", .string("The group's description.")),
                .required("components", .array("In the group's order.", of: .reference(placedComponent))),
                .required(
                    "display_aggregated_uptime", .boolean("Whether the page shows one uptime for the whole group.")),
                .required("hidden", .boolean("Whether the page hides the group.")),
            ]))

    private static let placedComponent = NamedSchema(
        "PlacedComponent",
        .object(
            "A component at its place on a page.",
            [
                .required("component_id", .id("The component's id.")),
                .required("name", .string("The component's name.")),
                .required("display_uptime", .boolean("Whether the page shows its uptime.")),
                .required("hidden", .boolean("Whether the page hides it.")),
            ]))
}
